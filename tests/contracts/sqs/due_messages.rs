//! Rows that wait for SQS: many of one second, a run without time, and a row of a newer version.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use aws::MovedMessages;
use model::{QueueMessage, Timestamp};
use orchestrator::{
    Fault,
    ports::{Clock, MessageQueue, QueueName},
};
use serde_json::json;
use tokio::time::Duration;

use super::{SqsDouble, queue_urls, start_message};
use crate::{
    data::execution_id,
    dynamodb::{DynamoDbDouble, start_dynamodb},
    queues::PausedClock,
};

type Queues = aws::SqsQueues<TickingClock>;

const MINUTE: i64 = 60_000;
/// Rows of the rush in the suite. `STATEWRIGHT_DUE_ROWS` sets another number.
const ROWS: usize = 4_000;

/// A clock that goes on by a millisecond each time somebody looks.
#[derive(Clone)]
struct TickingClock {
    paused: PausedClock,
    looks: Arc<AtomicI64>,
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        self.paused.now().plus_milliseconds(self.looks.fetch_add(1, Ordering::Relaxed))
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.paused.sleep_until(at).await;
    }
}

struct Deployment {
    clock: TickingClock,
    queues: Queues,
    sqs: SqsDouble,
    dynamodb: DynamoDbDouble,
}

impl Deployment {
    async fn start() -> Self {
        let (table, dynamodb) = start_dynamodb().await;
        let clock = TickingClock { paused: PausedClock::start(), looks: Arc::default() };
        let sqs = SqsDouble::default();
        let queues = Queues::new(&sqs.client_config(), queue_urls(), table, clock.clone());
        Self { clock, queues, sqs, dynamodb }
    }

    async fn send(&self, message: QueueMessage, queue_name: QueueName, at: Timestamp) {
        self.queues.send_message(message, queue_name, Some(at)).await.expect("no fault");
    }

    async fn pass_minutes(&self, minutes: i64) {
        let at = self.clock.paused.now().plus_milliseconds(minutes * MINUTE);
        self.clock.paused.sleep_until(at).await;
    }

    /// A run that has that much time.
    async fn run(&self, milliseconds: i64) -> Result<MovedMessages, Fault> {
        self.queues.move_due_messages(self.clock.now().plus_milliseconds(milliseconds)).await
    }

    fn requests(&self, operation: &str) -> usize {
        let counts = self.dynamodb.take_request_counts();
        counts.into_iter().find(|(name, _)| name == operation).map_or(0, |(_, count)| count)
    }
}

#[tokio::test(start_paused = true)]
async fn a_rush_of_one_second_is_moved_by_some_runs_and_each_gets_on() {
    let rows =
        std::env::var("STATEWRIGHT_DUE_ROWS").map_or(ROWS, |rows| rows.parse().expect("a number"));
    let deployment = Deployment::start().await;
    let at = deployment.clock.now().plus_milliseconds(20 * MINUTE);
    for row in 0..rows {
        let queue_name = if row % 3 == 0 { QueueName::Tasks } else { QueueName::Steps };
        let execution = execution_id("m", &row.to_string());
        deployment.send(QueueMessage { execution, ..start_message() }, queue_name, at).await;
    }
    deployment.pass_minutes(7).await;

    let (mut moved, mut runs) = (0, 0);
    loop {
        let run = deployment.run(i64::try_from(rows / 10).expect("it is small")).await;
        let run = run.expect("no fault");
        assert!(run.count > 0 || !run.more_are_due, "a run got nowhere after {moved} rows");
        (moved, runs) = (moved + run.count, runs + 1);
        if !run.more_are_due {
            break;
        }
    }
    assert_eq!(moved, rows);
    assert!(runs > 3, "the time of a run was never over");
    let due = deployment.clock.paused.instant_of(at);
    let state = deployment.sqs.lock_state();
    assert_eq!(state.messages.len(), rows, "none twice");
    let ticks = u64::try_from(deployment.clock.looks.load(Ordering::Relaxed)).expect("positive");
    let earliest = due - Duration::from_millis(ticks);
    assert!(state.messages.iter().all(|message| message.visible_at >= earliest));
    drop(state);
    let requests = deployment.sqs.take_request_counts();
    let sent = requests.get("SendMessageBatch").copied().unwrap_or_default();
    assert!(sent * 8 <= rows, "{sent} requests for {rows} messages");
}

#[tokio::test(start_paused = true)]
async fn runs_make_up_for_missed_ones_of_three_days() {
    let deployment = Deployment::start().await;
    let at = deployment.clock.now().plus_milliseconds(20 * MINUTE);
    deployment.send(start_message(), QueueName::Steps, at).await;
    deployment.pass_minutes(3 * 24 * 60).await;
    let mut runs = 1;
    while deployment.run(5_000).await.expect("no fault").more_are_due {
        runs += 1;
        assert!(runs < 20, "the runs do not get on");
    }
    assert!(runs > 1, "one run had time for all minutes");
    assert_eq!(deployment.sqs.lock_state().messages.len(), 1);
    deployment.requests("Query");
    deployment.run(60_000).await.expect("no fault");
    assert_eq!(deployment.requests("Query"), 12);
}

#[tokio::test(start_paused = true)]
async fn a_row_of_a_newer_version_waits_for_it_and_holds_up_no_other() {
    let deployment = Deployment::start().await;
    let at = deployment.clock.now().plus_milliseconds(20 * MINUTE);
    deployment.send(start_message(), QueueName::Steps, at).await;
    let set_queue = |from: &str, to: &str| {
        let rows = deployment.dynamodb.ask("Scan", &json!({"TableName": "statewright"}));
        for mut row in rows["Items"].as_array().expect("items").clone() {
            if row["queue"]["S"] == from {
                row["queue"]["S"] = to.into();
                let put = json!({"TableName": "statewright", "Item": row});
                deployment.dynamodb.ask("PutItem", &put);
            }
        }
    };
    set_queue("steps", "newer");
    deployment.send(start_message(), QueueName::Tasks, at).await;
    for _ in 0..12 {
        deployment.pass_minutes(10).await;
        let fault = deployment.run(MINUTE).await.expect_err("a row cannot be read");
        assert!(fault.to_string().contains("there is no such queue"), "{fault}");
        assert_eq!(deployment.sqs.lock_state().messages.len(), 1);
    }
    deployment.requests("Query");
    deployment.pass_minutes(1).await;
    deployment.run(MINUTE).await.expect_err("a row cannot be read");
    assert!(deployment.requests("Query") <= 32);

    set_queue("newer", "steps");
    assert_eq!(deployment.run(MINUTE).await.expect("no fault").count, 1);
    assert_eq!(deployment.sqs.lock_state().messages.len(), 2);
}
