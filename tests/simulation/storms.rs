//! Many seeds, all kinds of faults at once; that a seed repeats itself; and that the checks notice
//! when a rule of the protocol is not kept.

use std::collections::BTreeMap;

use crate::{
    ablations::Ablation,
    checks::Summary,
    faults::{Plan, Storm},
    random::Random,
    run::{Finished, Setup, simulate},
    workflows::{self, Workflow},
};

/// Seeds of one run of the suite; the environment's `SEEDS` asks for more, `SEED` for one.
const SEEDS: u64 = 300;
/// Seeds within which a missing rule must be noticed.
const SEEDS_ABLATED: u64 = 150;

fn stormy(seed: u64) -> Setup {
    let mut random = Random::new(seed ^ 0x5EED);
    let run_ahead = [1, 1, 2, 10][random.pick(4)];
    let mut storm = Storm::drawn(&mut random);
    if run_ahead > 1 {
        // Running ahead rests on no delivery outliving the time for which its message is hidden:
        // another one would take the frame over in the middle.
        storm.freezes = 0;
    }
    Setup { seed, plan: Plan::Storm(storm), run_ahead, ablation: None }
}

fn workflow_of(seed: u64) -> &'static Workflow {
    let count = u64::try_from(workflows::ALL.len()).expect("they are few");
    let at = usize::try_from(seed % count).expect("it is less than their number");
    &workflows::ALL[at]
}

/// What the fault-free runs came to.
fn expectations() -> BTreeMap<&'static str, Summary> {
    let calm = |workflow: &Workflow| simulate(workflow, &Setup::calm(7), None).summary;
    workflows::ALL.iter().map(|workflow| (workflow.name, calm(workflow))).collect()
}

fn run(setup: &Setup, expectations: &BTreeMap<&'static str, Summary>) -> Finished {
    let workflow = workflow_of(setup.seed);
    simulate(workflow, setup, expectations.get(workflow.name))
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("the variable is a number"))
}

#[test]
fn no_storm_changes_what_happens() {
    let expectations = expectations();
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(SEEDS),
    };
    let shows_trace = seeds.end - seeds.start == 1;
    let mut failed = Vec::new();
    for seed in seeds {
        let setup = stormy(seed);
        let finished = run(&setup, &expectations);
        if let Some(wrong) = finished.violations.first() {
            let trace = if shows_trace { finished.trace.join("\n") } else { String::new() };
            let (name, run_ahead) = (workflow_of(seed).name, setup.run_ahead);
            failed.push(format!("SEED={seed} ({name}, run-ahead {run_ahead}): {wrong}\n{trace}"));
        }
    }
    assert!(
        failed.is_empty(),
        "{}{} seeds failed; for the trace of one:\n\
         SEED=… cargo test --test simulation no_storm",
        failed.concat(),
        failed.len()
    );
}

#[test]
fn clocks_that_differ_lose_no_timer() {
    let workflow = workflows::ALL.iter().find(|workflow| workflow.name == "wait");
    let workflow = workflow.expect("it is in the table");
    let clocks_only =
        Storm { left: 0, deaths: 0, refusals: 0, copies: 0, returns: 0, freezes: 0, skew: 20 };
    for seed in 0..SEEDS {
        let plan = Plan::Storm(clocks_only.clone());
        let violations = simulate(workflow, &Setup { plan, ..Setup::calm(seed) }, None).violations;
        assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
    }
}

#[test]
fn a_seed_repeats_itself_byte_for_byte() {
    let expectations = expectations();
    for seed in 0..28 {
        let [one, other] = [(), ()].map(|()| run(&stormy(seed), &expectations));
        assert!(one.trace == other.trace, "SEED={seed}");
    }
}

/// The first seed that fails without the rule and holds with it.
fn noticed(ablation: Ablation) -> Option<(u64, String)> {
    let expectations = expectations();
    (0..SEEDS_ABLATED).find_map(|seed| {
        let setup = Setup { ablation: Some(ablation), run_ahead: 1, ..stormy(seed) };
        let violations = run(&setup, &expectations).violations;
        let wrong = violations.first()?.clone();
        let whole = Setup { ablation: None, ..setup };
        run(&whole, &expectations).violations.is_empty().then_some((seed, wrong))
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
    never_looking_again_is_noticed: NeverLookAgain;
    a_call_without_a_claim_is_noticed: CallWithoutClaim;
    a_claim_without_a_lease_is_noticed: ClaimWithoutLease;
    counting_children_is_noticed: CountChildren;
    acknowledging_after_a_fault_is_noticed: AcknowledgeFaults;
}
