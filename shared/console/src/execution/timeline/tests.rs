use std::{collections::BTreeSet, fs, path::Path};

use roxmltree::{Document, Node};
use serde_json::{Value, json};

use super::*;
use crate::links::map_run_path;

/// A history that is recorded from `statewright local`.
fn recorded_events(name: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../graph/tests/histories");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).expect("it is there");
    let history: Value = serde_json::from_str(&text).expect("it is JSON");
    history["events"].as_array().expect("it has events").clone()
}

fn read_visits(events: &[Value]) -> ExecutionVisits {
    let mut visits = ExecutionVisits::default();
    for event in events {
        visits.read_event(event);
    }
    visits
}

fn recorded(name: &str) -> ExecutionVisits {
    read_visits(&recorded_events(name))
}

/// Renders a timeline, or the part of it at an address.
fn render(visits: &ExecutionVisits, address: &str) -> String {
    let query = FormFields::parse(address.trim_start_matches('?').as_bytes());
    let now = visits.last_event_at().expect("it has events").plus_seconds(60);
    format!("<div>{}</div>", timeline(visits, now, &query).into_string())
}

fn attributes<'d>(document: &'d Document<'_>, name: &str) -> Vec<&'d str> {
    document.descendants().filter_map(|node| node.attribute(name)).collect()
}

fn with_class<'d, 'i>(document: &'d Document<'i>, class: &str) -> Vec<Node<'d, 'i>> {
    let has_class = |node: &Node<'_, '_>| {
        node.attribute("class").unwrap_or("").split(' ').any(|it| it == class)
    };
    document.descendants().filter(has_class).collect()
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect()
}

/// The labels of the bars at an address.
fn labels(visits: &ExecutionVisits, address: &str) -> Vec<String> {
    let html = render(visits, address);
    let document = Document::parse(&html).expect("it is well formed");
    let bars = with_class(&document, "bar");
    bars.iter().filter_map(|bar| bar.attribute("aria-label")).map(ToOwned::to_owned).collect()
}

#[test]
fn a_row_tells_status_time_attempts_and_the_wait_between_them() {
    let visits = recorded("retry-and-catch");
    let html = render(&visits, "");
    let document = Document::parse(&html).expect("it is well formed");
    let rows = with_class(&document, "row");
    assert_eq!(rows.len(), 3);
    let told = text_of(with_class(&document, "told")[0]);
    assert!(told.starts_with("succeeded after retries 1.0"), "{told}");
    assert!(told.ends_with(" s · 1 retry"), "{told}");
    let told = text_of(with_class(&document, "told")[1]);
    assert!(told.starts_with("failed, caught ") && told.ends_with(" · Declined"), "{told}");
    let label = &labels(&visits, "")[0];
    for part in [
        "Reserve, succeeded after retries, from ",
        "; attempt 1 failed with Busy, ",
        "; waited 1.0",
        "; attempt 2 succeeded, ",
    ] {
        assert!(label.contains(part), "{part} in {label}");
    }
    let classes: Vec<&str> = rows[0]
        .descendants()
        .filter(|node| node.has_tag_name("rect"))
        .filter_map(|rect| rect.attribute("class"))
        .collect();
    let expected = ["pause", "scheduled", "failed", "failure-mark", "scheduled", "succeeded"];
    assert_eq!(classes, expected);
    let links: Vec<&str> = attributes(&document, "href");
    assert_eq!(links, ["?visit=2", "?visit=10", "?visit=15"]);
}

#[test]
fn the_chosen_visit_is_marked_and_parts_keep_the_other_fields_of_the_address() {
    let visits = recorded("retry-and-catch");
    let html = render(&visits, "?view=timeline&visit=10");
    let document = Document::parse(&html).expect("it is well formed");
    let marked = document.descendants().find(|node| node.has_attribute("aria-current"));
    let marked = marked.expect("one is marked");
    assert_eq!(text_of(marked), "Charge");
    assert_eq!(marked.attribute("href"), Some("?visit=10"));

    let html = render(&recorded("map-retried"), "?view=timeline&visit=2");
    let document = Document::parse(&html).expect("it is well formed");
    let folds = attributes(&document, "data-fragment");
    assert_eq!(folds, ["?view=timeline&map=2&attempt=0", "?view=timeline&map=2"]);
}

#[test]
fn no_element_has_a_style_or_an_id_and_each_bar_has_a_label() {
    let visits = recorded("nested-map-redriven");
    for address in ["", "?map=2", "?map=2&iteration=0"] {
        let html = render(&visits, address);
        let document = Document::parse(&html).expect("it is well formed");
        assert_eq!(attributes(&document, "style"), [""; 0]);
        assert_eq!(attributes(&document, "id"), [""; 0]);
        for bar in with_class(&document, "bar") {
            assert_eq!(bar.attribute("role"), Some("img"));
            assert!(bar.attribute("aria-label").is_some_and(|label| !label.is_empty()));
            for rect in bar.children().filter(|node| node.has_tag_name("rect")) {
                let number = |name| rect.attribute(name).and_then(|it| it.parse::<i64>().ok());
                let (left, width) = (number("x").expect("x"), number("width").expect("width"));
                assert!(left >= 0 && width >= 1 && left + width <= 1000, "{left} {width}");
            }
        }
    }
}

