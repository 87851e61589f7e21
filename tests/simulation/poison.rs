//! A poison message kills every worker. Its execution must fail visibly, and the message must
//! become a dead letter.

use model::{QueueMessage, RecordKey};

use crate::{
    ablations::Ablation,
    run::{RunSetup, run_simulation},
    workflows::{self, ComparisonLevel, SimulatedWorkflow},
};

const SEED: u64 = 7;

fn check_poisoned_append(
    workflow: &SimulatedWorkflow,
    poison: RecordKey,
    expected_outcome: Option<&str>,
) -> Option<String> {
    let place = format!("{}, record {}#{}", workflow.name, poison.frame, poison.number);
    let frame = poison.frame.clone();
    let setup = RunSetup { poison: Some(poison), ..RunSetup::without_faults(SEED) };
    let finished = run_simulation(workflow, &setup, None);
    if let Some(wrong) = finished.violations.first() {
        return Some(format!("{place}: {wrong}"));
    }
    let Some(outcome) = finished.summary.outcome else { return Some(format!("{place}: stuck")) };
    let refused =
        outcome.contains("States.Runtime") && outcome.contains("processes in a row have died");
    let was_struck = finished.faults.contains_key("worker dies of a message");
    // A message may become a dead letter twice, and so may each of two answers to one token, but no
    // other message may.
    let is_dead_lettered = finished.dead_letters.first().is_some_and(|first| {
        let is_same = |other: &QueueMessage| {
            other.frame == first.frame && other.kind.to_string() == first.kind.to_string()
        };
        first.frame == frame && finished.dead_letters.iter().all(is_same)
    });
    // A sibling may fail first, which stops the child that the message addresses.
    let is_stopped = workflow.comparison == ComparisonLevel::Outcome
        && expected_outcome == Some(outcome.as_str());
    let wrong = was_struck && !(refused && is_dead_lettered) && !is_stopped;
    wrong.then(|| format!("{place}: {outcome}, {} buried", finished.dead_letters.len()))
}

/// Tries each record of each workflow in turn, except record 0 of the root, which
/// `StartExecution` writes, and the records that fail or stop the execution.
#[test]
fn a_poisonous_message_ends_its_execution_and_is_buried() {
    let mut wrong = Vec::new();
    for workflow in &workflows::ALL {
        if workflow.redriven.is_some() || workflow.stopped_after.is_some() {
            continue;
        }
        let expected_outcome = run_simulation(workflow, &RunSetup::without_faults(SEED), None);
        let poisons = expected_outcome.records.into_iter().filter(|key| {
            let is_main = key.execution.as_str().starts_with("simulated:");
            is_main && (key.frame.fork_depth() > 0 || key.number.as_u64() > 0)
        });
        let outcome = expected_outcome.summary.outcome.as_deref();
        wrong.extend(poisons.filter_map(|poison| check_poisoned_append(workflow, poison, outcome)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn deaths_that_nobody_counts_are_noticed() {
    let workflow = workflows::ALL.iter().find(|workflow| workflow.name == "passes");
    let workflow = workflow.expect("it is in the table");
    let records = run_simulation(workflow, &RunSetup::without_faults(SEED), None).records;
    let setup = RunSetup {
        poison: records.last().cloned(),
        ablation: Some(Ablation::CountNoDeaths),
        ..RunSetup::without_faults(SEED)
    };
    let violations = run_simulation(workflow, &setup, None).violations;
    assert_eq!(violations, ["messages never die out"]);
}
