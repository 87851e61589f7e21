//! The tour of the README: does each command do what the page shows, also the second time?

use regex::Regex;
use serde_json::json;

use super::*;
use crate::program::{LocalProgram, repository_root};

fn readme() -> String {
    std::fs::read_to_string(repository_root().join("README.md")).expect("the repository has one")
}

/// The one text in the README that this pattern's group matches.
fn find_in_readme(pattern: &str) -> String {
    let pattern = Regex::new(pattern).expect("the pattern is valid");
    let readme = readme();
    let found = pattern.captures(&readme).unwrap_or_else(|| panic!("the README has {pattern}"));
    found[1].to_owned()
}

#[test]
fn the_tour_works_in_any_region_and_twice() {
    let folder = temporary_folder();
    let arguments = find_in_readme(r"\n\$ statewright local (.+)\n");
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let machine_arn = find_in_readme("\"(arn:aws:states:[^\"]*:stateMachine:order)\"");
    let definition_file = find_in_readme(r"--definition file://(\S+)");
    let input = find_in_readme(r"start-execution[^']*--input '(.*)'");
    let definition = std::fs::read_to_string(repository_root().join(definition_file));
    let definition = definition.expect("the example is there");

    let data = folder.path().display().to_string();
    let tour = [&["local", "--port", "0", "--data", &data], &words[..]].concat();
    let mut command = statewright_command(&repository_root(), &tour);
    let local = LocalProgram::start_command(command.env("AWS_REGION", "eu-central-1"));
    for _ in 0..2 {
        assert_eq!(local.client.create_machine("order", &definition), machine_arn);
        // As in the tour, without a name, which could be used only once.
        assert!(!readme().contains("start-execution --name"), "the tour can be repeated");
        let request = json!({ "stateMachineArn": machine_arn, "input": input });
        let started = local.client.call_successfully("StartExecution", &request);
        let execution = started["executionArn"].as_str().expect("it has an ARN");
        assert_eq!(local.client.await_end(execution)["status"], "SUCCEEDED");
        let history = local.client.execution_history(execution);
        let last: String = history[history.len() - 4..].iter().map(history_line).collect();
        assert!(readme().contains(&last), "the README shows the end of the history:\n{last}");
    }
}

fn history_line(event: &serde_json::Value) -> String {
    let kind = event["type"].as_str().expect("an event has a type");
    format!("{}\t{}\t{kind}\n", event["id"], event["previousEventId"])
}
