//! When items go by themselves, and what is shown of an execution whose time is over.

use aws::TableSettings;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use model::{Outcome, Payload, Timestamp};
use orchestrator::ports::{Clock, Executions, Fans};
use system::SystemClock;

use super::{Service, start_with};
use crate::data::{
    append, child, execution_id, key, name, record, redriven, root, start as begin, submitted,
};

const DAY: i64 = 24 * 3_600_000;
const DAYS: u32 = 30;

fn keeping() -> TableSettings {
    TableSettings { retention_days: Some(DAYS), ..TableSettings::named("statewright") }
}

/// When each item of an execution goes, by sort key, in days after that time.
async fn expiries(service: &Service, pk: &str, since: i64) -> Vec<(String, Option<i64>)> {
    let request = Client::from_conf(service.config()).query().table_name("statewright");
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

fn found(expiries: &[(String, Option<i64>)], sort_key: &str) -> Option<i64> {
    let found = expiries.iter().find(|(key, _)| key == sort_key);
    found.unwrap_or_else(|| panic!("there is no '{sort_key}' in {expiries:?}")).1
}

#[tokio::test]
async fn what_may_still_be_needed_stays_for_the_life_of_an_execution() {
    let (table, service) = start_with(keeping()).await;
    let now = SystemClock.now().milliseconds();
    let id = begin(&table, "m", "e", now).await;
    assert!(append(&table, &root(&id, 1), record(now)).await);
    assert!(append(&table, &root(&id, 2), submitted(now, None)).await);
    assert!(append(&table, &key(&id, &child(2, 0), 0), record(now)).await);
    table.open(&root(&id, 2), 1, 1).await.expect("no fault");
    table.close(&root(&id, 3)).await.expect("no fault");
    let expiries = expiries(&service, id.as_str(), now).await;
    let (days, life) = (i64::from(DAYS), i64::from(DAYS) + 366);
    assert_eq!(found(&expiries, "#a0"), None, "the execution runs");
    assert_eq!(found(&expiries, "#a1"), Some(days));
    assert_eq!(found(&expiries, "#a2"), Some(life));
    assert_eq!(found(&expiries, "2:0#a0"), Some(days));
    assert_eq!(found(&expiries, "fan##a2"), Some(life));
    assert_eq!(found(&expiries, "fan##a3"), Some(life), "it was closed before it was opened");
}

#[tokio::test]
async fn an_execution_goes_last_and_stays_if_it_is_redriven() {
    let (table, service) = start_with(keeping()).await;
    let now = SystemClock.now().milliseconds();
    let id = begin(&table, "m", "e", now).await;
    let outcome = Outcome::Succeeded(Payload::empty_object());
    let ended = Timestamp::from_milliseconds(now);
    table.finish(&id, None, (ended, &outcome)).await.expect("no fault");
    // Written by who told the children to stop.
    table.close(&root(&id, 1)).await.expect("no fault");
    let expiries_now = expiries(&service, id.as_str(), now).await;
    assert_eq!(found(&expiries_now, "fan##a1"), Some(i64::from(DAYS) + 366));
    assert_eq!(found(&expiries_now, "#a0"), Some(i64::from(DAYS) + 366 + 7));
    table.reopen(&id, &redriven(1, 4)).await.expect("no fault");
    assert_eq!(found(&expiries(&service, id.as_str(), now).await, "#a0"), None);
}

#[tokio::test]
async fn an_execution_is_shown_until_its_retention_is_over() {
    let (table, _) = start_with(keeping()).await;
    let now = SystemClock.now().milliseconds();
    let outcome = Outcome::Succeeded(Payload::empty_object());
    for (execution, ended_days_ago, is_shown) in [("old", 31, false), ("new", 29, true)] {
        let ended = now - ended_days_ago * DAY;
        let id = begin(&table, "m", execution, ended).await;
        let end = (Timestamp::from_milliseconds(ended), &outcome);
        table.finish(&id, None, end).await.expect("no fault");
        let shown = table.execution(&id).await.expect("no fault").is_some();
        assert_eq!(shown, is_shown, "{execution}");
    }
    let listed = table.list(&name("m"), None, 10, None).await.expect("no fault");
    let listed: Vec<_> = listed.executions.iter().map(|execution| &execution.id).collect();
    assert_eq!(listed, [&execution_id("m", "new")]);
}

#[tokio::test]
async fn nothing_goes_by_itself_where_everything_is_kept() {
    let (table, service) = start_with(TableSettings::named("statewright")).await;
    let id = begin(&table, "m", "e", 1).await;
    assert!(append(&table, &root(&id, 1), record(2)).await);
    let outcome = Outcome::Succeeded(Payload::empty_object());
    table.finish(&id, None, (Timestamp::from_milliseconds(3), &outcome)).await.expect("no fault");
    let expiries = expiries(&service, id.as_str(), 0).await;
    assert!(expiries.iter().all(|(_, days)| days.is_none()), "{expiries:?}");
    assert!(table.execution(&id).await.expect("no fault").is_some());
}
