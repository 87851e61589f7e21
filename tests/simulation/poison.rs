//! A poison message kills every worker. Its execution must fail visibly, and the message must
//! become a dead letter.

use model::{RecordKey, limits::RECEIVE_COUNT_MAX};

use crate::{
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
    let setup = RunSetup { poison: Some(poison), ..RunSetup::without_faults(SEED) };
    let finished = run_simulation(workflow, &setup, None);
    if let Some(wrong) = finished.violations.first() {
        return Some(format!("{place}: {wrong}"));
    }
    let Some(outcome) = finished.summary.outcome else { return Some(format!("{place}: stuck")) };
    let refused = outcome.contains("States.Runtime") && outcome.contains("was received more than");
    let was_struck = finished.faults.contains_key("worker dies of a message");
    let is_dead_lettered = !finished.dead_letters.is_empty();
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
    assert!(wrong.is_empty(), "after {RECEIVE_COUNT_MAX} times:\n{}", wrong.join("\n"));
}
