//! What a service that does not answer as it should does to the store.

use std::error::Error as _;

use aws::{Error, TableSettings};
use model::{ChildIndex, FramePath, Outcome};
use orchestrator::{
    Fault,
    ports::{Append, Created, CreatedMachine, Executions, Fans, History, Log, Machines},
};
use tokio::time::Instant;

use super::{Fate, Service, start};
use crate::data::{
    append, at, execution, execution_id, machine, name, payload, record, root, start as begin,
    succeeded,
};

#[tokio::test(start_paused = true)]
async fn what_is_throttled_is_sent_again() {
    let (table, service) = start().await;
    let throttled = || service.expect([Fate::Throttled, Fate::Throttled, Fate::Throttled]);
    throttled();
    let id = begin(&table, "m", "e", 1).await;
    throttled();
    assert!(append(&table, &root(&id, 1), record(2)).await);
    throttled();
    assert!(table.load(&root(&id, 1)).await.expect("no fault").is_some());
    throttled();
    assert_eq!(table.load_all(&[root(&id, 0), root(&id, 1)]).await.expect("no fault").len(), 2);
    throttled();
    assert!(table.head(&id, &FramePath::ROOT).await.expect("no fault").is_some());
    throttled();
    assert_eq!(table.records(&id).await.expect("no fault").len(), 2);
    throttled();
    let created = table.create_machine(machine("m", "r")).await.expect("no fault");
    assert!(matches!(created, CreatedMachine::Done));
    throttled();
    table.delete_machine(&name("m")).await.expect("no fault");
    assert_eq!(table.records(&id).await.expect("no fault").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn throttling_without_end_is_a_fault_before_long() {
    let (table, service) = start().await;
    service.expect([Fate::Throttled; 10_000]);
    let began = Instant::now();
    let fault = table.load(&root(&execution_id("m", "e"), 0)).await.expect_err("it never answers");
    assert!(matches!(error_of(&fault), Some(Error::Throttled(_))), "{fault:?}");
    assert_eq!(fault.to_string(), "aws failed: the service is throttling");
    let seconds = began.elapsed().as_secs_f64();
    assert!((3.0..=5.0).contains(&seconds), "{seconds} s");
    let requests = count(&service);
    assert!((5..60).contains(&requests), "{requests} requests");
}

/// It may be there, so a second attempt would lose against the first.
#[tokio::test(start_paused = true)]
async fn an_append_in_doubt_is_not_repeated() {
    for fate in [Fate::Doubted, Fate::Lost] {
        let (table, service) = start().await;
        let id = begin(&table, "m", "e", 1).await;
        count(&service);
        service.expect([fate]);
        let fault = table.append(&root(&id, 1), record(2)).await.expect_err("it is in doubt");
        assert!(matches!(error_of(&fault), Some(Error::InDoubt(_))), "{fault:?}");
        assert_eq!(count(&service), 1);
        let head = table.head(&id, &FramePath::ROOT).await.expect("no fault").expect("has one");
        assert_eq!(*head.record, record(2), "the log tells that it was written");
        let again = table.append(&root(&id, 1), record(2)).await.expect("no fault");
        assert!(matches!(again, Append::Lost));
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_in_doubt_is_found_by_its_name() {
    let (table, service) = start().await;
    begin(&table, "m", "first", 1).await;
    let id = execution_id("m", "e");
    service.expect([Fate::Lost]);
    assert!(table.create(&id, execution(1), record(1)).await.is_err());
    let again = table.create(&id, execution(1), record(1)).await.expect("no fault");
    let Created::Exists(existing) = again else { panic!("it was there") };
    assert_eq!(*existing, execution(1));
}

/// The token of the transaction tells the service that it is the same one.
#[tokio::test(start_paused = true)]
async fn a_creation_in_doubt_is_repeated_and_done_once() {
    let (table, service) = start().await;
    service.expect([Fate::Doubted, Fate::Lost]);
    let created = table.create_machine(machine("m", "r")).await.expect("no fault");
    assert!(matches!(created, CreatedMachine::Done));
    assert_eq!(service.requests(), [("TransactWriteItems".to_owned(), 3)]);
}

#[tokio::test(start_paused = true)]
async fn what_may_be_done_twice_is_repeated_in_doubt() {
    let (table, service) = start().await;
    let id = begin(&table, "m", "e", 1).await;
    let fork = root(&id, 1);
    let doubted = || service.expect([Fate::Doubted, Fate::Lost]);
    doubted();
    table.open(&fork, 4, 2).await.expect("no fault");
    doubted();
    let update = table.end_child(&fork, ChildIndex::new(0), succeeded()).await.expect("no fault");
    assert_eq!(update.expect("it is there").starts, Some(ChildIndex::new(2)));
    doubted();
    table.renew(&root(&id, 0), at(900_000)).await.expect("no fault");
    doubted();
    let head = table.head(&id, &FramePath::ROOT).await.expect("no fault").expect("has one");
    assert_eq!(head.lease, at(900_000));
    doubted();
    table.close(&fork).await.expect("no fault");
    doubted();
    assert!(!table.all_open(&[fork]).await.expect("no fault"));
    doubted();
    let outcome = Outcome::Succeeded(payload("1"));
    table.finish(&id, None, (at(3), &outcome)).await.expect("no fault");
    doubted();
    let ended = table.execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end, Some((at(3), outcome)));
    doubted();
    table.put_machine(machine("m", "r")).await.expect("no fault");
    doubted();
    assert!(table.machine(&name("m")).await.expect("no fault").is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_is_a_fault_at_once() {
    let (table, service) = start().await;
    service.expect([Fate::Denied]);
    let fault = table.load(&root(&execution_id("m", "e"), 0)).await.expect_err("it is denied");
    assert!(matches!(error_of(&fault), Some(Error::Denied(_))), "{fault:?}");
    assert_eq!(count(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_not_there_is_a_fault_at_once() {
    let service = Service::start();
    let table = aws::Table::new(&service.config(), TableSettings::named("nowhere"));
    let key = root(&execution_id("m", "e"), 0);
    for fault in [table.load(&key).await.err(), table.append(&key, record(1)).await.err()] {
        let fault = fault.expect("there is no table");
        assert!(matches!(error_of(&fault), Some(Error::Missing(_))), "{fault:?}");
    }
    assert_eq!(count(&service), 2);
}

fn error_of(fault: &Fault) -> Option<&Error> {
    fault.source()?.downcast_ref()
}

fn count(service: &Service) -> usize {
    service.requests().into_iter().map(|(_, count)| count).sum()
}
