//! Records that travel with the messages that are about them.

use model::{MessageKind, QueueMessage, RecordNumber, Timestamp};
use orchestrator::ports::{Clock, MessageQueue, QueueName, RecordLog};
use system_clock::SystemClock;

use super::{SqsDouble, queue_urls};
use crate::{
    data::{append, parse_payload, record_with_input, root_key, start_execution as begin},
    dynamodb::start_dynamodb,
    queues::PausedClock,
};

/// Sends the message about a record, and receives it. Returns the requests that loading the record
/// makes, once and then again, if the message was sent so many milliseconds ago and was received so
/// often.
async fn count_reads(milliseconds: i64, receive_count: u32, input_bytes: usize) -> [usize; 2] {
    let (table, dynamodb) = start_dynamodb().await;
    let sqs = SqsDouble::default();
    let clock = PausedClock::start();
    let queues = aws::SqsQueues::new(&sqs.client_config(), queue_urls(), table.clone(), clock);
    let id = begin(&table, "m", "e", 1).await;
    let key = root_key(&id, 1);
    let input = parse_payload(&format!("\"{}\"", "x".repeat(input_bytes)));
    assert!(append(&table, &key, record_with_input(2, input)).await);
    let kind = MessageKind::AdvanceFrame(RecordNumber::new(1));
    let message = QueueMessage { execution: id, frame: key.frame.clone(), kind };
    queues.send_message(message.clone(), QueueName::Steps, None).await.expect("sent");
    let body = sqs.lock_state().messages[0].body.clone();

    let sent_at = SystemClock.now().plus_milliseconds(-milliseconds);
    let delivery = queues.read_delivery(&body, receive_count, Some(sent_at)).await;
    assert_eq!(delivery.expect("it is ours").message, message);
    let mut records = Vec::new();
    let mut requests = [0, 0];
    for count in &mut requests {
        dynamodb.take_request_counts();
        records.push(table.load_record(&key).await.expect("no fault").expect("it is there"));
        *count = dynamodb.take_request_counts().iter().map(|(_, count)| count).sum();
    }
    assert_eq!(records[0], records[1], "the table has what the message carried");
    requests
}

#[tokio::test(start_paused = true)]
async fn the_record_that_a_message_carries_is_not_read_and_is_used_once() {
    assert_eq!(count_reads(10, 1, 10).await, [0, 1]);
    assert_eq!(count_reads(10, 1, 40_000).await, [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_record_is_read_if_its_message_is_old_or_came_back_or_could_not_carry_it() {
    assert_eq!(count_reads(60_001, 1, 10).await, [1, 1]);
    assert_eq!(count_reads(10, 2, 10).await, [1, 1]);
    assert_eq!(count_reads(10, 1, 60_000).await, [1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_message_without_its_record_is_read_as_before() {
    let (table, _) = start_dynamodb().await;
    let queues = super::start_sqs(table, PausedClock::start());
    let body = r#"{"execution":"m:e","frame":"","kind":{"AdvanceFrame":1},"record":{"newer":1}}"#;
    let sent_at = Some(Timestamp::from_milliseconds(i64::MAX - 100_000));
    let delivery = queues.read_delivery(body, 1, sent_at).await.expect("it is ours");
    assert_eq!(delivery.message.kind, MessageKind::AdvanceFrame(RecordNumber::new(1)));
}
