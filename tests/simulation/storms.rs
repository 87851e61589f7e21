//! Runs many seeds with all kinds of faults at once. Also tests that a seed is repeatable, and that
//! the checks notice when a rule of the protocol is broken.

use std::sync::{Mutex, PoisonError};

use crate::{
    ablations::Ablation,
    faults::{FaultPlan, FaultRates, PortCallOutcome},
    pool::across_cores,
    run::{RunSetup, run_simulation},
    scenario::Scenario,
    tally::Tally,
    workflows,
};

/// The number of seeds. The environment variable `SEEDS` sets another number, `SEED` selects one
/// seed.
const SEEDS: u64 = 2_000;
/// Seeds of generated workflows that failed before: their fault-free runs had too many deliveries. A
/// queue's delivery of a task's answer acted on the record that the API call had just written, as the
/// call did, and all that followed was sent twice, through every state that outlasted the visibility
/// timeout.
const SEEDS_FAILED_BEFORE: [u64; 12] = [
    70_163, 71_201, 78_777, 91_955, 101_421, 103_223, 127_841, 133_807, 145_397, 162_131, 180_803,
    181_045,
];
/// The number of seeds with clock skew only.
const SEEDS_OF_CLOCKS: u64 = 300;
/// The number of seeds within which the checks must notice a broken rule.
const SEEDS_ABLATED: u64 = 600;

fn number_from_env(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("the variable is a number"))
}

#[test]
fn no_storm_changes_what_happens() {
    let seeds = match number_from_env("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number_from_env("SEEDS").unwrap_or(SEEDS),
    };
    let shows_trace = seeds.end - seeds.start == 1;
    let tally = Mutex::new(Tally::default());
    let failed: Vec<String> = across_cores(seeds, |seed| {
        let scenario = Scenario::from_seed(seed);
        let finished = scenario.run();
        tally.lock().unwrap_or_else(PoisonError::into_inner).add(seed, &finished);
        let wrong = finished.violations.first()?;
        let trace = if shows_trace { finished.trace.join("\n") } else { String::new() };
        let (name, transitions) = (&scenario.workflow.name, scenario.setup.transitions);
        Some(format!("SEED={seed} ({name}, transitions {transitions:?}): {wrong}\n{trace}"))
    });
    assert!(
        failed.is_empty(),
        "{}{} seeds failed; for the trace of one:\n\
         SEED=… cargo test --test simulation no_storm",
        failed.concat(),
        failed.len()
    );
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let untried: Vec<_> =
        FAULTS.into_iter().filter(|fault| !tally.faults.contains_key(fault)).collect();
    assert!(shows_trace || untried.is_empty(), "never tried: {untried:?} in\n{tally}");
}

/// All kinds of random faults.
const FAULTS: [&str; 10] = [
    "worker dies before a port call",
    "worker dies after a port call",
    "throttled",
    "applied, reported as failed",
    "late",
    "copied",
    "delivered twice",
    "delivered after deletion",
    "all freeze",
    "start is slow",
];

#[test]
fn an_answer_is_acted_on_once_though_its_api_call_handles_it_beside_the_queue() {
    for seed in SEEDS_FAILED_BEFORE {
        let violations = Scenario::from_seed(seed).run().violations;
        assert!(violations.is_empty(), "SEED={seed}: {violations:#?}");
    }
}

#[test]
fn clocks_that_differ_lose_no_timer() {
    let workflow = workflows::ALL.iter().find(|workflow| workflow.name == "wait");
    let workflow = workflow.expect("it is in the table");
    for seed in 0..SEEDS_OF_CLOCKS {
        let plan = FaultPlan::RandomFaults(FaultRates::only_clock_skew());
        let violations =
            run_simulation(workflow, &RunSetup { plan, ..RunSetup::without_faults(seed) }, None)
                .violations;
        assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
    }
}

#[test]
fn a_seed_repeats_itself_byte_for_byte() {
    for seed in 0..60 {
        let [one, other] = [(), ()].map(|()| Scenario::from_seed(seed).run());
        assert!(one.trace == other.trace, "SEED={seed}");
    }
}

/// The first seed that fails without the rule and passes with it.
fn noticed(ablation: Ablation) -> Option<(u64, String)> {
    (0..SEEDS_ABLATED).find_map(|seed| {
        let scenario = Scenario::from_seed(seed);
        let plainly = |setup| RunSetup { transitions: [1, 1], ..setup };
        let without = |setup| RunSetup { ablation: Some(ablation), ..plainly(setup) };
        let violations = scenario.run_with(without).violations;
        let wrong = violations.first()?.clone();
        scenario.run_with(plainly).violations.is_empty().then_some((seed, wrong))
    })
}

macro_rules! notices {
    ($($name:ident: $ablation:ident;)+) => {$(
        #[test]
        fn $name() {
            assert!(noticed(Ablation::$ablation).is_some());
        }
    )+};
}

notices! {
    acknowledging_after_a_lost_race_is_noticed: AcknowledgeLostRace;
    never_looking_again_is_noticed: IgnoreRedelivery;
    a_call_without_a_claim_is_noticed: CallWithoutClaim;
    a_claim_without_a_lease_is_noticed: ClaimWithoutLease;
    counting_children_is_noticed: CountChildren;
    moving_the_slot_of_another_child_is_noticed: MoveSlotOfAnother;
    starting_the_next_child_only_once_is_noticed: StartNextOnce;
    a_gate_that_knows_more_than_its_buckets_is_noticed: BucketAfterGate;
    waking_the_parent_before_its_gate_knows_is_noticed: WakeBeforeGate;
    acknowledging_after_a_fault_is_noticed: AcknowledgeFaults;
    a_head_without_an_owner_of_its_next_action_is_noticed: NoNextActionOwner;
    sending_before_it_is_durable_is_noticed: SendBeforeCommit;
    clocks_that_go_back_are_noticed: ClocksGoBack;
    a_put_before_its_send_is_noticed: PutBeforeSend;
    acknowledging_a_start_before_its_record_is_noticed: AcknowledgeEarlyStart;
    removing_the_row_of_a_task_before_it_starts_is_noticed: RemoveTaskFirst;
    starting_a_task_without_its_message_is_noticed: StartTaskWithoutMessage;
    taking_the_start_of_another_poll_is_noticed: TakeStartOfAnother;
}

/// Uses one fault, at each port call of a start in turn: the client starts the execution again some
/// seconds later, when the timeout of its first attempt may have been sent.
#[test]
fn a_timeout_of_another_start_is_noticed() {
    let workflow = workflows::ALL.iter().find(|workflow| workflow.name == "expires");
    let workflow = workflow.expect("it is in the table");
    let violations = |call, ablation| {
        let plan = FaultPlan::Once { call, outcome: PortCallOutcome::Throttled };
        let setup = RunSetup { plan, ablation, ..RunSetup::without_faults(7) };
        run_simulation(workflow, &setup, None).violations
    };
    let mut noticed = 0;
    for call in 0..8 {
        noticed += u32::from(!violations(call, Some(Ablation::NamesakesAlike)).is_empty());
        assert_eq!(violations(call, None), [""; 0], "port call {call}");
    }
    assert!(noticed > 0);
}
