//! When items expire, and what is shown of an execution whose retention period is over.

use aws::TableSettings;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use model::{ChildIndex, FrameOutcome, Payload, Timestamp};
use orchestrator::ports::{
    Clock, ExecutionFilter, ExecutionStore, FanInStore, GateStore, RecordLog,
};
use system_clock::SystemClock;

use super::{DynamoDbDouble, start_dynamodb_with};
use crate::{
    data::{
        append, child_path, execution_id, fork_shape, last_record, parse_name, parse_payload,
        record_at, record_key, record_with_input, redrive_number, root_key,
        start_execution as begin, submitted_record, succeeded_child,
    },
    random::ContractRandom,
};

const DAY: i64 = 24 * 3_600_000;
const DAYS: u32 = 30;

fn retention_settings() -> TableSettings {
    TableSettings {
        retention_days: Some(DAYS),
        ..TableSettings::with_name("statewright", || SystemClock.now())
    }
}

/// When each item of an execution expires, by sort key, in days after `since`.
async fn list_expiries(
    service: &DynamoDbDouble,
    pk: &str,
    since: i64,
) -> Vec<(String, Option<i64>)> {
    let request = Client::from_conf(service.client_config()).query().table_name("statewright");
    let request = request.key_condition_expression("pk = :pk");
    let request = request.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
    let items = request.send().await.expect("answers").items.expect("there are some");
    let days = |item: &std::collections::HashMap<String, AttributeValue>| {
        let seconds: i64 = item.get("expires_at")?.as_n().expect("a number").parse().expect("one");
        Some((seconds * 1000 - since + DAY / 2) / DAY)
    };
    let sort_key = |value: &AttributeValue| value.as_s().expect("a text").clone();
    items.iter().map(|item| (sort_key(&item["sk"]), days(item))).collect()
}

fn expiry_of(expiries: &[(String, Option<i64>)], sort_key: &str) -> Option<i64> {
    let found = expiries.iter().find(|(key, _)| key == sort_key);
    found.unwrap_or_else(|| panic!("there is no '{sort_key}' in {expiries:?}")).1
}

#[tokio::test]
async fn what_may_still_be_needed_stays_for_the_life_of_an_execution() {
    let (table, service) = start_dynamodb_with(retention_settings()).await;
    let now = SystemClock.now().as_milliseconds();
    let id = begin(&table, "m", "e", now).await;
    assert!(append(&table, &root_key(&id, 1), record_at(now)).await);
    assert!(append(&table, &root_key(&id, 2), submitted_record(now, None)).await);
    assert!(append(&table, &record_key(&id, &child_path(2, 0), 0), record_at(now)).await);
    table.open_gate(&root_key(&id, 2), &fork_shape(2, 1)).await.expect("no fault");
    table.open_slots(&root_key(&id, 2), &fork_shape(2, 1), 0).await.expect("no fault");
    let ends = [(ChildIndex::new(0), succeeded_child())];
    table.add_child_ends(&root_key(&id, 2), 0, &ends, 0).await.expect("no fault");
    table.close_gate(&root_key(&id, 3), &fork_shape(1, 1)).await.expect("no fault");
    let expiries = list_expiries(&service, id.as_str(), now).await;
    let (days, life) = (i64::from(DAYS) + 7, i64::from(DAYS) + 366 + 7);
    assert_eq!(expiry_of(&expiries, "#a0"), None, "the execution runs");
    assert_eq!(expiry_of(&expiries, "#a1"), Some(days));
    assert_eq!(expiry_of(&expiries, "#a2"), Some(life));
    assert_eq!(expiry_of(&expiries, "2:0#a0"), Some(days));
    assert_eq!(expiry_of(&expiries, "fan##a2"), Some(life));
    assert_eq!(expiry_of(&expiries, "slots##a2#0"), Some(life));
    let buckets = list_expiries(&service, &format!("{id}##a2#0"), now).await;
    assert_eq!(expiry_of(&buckets, "bucket"), Some(life));
    assert_eq!(expiry_of(&expiries, "fan##a3"), Some(life), "it was closed before it was opened");
}

/// Bytes of the record in the item with this sort key.
async fn record_bytes(service: &DynamoDbDouble, pk: &str, sort_key: &str) -> usize {
    let request = Client::from_conf(service.client_config()).get_item().table_name("statewright");
    let request = request.key("pk", AttributeValue::S(pk.to_owned()));
    let request = request.key("sk", AttributeValue::S(sort_key.to_owned()));
    let item = request.send().await.expect("answers").item.expect("it is there");
    match &item["record"] {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        other => panic!("{other:?} is no record"),
    }
}

