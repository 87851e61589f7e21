//! What each operation costs in requests: the table in the docs of `aws`.

use model::{ChildIndex, Cue, Failure, FramePath, Message, Outcome, RevisionId, Status};
use orchestrator::ports::{Clock, Executions, Fans, History, Lane, Log, Machines, Queue};

use super::{Service, start};
use crate::{
    data::{
        append, at, child, execution_id, key, machine, name, payload, record, record_of, redriven,
        root, start as begin, succeeded,
    },
    queues::VirtualClock,
    random::Random,
};

fn assert_asked(service: &Service, expected: &[(&str, usize)]) {
    let asked = service.requests();
    let asked: Vec<_> = asked.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn a_log_costs_a_request_an_operation() {
    let (table, service) = start().await;
    let id = begin(&table, "m", "e", 1).await;
    assert_asked(&service, &[("PutItem", 2)]);
    assert!(append(&table, &root(&id, 1), record(2)).await);
    assert_asked(&service, &[("PutItem", 1)]);
    assert!(!append(&table, &root(&id, 1), record(2)).await);
    assert_asked(&service, &[("PutItem", 1)]);
    table.load(&root(&id, 1)).await.expect("no fault");
    assert_asked(&service, &[("GetItem", 1)]);
    table.head(&id, &FramePath::ROOT).await.expect("no fault");
    assert_asked(&service, &[("Query", 1)]);
    table.renew(&root(&id, 1), at(900_000)).await.expect("no fault");
    assert_asked(&service, &[("UpdateItem", 1)]);
    table.records(&id).await.expect("no fault");
    assert_asked(&service, &[("Query", 1)]);
    let keys: Vec<_> = (0..150).map(|index| key(&id, &child(1, index), 0)).collect();
    table.load_all(&keys).await.expect("no fault");
    assert_asked(&service, &[("BatchGetItem", 2)]);
}

#[tokio::test]
async fn a_fan_costs_a_request_an_operation() {
    let (table, service) = start().await;
    let id = begin(&table, "m", "e", 1).await;
    assert_asked(&service, &[("PutItem", 2)]);
    let fork = root(&id, 1);
    for _ in 0..2 {
        table.open(&fork, 4, 2).await.expect("no fault");
        assert_asked(&service, &[("PutItem", 1)]);
    }
    for _ in 0..2 {
        table.end_child(&fork, ChildIndex::new(0), succeeded()).await.expect("no fault");
        assert_asked(&service, &[("UpdateItem", 1)]);
    }
    table.fan(&fork).await.expect("no fault");
    assert_asked(&service, &[("GetItem", 1)]);
    table.all_open(&[fork.clone(), root(&id, 2)]).await.expect("no fault");
    assert_asked(&service, &[("BatchGetItem", 1)]);
    table.close(&fork).await.expect("no fault");
    assert_asked(&service, &[("UpdateItem", 1)]);
}

#[tokio::test]
async fn an_execution_costs_a_request_an_operation() {
    let (table, service) = start().await;
    let id = begin(&table, "m", "e", 1).await;
    assert_asked(&service, &[("PutItem", 2)]);
    table.execution(&id).await.expect("no fault");
    assert_asked(&service, &[("GetItem", 1)]);
    table
        .finish(&id, None, (at(2), &Outcome::Aborted(Failure::default())))
        .await
        .expect("no fault");
    assert_asked(&service, &[("UpdateItem", 1)]);
    table.reopen(&id, &redriven(1, 3)).await.expect("no fault");
    assert_asked(&service, &[("UpdateItem", 1)]);
    table.list(&name("m"), Some(Status::Running), 10, None).await.expect("no fault");
    assert_asked(&service, &[("Query", 4)]);
    table.list(&name("m"), None, 10, None).await.expect("no fault");
    assert_asked(&service, &[("Query", 20)]);
}

#[tokio::test]
async fn a_machine_costs_what_the_docs_say() {
    let (table, service) = start().await;
    table.create_machine(machine("m", "r1")).await.expect("no fault");
    assert_asked(&service, &[("TransactWriteItems", 1)]);
    table.put_machine(machine("m", "r2")).await.expect("no fault");
    assert_asked(&service, &[("PutItem", 2)]);
    table.machine(&name("m")).await.expect("no fault");
    assert_asked(&service, &[("GetItem", 2)]);
    table.machine(&name("m")).await.expect("no fault");
    assert_asked(&service, &[("GetItem", 1)]);
    table.revision(&RevisionId::new("r2")).await.expect("no fault");
    assert_asked(&service, &[]);
    table.revision(&RevisionId::new("r1")).await.expect("no fault");
    assert_asked(&service, &[("GetItem", 1)]);
    table.machines(10, None).await.expect("no fault");
    assert_asked(&service, &[("BatchGetItem", 1), ("Query", 1)]);
    begin(&table, "m", "e", 1).await;
    assert_asked(&service, &[("PutItem", 2)]);
    table.delete_machine(&name("m")).await.expect("no fault");
    assert_asked(&service, &[("BatchWriteItem", 1), ("DeleteItem", 2), ("Query", 23)]);
}

#[tokio::test(start_paused = true)]
async fn a_far_message_costs_a_row_and_a_minute_a_few_queries() {
    let (table, service) = start().await;
    let clock = VirtualClock::start();
    let queues = crate::sqs::start(table, clock);
    let (execution, frame) = (execution_id("m", "e"), FramePath::ROOT);
    let message = Message { execution, frame, cue: Cue::Start };
    let send = async |minutes: i64| {
        let at = clock.now().plus_milliseconds(60_000 * minutes);
        queues.send(message.clone(), Lane::Steps, Some(at)).await.expect("sent");
    };
    send(15).await;
    assert_asked(&service, &[]);
    send(16).await;
    assert_asked(&service, &[("PutItem", 2)]);
    send(60).await;
    assert_asked(&service, &[("PutItem", 1)]);
    assert_eq!(queues.move_due().await.expect("no fault"), 0);
    assert_asked(&service, &[("GetItem", 1), ("PutItem", 1), ("Query", 16)]);
    clock.sleep_until(clock.now().plus_milliseconds(60_000)).await;
    assert_eq!(queues.move_due().await.expect("no fault"), 1);
    let asked = [("BatchWriteItem", 1), ("GetItem", 1), ("PutItem", 1), ("Query", 17)];
    assert_asked(&service, &asked);
}

#[tokio::test]
async fn what_is_larger_than_an_item_costs_its_parts() {
    let (table, service) = start().await;
    let id = begin(&table, "m", "e", 1).await;
    assert_asked(&service, &[("PutItem", 2)]);
    let text = Random::new(4).text(1_000_000);
    let large = record_of(2, payload(&format!("\"{text}\"")));
    assert!(append(&table, &root(&id, 1), large.clone()).await);
    assert_asked(&service, &[("PutItem", 4)]);
    let loaded = table.load(&root(&id, 1)).await.expect("no fault");
    assert!(loaded.as_deref() == Some(&large), "another record came back");
    assert_asked(&service, &[("BatchGetItem", 1), ("GetItem", 1)]);
    table.records(&id).await.expect("no fault");
    assert_asked(&service, &[("BatchGetItem", 1), ("Query", 1)]);
}
