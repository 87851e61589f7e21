//! Without faults; then one fault, at every port call there is.

use crate::{
    checks::Summary,
    faults::{Fate, Plan},
    run::{Finished, Setup, simulate},
    workflows::{self, Workflow},
};

/// The seed of the schedules here.
const SEED: u64 = 7;
/// Complaints shown of one workflow.
const SHOWN_MAX: usize = 6;

fn calm(workflow: &Workflow) -> Finished {
    let finished = simulate(workflow, &Setup::calm(SEED), None);
    assert!(
        finished.violations.is_empty(),
        "{}: {:#?}\n{}",
        workflow.name,
        finished.violations,
        finished.trace.join("\n")
    );
    finished
}

#[test]
fn every_workflow_ends_without_faults() {
    for workflow in &workflows::ALL {
        calm(workflow);
    }
}

#[test]
fn a_schedule_does_not_change_what_happens() {
    for workflow in &workflows::ALL {
        let expected = calm(workflow).summary;
        for seed in 0..20 {
            for run_ahead in [[1, 1], [2, 2], [10, 10], [1, 10]] {
                let setup = Setup { run_ahead, ..Setup::calm(seed) };
                let violations = simulate(workflow, &setup, Some(&expected)).violations;
                assert!(
                    violations.is_empty(),
                    "{}, seed {seed}, run-ahead {run_ahead:?}: {violations:#?}",
                    workflow.name
                );
            }
        }
    }
}

/// One run for each port call of the fault-free run, which has this fate there.
fn complaints(workflow: &Workflow, fate: Fate, expected: &Summary, calls: u64) -> Vec<String> {
    (0..calls)
        .filter_map(|call| {
            let setup = Setup { plan: Plan::Once { call, fate }, ..Setup::calm(SEED) };
            let finished = simulate(workflow, &setup, Some(expected));
            let wrong = finished.violations.first()?;
            Some(format!("{}, {fate:?} at port call {call}: {wrong}", workflow.name))
        })
        .collect()
}

fn at_every_port_call(fate: Fate) {
    let mut all = Vec::new();
    for workflow in &workflows::ALL {
        let finished = calm(workflow);
        let mut wrong = complaints(workflow, fate, &finished.summary, finished.port_calls);
        let more = wrong.len().saturating_sub(SHOWN_MAX);
        wrong.truncate(SHOWN_MAX);
        all.extend(wrong);
        if more > 0 {
            all.push(format!("{}: … and {more} more", workflow.name));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// A fault is never shown as a workflow's failure: only a worker's death loses a call.
///
/// Spec: ARCHITECTURE § 8.
#[test]
fn a_throttled_port_call_loses_no_call() {
    let mut lost = Vec::new();
    for workflow in &workflows::ALL {
        for call in 0..calm(workflow).port_calls {
            let plan = Plan::Once { call, fate: Fate::Throttled };
            let finished = simulate(workflow, &Setup { plan, ..Setup::calm(SEED) }, None);
            if finished.lost > 0 {
                let line = finished.trace.iter().find(|line| line.contains("Throttled"));
                lost.push(format!("{}: {}", workflow.name, line.map_or("", |line| line.trim())));
            }
        }
    }
    assert!(lost.is_empty(), "a call is declared lost for:\n{}", lost.join("\n"));
}

#[test]
fn a_crash_before_any_port_call_changes_nothing() {
    at_every_port_call(Fate::DiesBefore);
}

#[test]
fn a_crash_after_any_port_call_changes_nothing() {
    at_every_port_call(Fate::DiesAfter);
}

#[test]
fn a_fault_of_any_port_call_changes_nothing() {
    at_every_port_call(Fate::Throttled);
}

#[test]
fn a_lost_answer_of_any_port_call_changes_nothing() {
    at_every_port_call(Fate::Doubted);
}
