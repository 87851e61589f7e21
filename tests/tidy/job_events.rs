//! The rules that have services tell of their jobs are for the events that the product reads.

use std::{collections::BTreeSet, fs};

use regex::Regex;
use services::JOB_EVENT_KINDS;

use crate::workspace::repository_root;

#[test]
fn a_rule_is_for_each_kind_of_job_event() {
    let rules = fs::read_to_string(repository_root().join("infra/job_events.yaml")).expect("reads");
    let known: BTreeSet<(String, String)> = JOB_EVENT_KINDS
        .iter()
        .map(|kind| (kind.source.to_owned(), kind.detail_type.to_owned()))
        .collect();
    assert_eq!(events_of_rules(&rules), known);
}

/// The sources and detail types in the rules: one source in each, and detail types in a list.
fn events_of_rules(rules: &str) -> BTreeSet<(String, String)> {
    let pattern =
        Regex::new(r"(?s)source: \[([\w.-]+)\]\s+detail-type:(.*?)\n +(?:detail:|Targets:)")
            .expect("valid");
    let detail_type = Regex::new(r"[A-Z][\w ]+").expect("valid");
    let mut events = BTreeSet::new();
    for rule in pattern.captures_iter(rules) {
        for found in detail_type.find_iter(&rule[2]) {
            events.insert((rule[1].to_owned(), found.as_str().to_owned()));
        }
    }
    events
}