#[tokio::test]
async fn a_record_refers_only_to_what_outlives_it() {
    let (table, service) = start_dynamodb_with(retention_settings()).await;
    let now = SystemClock.now().as_milliseconds();
    let id = begin(&table, "m", "e", now).await;
    let mut random = ContractRandom::new(3);
    let mut large = || parse_payload(&format!("\"{}\"", random.random_text(20_000)));
    let (recent, old) = (large(), large());
    for (number, written_at, payload, holds) in [
        (1, now - 8 * DAY, &old, true),
        (2, now - 2 * DAY, &recent, true),
        (3, now - 2 * DAY, &old, false),
        (4, now, &recent, false),
        (5, now, &old, true),
    ] {
        let record = record_with_input(written_at, payload.clone());
        assert!(append(&table, &root_key(&id, number), record).await);
        let bytes = record_bytes(&service, id.as_str(), &format!("#a{number}")).await;
        assert_eq!(bytes > 10_000, holds, "record {number} has {bytes} bytes");
    }
    // Another process, which has seen none of the payloads.
    let other = aws::DynamoDbTable::new(&service.client_config(), retention_settings());
    let loaded = other.load_record(&root_key(&id, 4)).await.expect("no fault");
    assert!(loaded.as_deref() == Some(&record_with_input(now, recent)), "another record came back");
}

#[tokio::test]
async fn an_output_that_a_record_holds_is_not_stored_again() {
    let (table, service) = start_dynamodb_with(retention_settings()).await;
    let now = SystemClock.now();
    let id = begin(&table, "m", "e", now.as_milliseconds()).await;
    let text = ContractRandom::new(4).random_text(20_000);
    let outcome = FrameOutcome::Succeeded(parse_payload(&format!("\"{text}\"")));
    let last = last_record(now.as_milliseconds(), outcome.clone());
    assert!(append(&table, &root_key(&id, 1), last).await);
    service.take_request_counts();
    table.finish_execution(&id, None, (now, &outcome)).await.expect("no fault");
    assert_eq!(service.take_request_counts(), [("UpdateItem".to_owned(), 1)]);
    let other = aws::DynamoDbTable::new(&service.client_config(), retention_settings());
    let ended = other.load_execution(&id).await.expect("no fault").expect("it is there");
    assert!(ended.end == Some((now, outcome)), "it has another end");
}

#[tokio::test]
async fn an_execution_goes_last_and_stays_if_it_is_redriven() {
    let (table, service) = start_dynamodb_with(retention_settings()).await;
    let now = SystemClock.now().as_milliseconds();
    let id = begin(&table, "m", "e", now).await;
    let outcome = FrameOutcome::Succeeded(Payload::empty_object());
    let ended = Timestamp::from_milliseconds(now);
    table.finish_execution(&id, None, (ended, &outcome)).await.expect("no fault");
    // Written by the worker that stops the children.
    table.close_gate(&root_key(&id, 1), &fork_shape(1, 1)).await.expect("no fault");
    let expiries_now = list_expiries(&service, id.as_str(), now).await;
    assert_eq!(expiry_of(&expiries_now, "fan##a1"), Some(i64::from(DAYS) + 366 + 7));
    assert_eq!(expiry_of(&expiries_now, "#a0"), Some(i64::from(DAYS) + 366 + 14));
    table.reopen_execution(&id, &redrive_number(1, 4)).await.expect("no fault");
    assert_eq!(expiry_of(&list_expiries(&service, id.as_str(), now).await, "#a0"), None);
}

#[tokio::test]
async fn an_execution_is_shown_until_its_retention_is_over() {
    let (table, _) = start_dynamodb_with(retention_settings()).await;
    let now = SystemClock.now().as_milliseconds();
    let outcome = FrameOutcome::Succeeded(Payload::empty_object());
    for (execution, ended_days_ago, is_shown) in [("old", 31, false), ("new", 29, true)] {
        let ended = now - ended_days_ago * DAY;
        let id = begin(&table, "m", execution, ended).await;
        let end = (Timestamp::from_milliseconds(ended), &outcome);
        table.finish_execution(&id, None, end).await.expect("no fault");
        let shown = table.load_execution(&id).await.expect("no fault").is_some();
        assert_eq!(shown, is_shown, "{execution}");
    }
    let listed = table
        .list_executions(&parse_name("m"), ExecutionFilter::default(), 10, None)
        .await
        .expect("no fault");
    let listed: Vec<_> = listed.executions.iter().map(|execution| &execution.id).collect();
    assert_eq!(listed, [&execution_id("m", "new")]);
}

#[tokio::test]
async fn nothing_goes_by_itself_where_everything_is_kept() {
    let (table, service) =
        start_dynamodb_with(TableSettings::with_name("statewright", || SystemClock.now())).await;
    let id = begin(&table, "m", "e", 1).await;
    assert!(append(&table, &root_key(&id, 1), record_at(2)).await);
    let outcome = FrameOutcome::Succeeded(Payload::empty_object());
    table
        .finish_execution(&id, None, (Timestamp::from_milliseconds(3), &outcome))
        .await
        .expect("no fault");
    let expiries = list_expiries(&service, id.as_str(), 0).await;
    assert!(expiries.iter().all(|(_, days)| days.is_none()), "{expiries:?}");
    assert!(table.load_execution(&id).await.expect("no fault").is_some());
}
