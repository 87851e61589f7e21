//! What a seed stands for: a workflow, its users, and the weather.

use model::Status;

use crate::{
    checks::Summary,
    faults::{Plan, Storm},
    generate,
    random::Random,
    run::{Finished, Setup, simulate},
    workflows::{self, Sameness, Workflow},
};

/// One seed's run, before it.
pub(crate) struct Scenario {
    pub(crate) workflow: Workflow,
    pub(crate) setup: Setup,
    expected: Summary,
}

impl Scenario {
    /// Half of the seeds run a workflow of the table, the others one of their own.
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x5EED);
        let mut workflow = if seed.is_multiple_of(2) {
            let at = usize::try_from(seed / 2).expect("seeds fit") % workflows::ALL.len();
            workflows::ALL[at].clone()
        } else {
            generate::workflow(seed)
        };
        let calm = simulate(&workflow, &Setup::calm(7), None);
        let last: Vec<_> = calm.trace.iter().rev().take(30).collect();
        let wrong = &calm.violations;
        assert!(wrong.is_empty(), "SEED={seed}, fault-free: {wrong:?}, after {last:#?}");
        let expected = calm.summary;
        interfere(&mut workflow, &mut random);
        let version = |random: &mut Random| [1, 1, 2, 10][random.pick(4)];
        let run_ahead = [version(&mut random), version(&mut random)];
        let mut storm = Storm::drawn(&mut random);
        if run_ahead != [1, 1] {
            // Running ahead rests on no delivery outliving the time for which its message is
            // hidden: another one would take the frame over in the middle.
            storm.freezes = 0;
        }
        let plan = Plan::Storm(storm);
        Self { workflow, setup: Setup { plan, run_ahead, ..Setup::calm(seed) }, expected }
    }

    /// Runs it and judges it.
    pub(crate) fn run(&self) -> Finished {
        simulate(&self.workflow, &self.setup, Some(&self.expected))
    }

    /// Runs it with this changed.
    pub(crate) fn run_with(&self, change: impl FnOnce(Setup) -> Setup) -> Finished {
        simulate(&self.workflow, &change(self.setup.clone()), Some(&self.expected))
    }
}

/// Some users stop their execution in the middle of things; some of those redrive it afterwards,
/// and then it comes to what it would have come to.
fn interfere(workflow: &mut Workflow, random: &mut Random) {
    if workflow.stopped_after.is_some() || workflow.redriven.is_some() || !random.chance(250) {
        return;
    }
    workflow.stopped_after = Some(random.milliseconds(200_000));
    workflow.sameness = Sameness::OutcomeOrAborted;
    if random.chance(600) {
        workflow.redriven = Some((Status::Aborted, 1));
    }
}
