//! Derives from a seed a workflow, the actions of its users, and the faults.

use model::ExecutionStatus;

use crate::{
    checks::RunSummary,
    faults::{FaultPlan, FaultRates},
    generate,
    random::SimulationRandom,
    run::{FinishedRun, RunSetup, run_simulation},
    workflows::{self, ComparisonLevel, SimulatedWorkflow},
    world::StartClient,
};

/// The run of one seed, with its expected result.
pub(crate) struct Scenario {
    pub(crate) workflow: SimulatedWorkflow,
    pub(crate) setup: RunSetup,
    expected: RunSummary,
}

impl Scenario {
    /// Even seeds run a workflow of the table, odd seeds a generated one.
    pub(crate) fn from_seed(seed: u64) -> Self {
        let mut random = SimulationRandom::new(seed ^ 0x5EED);
        let mut workflow = if seed.is_multiple_of(2) {
            let at = usize::try_from(seed / 2).expect("seeds fit") % workflows::ALL.len();
            workflows::ALL[at].clone()
        } else {
            generate::generate_workflow(seed)
        };
        let expected_outcome = run_simulation(&workflow, &RunSetup::without_faults(7), None);
        let last: Vec<_> = expected_outcome.trace.iter().rev().take(30).collect();
        let wrong = &expected_outcome.violations;
        assert!(wrong.is_empty(), "SEED={seed}, fault-free: {wrong:?}, after {last:#?}");
        let expected = expected_outcome.summary;
        add_user_interference(&mut workflow, &mut random);
        let version = |random: &mut SimulationRandom| [1, 1, 2, 25][random.pick_index(4)];
        let transitions = [version(&mut random), version(&mut random)];
        let plan = FaultPlan::RandomFaults(FaultRates::from_random(&mut random));
        let start_client =
            if random.draw_per_mille(300) { StartClient::GivesUp } else { StartClient::Repeats };
        Self {
            workflow,
            setup: RunSetup { plan, transitions, start_client, ..RunSetup::without_faults(seed) },
            expected,
        }
    }

    /// The scenario of a seed whose outcome does not depend on how long it takes; none if that of
    /// this seed does.
    pub(crate) fn untimed(seed: u64) -> Option<Self> {
        let scenario = Self::from_seed(seed);
        let workflow = &scenario.workflow;
        let is_timed = ["TimeoutSeconds", "HeartbeatSeconds", "waitForTaskToken"]
            .iter()
            .any(|field| workflow.definition.contains(field));
        let is_stopped = workflow.stopped_after.is_some();
        (!is_timed && !is_stopped).then_some(scenario)
    }

    /// Runs the scenario and compares it with its fault-free run.
    pub(crate) fn run(&self) -> FinishedRun {
        run_simulation(&self.workflow, &self.setup, Some(&self.expected))
    }

    /// Runs the scenario with a changed setup.
    pub(crate) fn run_with(&self, change: impl FnOnce(RunSetup) -> RunSetup) -> FinishedRun {
        run_simulation(&self.workflow, &change(self.setup.clone()), Some(&self.expected))
    }
}

/// Some users stop their execution while it runs. Some of those redrive it afterwards; then it
/// must have the outcome that it would have had without the stop.
fn add_user_interference(workflow: &mut SimulatedWorkflow, random: &mut SimulationRandom) {
    if workflow.stopped_after.is_some()
        || workflow.redriven.is_some()
        || !random.draw_per_mille(250)
    {
        return;
    }
    workflow.stopped_after = Some(random.draw_milliseconds(200_000));
    workflow.comparison = ComparisonLevel::OutcomeOrAborted;
    if random.draw_per_mille(600) {
        workflow.redriven = Some((ExecutionStatus::Aborted, 1));
    }
}
