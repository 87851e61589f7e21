//! Outages: for hours a port, or every delivery, does not work. Nothing may end of it: once it is
//! over, everything goes on and has the outcome that it would have had without it.

use crate::{
    ablations::Ablation,
    faults::{FaultPlan, Outage, OutageKind},
    pool::across_cores,
    random::SimulationRandom,
    run::{RunSetup, run_simulation},
    scenario::Scenario,
    workflows::{self, SimulatedWorkflow},
    world::EPOCH,
};

/// The number of seeds of each kind of outage.
const SEEDS: u64 = 60;
/// The longest times from a start until its outage, in milliseconds. A call of `slow` takes 90 s, and
/// what is quick is over within one.
const BEGINS_MAX: [u32; 3] = [100, 1_000, 120_000];

/// The number of seeds within which the checks must notice a broken rule.
const SEEDS_ABLATED: u64 = 300;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Adds an outage to the plan of a seed, which has no other faults.
fn outage_setup(setup: RunSetup, kind: OutageKind, length: i64) -> RunSetup {
    let mut random = SimulationRandom::new(setup.seed ^ 0x007A_6E00);
    let begins_max = BEGINS_MAX[random.pick_index(BEGINS_MAX.len())];
    let from = EPOCH + random.draw_milliseconds(begins_max);
    let plan = FaultPlan::Outage(Outage { kind, from, until: from + length });
    RunSetup { plan, ..setup }
}

fn check_outage(kind: OutageKind, length: i64) {
    let only = std::env::var("SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds = only.map_or(0..SEEDS, |seed| seed..seed + 1);
    let failed: Vec<String> = across_cores(seeds, |seed| {
        let scenario = Scenario::untimed(seed)?;
        let finished = scenario.run_with(|setup| outage_setup(setup, kind, length));
        let buried = finished.dead_letters.first().map(|buried| format!("{buried:?} is buried"));
        let wrong = finished.violations.into_iter().next().or(buried)?;
        let trace = if only.is_some() { finished.trace.join("\n") } else { String::new() };
        Some(format!("SEED={seed} ({}): {wrong}\n{trace}", scenario.workflow.name))
    });
    assert!(failed.is_empty(), "{} seeds:\n{}", failed.len(), failed.concat());
}

/// Uses the outage of the queue, whose faults come after the death was counted.
#[test]
fn a_fault_counted_as_a_death_is_noticed() {
    let noticed = (0..SEEDS_ABLATED).any(|seed| {
        let Some(scenario) = Scenario::untimed(seed) else { return false };
        let ablated = |setup| RunSetup {
            ablation: Some(Ablation::CountFaults),
            ..outage_setup(setup, OutageKind::Queue, 3 * HOUR)
        };
        !scenario.run_with(ablated).violations.is_empty()
    });
    assert!(noticed);
}

#[test]
fn three_hours_without_the_store_end_nothing() {
    check_outage(OutageKind::Store, 3 * HOUR);
}

/// Calls that nothing retries: of an answer that is lost, the execution would fail.
const UNRETRIED: &str = r#"{"StartAt":"All","States":{
    "All":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"Quick","States":{
            "Quick":{"Type":"Task","Resource":"@function:echo","Next":"Slow"},
            "Slow":{"Type":"Task","Resource":"@function:slow","End":true}}},
        {"StartAt":"Long","States":{
            "Long":{"Type":"Task","Resource":"@function:slow","Next":"Last"},
            "Last":{"Type":"Task","Resource":"@function:echo","End":true}}}]}}}"#;

#[test]
fn half_an_hour_without_the_store_loses_no_answer() {
    let workflow = SimulatedWorkflow {
        definition: UNRETRIED.into(),
        input: r#"{"order":42}"#.into(),
        ..workflows::ALL[0].clone()
    };
    let expected = run_simulation(&workflow, &RunSetup::without_faults(7), None).summary;
    let failed: Vec<String> = across_cores(0..SEEDS, |seed| {
        let setup = outage_setup(RunSetup::without_faults(seed), OutageKind::Store, 30 * MINUTE);
        let finished = run_simulation(&workflow, &setup, Some(&expected));
        let wrong = finished.violations.first().cloned();
        let wrong = wrong.or_else(|| (finished.lost > 0).then(|| "an answer is lost".to_owned()));
        wrong.map(|wrong| format!("SEED={seed}: {wrong}\n"))
    });
    assert!(failed.is_empty(), "{} seeds:\n{}", failed.len(), failed.concat());
}

#[test]
fn three_hours_without_the_queue_end_nothing() {
    check_outage(OutageKind::Queue, 3 * HOUR);
}

#[test]
fn three_hours_in_which_calls_hang_end_nothing() {
    check_outage(OutageKind::TaskCaller, 3 * HOUR);
}

#[test]
fn three_hours_without_the_observer_end_nothing() {
    check_outage(OutageKind::Observer, 3 * HOUR);
}

#[test]
fn an_hour_with_records_of_a_newer_version_ends_nothing() {
    check_outage(OutageKind::Reading, HOUR);
}

#[test]
fn a_deployment_that_fails_every_delivery_for_an_hour_ends_nothing() {
    check_outage(OutageKind::Delivery, HOUR);
}

#[test]
fn a_deployment_that_crashes_for_ten_minutes_ends_nothing() {
    check_outage(OutageKind::Process, 10 * MINUTE);
}