/// Unfolds whatever can be, and returns the visits to which rows lead.
fn crawl(visits: &ExecutionVisits) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![String::new()];
    while let Some(address) = waiting.pop() {
        let html = render(visits, &address);
        let document = Document::parse(&html).expect("it is well formed");
        assert!(
            with_class(&document, "bad").iter().all(|it| it.tag_name().name() != "p"),
            "{html}"
        );
        for link in attributes(&document, "href") {
            let query = FormFields::parse(link.trim_start_matches('?').as_bytes());
            found.extend(query.get("visit").and_then(|visit| visit.parse::<u64>().ok()));
        }
        for fold in attributes(&document, "data-fragment") {
            let query = FormFields::parse(fold.trim_start_matches('?').as_bytes());
            assert!(is_timeline_part(&query), "{fold}");
            if seen.insert(fold.to_owned()) {
                waiting.push(fold.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_visit_can_be_unfolded() {
    for name in [
        "branches-redriven",
        "handlers",
        "iteration-redriven",
        "map-in-parallel",
        "map-in-parallel-succeeded",
        "map-one-at-a-time-redriven",
        "map-retried",
        "nested-executions",
        "nested-map-redriven",
        "runtime-error-redriven",
        "stopped",
        "timed-out",
        "token-waiting",
    ] {
        let visits = recorded(name);
        let all: BTreeSet<u64> =
            visits.visits().iter().map(|visit| visit.entered.event_id).collect();
        assert_eq!(crawl(&visits), all, "{name}");
    }
}

#[test]
fn what_runs_lasts_until_now_and_says_what_it_waits_for() {
    let visits = recorded("token-waiting");
    let html = render(&visits, "");
    let document = Document::parse(&html).expect("it is well formed");
    let told = text_of(with_class(&document, "told")[0]);
    assert!(told.starts_with("running 1m 00s · waits for its task token"), "{told}");
    let bar = with_class(&document, "running");
    let rect = bar.iter().find(|node| node.has_tag_name("rect")).expect("it has a bar");
    let number = |name| rect.attribute(name).and_then(|it| it.parse::<i64>().ok());
    assert_eq!(number("x").zip(number("width")).map(|(left, width)| left + width), Some(1000));
}

#[test]
fn a_redrive_has_a_scale_of_its_own() {
    let visits = recorded("iteration-redriven");
    let html = render(&visits, "?since=34");
    let document = Document::parse(&html).expect("it is well formed");
    let links: Vec<&str> = attributes(&document, "href").into_iter().take(2).collect();
    assert_eq!(links, ["?", "?since=34"]);
    // What had ended before is beyond its left end.
    let label = &labels(&visits, "?since=34&map=2&iteration=0")[0];
    assert!(label.starts_with("Check, succeeded, from -"), "{label}");
    let html = render(&visits, "?since=34&map=2&iteration=0");
    let document = Document::parse(&html).expect("it is well formed");
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("rect")).count(), 0);
}

#[test]
fn a_nested_execution_is_a_link() {
    let html = render(&recorded("nested-executions"), "");
    assert!(
        html.contains("href=\"/executions/arn:aws:states:us-east-1:000000000000:execution:child:")
    );
}

#[test]
fn a_map_run_is_a_link() {
    let arn = "arn:aws:states:us-east-1:123456789012:mapRun:m/Map:d7a8f0a1";
    let visits = read_visits(&[
        json!({"id": 1, "previousEventId": 0, "type": "MapStateEntered",
            "timestamp": 1_700_000_000.0, "stateEnteredEventDetails": {"name": "Each"}}),
        json!({"id": 2, "previousEventId": 1, "type": "MapStateStarted",
            "timestamp": 1_700_000_000.0, "mapStateStartedEventDetails": {"length": 1}}),
        json!({"id": 3, "previousEventId": 2, "type": "MapRunStarted",
            "timestamp": 1_700_000_001.0, "mapRunStartedEventDetails": {"mapRunArn": arn}}),
    ]);
    let html = render(&visits, "");
    let document = Document::parse(&html).expect("it is well formed");
    assert!(attributes(&document, "href").contains(&map_run_path(arn).as_str()), "{html}");
}

#[test]
fn an_address_that_names_no_part_is_told() {
    let visits = recorded("retry-and-catch");
    for address in ["?map=2", "?map=x", "?parallel=99&branch=1", "?iteration=1", "?map=2&status=x"]
    {
        assert!(render(&visits, address).contains("no such part"), "{address}");
    }
}

/// A Map of so many iterations with one Task each; one in a hundred has failed, and the last runs.
fn map_of(iterations: u64) -> ExecutionVisits {
    let mut visits = ExecutionVisits::default();
    let mut id = 0;
    let mut add = |previous: u64, kind: &str, member: &str, details: Value| {
        id += 1;
        visits.read_event(&json!({"id": id, "previousEventId": previous, "type": kind,
            "timestamp": 1_700_000_000 + id, (member): details}));
        id
    };
    add(0, "MapStateEntered", "stateEnteredEventDetails", json!({"name": "Each"}));
    let started = add(1, "MapStateStarted", "mapStateStartedEventDetails", json!({}));
    for index in 0..iterations {
        let details = json!({"name": "Each", "index": index});
        let member = "mapIterationStartedEventDetails";
        let begun = add(started, "MapIterationStarted", member, details.clone());
        let entered =
            add(begun, "TaskStateEntered", "stateEnteredEventDetails", json!({"name": "Work"}));
        let scheduled = add(entered, "TaskScheduled", "taskScheduledEventDetails", json!({}));
        if index % 100 == 50 {
            let error = json!({"error": "Broken"});
            let failed = add(scheduled, "TaskFailed", "taskFailedEventDetails", error);
            add(failed, "MapIterationFailed", "mapIterationFailedEventDetails", details);
        } else if index + 1 < iterations {
            let done = add(scheduled, "TaskSucceeded", "taskSucceededEventDetails", json!({}));
            let name = json!({"name": "Work"});
            let left = add(done, "TaskStateExited", "stateExitedEventDetails", name);
            add(left, "MapIterationSucceeded", "mapIterationSucceededEventDetails", details);
        }
    }
    visits
}

#[test]
fn ten_thousand_iterations_are_one_row_and_unfold_a_hundred_at_a_time() {
    let visits = map_of(10_000);
    let whole = render(&visits, "");
    assert!(whole.len() < 5_000, "{} bytes", whole.len());
    let document = Document::parse(&whole).expect("it is well formed");
    let summary = document.descendants().find(|node| node.has_tag_name("summary"));
    assert_eq!(
        summary.map(text_of).as_deref(),
        Some("10,000 iterations: 100 failed 1 running 9,899 succeeded")
    );
    let groups = render(&visits, "?map=1");
    assert!(groups.len() < 150_000, "{} bytes", groups.len());
    let shown = labels(&visits, "?map=1");
    assert_eq!(shown.len(), 100);
    assert!(shown.iter().all(|label| label.contains(", failed, ")), "{shown:?}");
    assert!(shown[0].starts_with("Iteration 50, failed, from "), "{}", shown[0]);
    let document = Document::parse(&groups).expect("it is well formed");
    let folds = attributes(&document, "data-fragment");
    // One fold for each iteration that is shown, and one for each page of the others.
    assert_eq!(folds.len(), 100 + 1 + 99);
    assert!(folds.contains(&"?map=1&status=succeeded&from=9800"));
    let last = labels(&visits, "?map=1&status=succeeded&from=9800");
    assert_eq!(last.len(), 99);
    let work = labels(&visits, "?map=1&iteration=9999");
    assert!(work[0].starts_with("Work, running, "), "{work:?}");
    assert!(groups.contains("Broken"));
}

#[test]
fn a_long_loop_shows_its_newest_visits_and_folds_the_others() {
    let mut visits = ExecutionVisits::default();
    for round in 0..250_u64 {
        for (offset, kind, member) in [
            (1, "PassStateEntered", "stateEnteredEventDetails"),
            (2, "PassStateExited", "stateExitedEventDetails"),
        ] {
            let id = round * 2 + offset;
            visits.read_event(&json!({"id": id, "previousEventId": id - 1, "type": kind,
                "timestamp": 1_700_000_000 + id, (member): {"name": "Again"}}));
        }
    }
    assert_eq!(labels(&visits, "").len(), 50);
    let html = render(&visits, "");
    let document = Document::parse(&html).expect("it is well formed");
    let folds = attributes(&document, "data-fragment");
    assert_eq!(folds, ["?visits=all&from=0", "?visits=all&from=100"]);
    assert_eq!(labels(&visits, folds[1]).len(), 100);
    assert_eq!(crawl(&visits).len(), 250);
}

#[test]
fn a_page_whose_list_begins_elsewhere_is_no_part_of_a_timeline() {
    for (query, is_part) in
        [("view=events&from=9", false), ("visit=2", false), ("map=2", true), ("visits=all", true)]
    {
        assert_eq!(is_timeline_part(&FormFields::parse(query.as_bytes())), is_part, "{query}");
    }
}

#[test]
fn numbers_are_grouped() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
}
