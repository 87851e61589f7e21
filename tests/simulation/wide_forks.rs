//! Forks of more children than one delivery may start or stop.

use model::DeploymentLimits;

use crate::{
    faults::{FaultPlan, FaultRates},
    pool::across_cores,
    random::SimulationRandom,
    run::{FinishedRun, RunSetup, run_simulation},
    workflows::{STOPPED_WIDE, SimulatedWorkflow, WAITS_WIDE, huge_map},
};

/// The number of seeds.
const SEEDS: u64 = 24;

/// One of 80 children fails while the others wait.
#[test]
fn children_that_one_delivery_cannot_stop_are_stopped_by_several() {
    check_with_and_without_faults(&WAITS_WIDE, "send to '' AdvanceFrame(RecordNumber(1))");
}

#[test]
fn an_execution_with_many_children_is_stopped_by_several_deliveries() {
    check_with_and_without_faults(&STOPPED_WIDE, "send to '' StopExecution");
}

#[test]
fn each_of_a_hundred_thousand_children_costs_at_most_nine_port_calls() {
    const CHILDREN: usize = 100_000;
    let setup = RunSetup {
        limits: DeploymentLimits::OPEN,
        transitions: [25, 25],
        steps_max: u32::MAX,
        ..RunSetup::without_faults(1)
    };
    let finished = run_simulation(&huge_map(CHILDREN), &setup, None);
    assert_eq!(finished.violations, [""; 0]);
    // Three of them are the root's.
    assert_eq!(finished.records.len(), CHILDREN + 3);
    let of_each = finished.port_calls / u64::try_from(CHILDREN).expect("fits");
    assert!(of_each <= 9, "{of_each}");
}

/// Without a limit of events, all children of a fork run at once. Without faults this message must be sent more than once: it is how a delivery hands the rest to
/// the next one.
fn check_with_and_without_faults(workflow: &SimulatedWorkflow, continuation: &str) {
    let without_faults = |seed| {
        let mut setup = RunSetup::without_faults(seed);
        setup.limits.history_events = u64::MAX;
        setup
    };
    let expected = run_simulation(workflow, &without_faults(1), None);
    assert_eq!(expected.violations, [""; 0]);
    let sent = expected.trace.iter().filter(|line| line.contains(continuation)).count();
    assert!(sent > 1, "{sent} messages");
    let failed: Vec<String> = across_cores(0..SEEDS, |seed| {
        let rates = FaultRates::from_random(&mut SimulationRandom::new(seed));
        let plan = FaultPlan::RandomFaults(rates);
        let setup = RunSetup { plan, ..without_faults(seed) };
        let FinishedRun { violations, .. } =
            run_simulation(workflow, &setup, Some(&expected.summary));
        violations.first().map(|wrong| format!("seed {seed}: {wrong}\n"))
    });
    assert!(failed.is_empty(), "{}", failed.concat());
}
