//! Runs without faults, and runs with one fault at each port call in turn.

use crate::{
    checks::RunSummary,
    faults::{FaultPlan, PortCallOutcome},
    run::{FinishedRun, RunSetup, run_simulation},
    workflows::{self, SimulatedWorkflow},
    world::StartClient,
};

/// The seed of the schedules of these tests.
const SEED: u64 = 7;
/// More port calls than a start makes. The messages that it has sent are handled among them.
const START_PORT_CALLS: u64 = 12;
/// The number of violations shown for each workflow.
const SHOWN_MAX: usize = 6;

fn run_without_faults(workflow: &SimulatedWorkflow) -> FinishedRun {
    let finished = run_simulation(workflow, &RunSetup::without_faults(SEED), None);
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
        run_without_faults(workflow);
    }
}

#[test]
fn a_schedule_does_not_change_what_happens() {
    for workflow in &workflows::ALL {
        let expected = run_without_faults(workflow).summary;
        for seed in 0..20 {
            for transitions in [[1, 1], [2, 2], [25, 25], [1, 25]] {
                let setup = RunSetup { transitions, ..RunSetup::without_faults(seed) };
                let violations = run_simulation(workflow, &setup, Some(&expected)).violations;
                assert!(
                    violations.is_empty(),
                    "{}, seed {seed}, transitions {transitions:?}: {violations:#?}",
                    workflow.name
                );
            }
        }
    }
}

/// Runs the workflow once for each port call of the fault-free run; that call has this outcome.
fn list_violations(
    workflow: &SimulatedWorkflow,
    outcome: PortCallOutcome,
    expected: &RunSummary,
    calls: u64,
) -> Vec<String> {
    (0..calls)
        .filter_map(|call| {
            let setup = RunSetup {
                plan: FaultPlan::Once { call, outcome },
                ..RunSetup::without_faults(SEED)
            };
            let finished = run_simulation(workflow, &setup, Some(expected));
            let wrong = finished.violations.first()?;
            Some(format!("{}, {outcome:?} at port call {call}: {wrong}", workflow.name))
        })
        .collect()
}

fn inject_at_every_port_call(outcome: PortCallOutcome) {
    let mut all = Vec::new();
    for workflow in &workflows::ALL {
        let finished = run_without_faults(workflow);
        let mut wrong = list_violations(workflow, outcome, &finished.summary, finished.port_calls);
        let more = wrong.len().saturating_sub(SHOWN_MAX);
        wrong.truncate(SHOWN_MAX);
        all.extend(wrong);
        if more > 0 {
            all.push(format!("{}: … and {more} more", workflow.name));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// A fault never shows as a failure of the workflow: only the death of a worker loses a call.
///
/// Spec: `ARCHITECTURE.md`, rejections, failures and faults.
#[test]
fn a_throttled_port_call_loses_no_call() {
    let mut lost = Vec::new();
    for workflow in &workflows::ALL {
        for call in 0..run_without_faults(workflow).port_calls {
            let plan = FaultPlan::Once { call, outcome: PortCallOutcome::Throttled };
            let finished = run_simulation(
                workflow,
                &RunSetup { plan, ..RunSetup::without_faults(SEED) },
                None,
            );
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
    inject_at_every_port_call(PortCallOutcome::CrashBefore);
}

#[test]
fn a_crash_after_any_port_call_changes_nothing() {
    inject_at_every_port_call(PortCallOutcome::CrashAfter);
}

#[test]
fn a_fault_of_any_port_call_changes_nothing() {
    inject_at_every_port_call(PortCallOutcome::Throttled);
}

#[test]
fn a_lost_answer_of_any_port_call_changes_nothing() {
    inject_at_every_port_call(PortCallOutcome::AppliedWithError);
}

/// A client that never asks again, since its process has died.
#[test]
fn a_start_that_dies_at_any_port_call_runs_or_never_was() {
    let mut wrong = Vec::new();
    for workflow in &workflows::ALL {
        let expected = run_without_faults(workflow).summary;
        for call in 0..START_PORT_CALLS {
            for outcome in [PortCallOutcome::CrashBefore, PortCallOutcome::CrashAfter] {
                let plan = FaultPlan::Once { call, outcome };
                let setup = RunSetup {
                    plan,
                    start_client: StartClient::GivesUp,
                    ..RunSetup::without_faults(SEED)
                };
                let finished = run_simulation(workflow, &setup, Some(&expected));
                let violation = finished.violations.first();
                wrong.extend(violation.map(|it| format!("{}, {call}: {it}", workflow.name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
