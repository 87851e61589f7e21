//! One execution from its start until the queue is empty.

use std::sync::{Arc, Mutex, PoisonError};

use model::{ExecutionId, MachineType, Name, Place, Revision, RevisionId, StateMachine, Timestamp};
use orchestrator::Tools;
use serde_json::Value;

use crate::{
    ablations::Ablation,
    alarm,
    checks::{self, Summary},
    faults::Plan,
    jobs::Job,
    scheduler::Scheduler,
    workflows::Workflow,
    world::{EPOCH, Shared, World},
};

/// How a run is done.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) plan: Plan,
    pub(crate) run_ahead: u32,
    pub(crate) ablation: Option<Ablation>,
}

impl Setup {
    pub(crate) const fn calm(seed: u64) -> Self {
        Self { seed, plan: Plan::Calm, run_ahead: 1, ablation: None }
    }
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) summary: Summary,
    pub(crate) violations: Vec<String>,
    pub(crate) port_calls: u64,
    /// Calls that were declared lost.
    pub(crate) lost: usize,
    pub(crate) trace: Vec<String>,
}

const MACHINE: &str = "simulated";
const NAME: &str = "execution";

/// Runs a workflow; compares it with its fault-free run, if that is given.
pub(crate) fn simulate(workflow: &Workflow, setup: &Setup, expected: Option<&Summary>) -> Finished {
    alarm::install();
    let mut world = World::new(setup.seed, setup.plan.clone(), machine(workflow));
    world.ablation = setup.ablation;
    let world: Shared = Arc::new(Mutex::new(world));
    let run_ahead = setup.run_ahead;
    let make_tools = Box::new(move || Tools { run_ahead, ..Tools::new(place()) });
    Scheduler::new(Arc::clone(&world), make_tools, jobs(workflow)).run();

    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    for error in alarm::errors() {
        world.violate(format!("an ERROR event: {error}"));
    }
    let id = execution_id();
    let summary = checks::summary(&world, &id);
    if world.violations.is_empty() {
        let wrong = checks::afterwards(&world, &id, workflow, &summary, expected);
        world.violations.extend(wrong);
    }
    Finished {
        summary,
        violations: std::mem::take(&mut world.violations),
        port_calls: world.port_calls,
        lost: checks::lost(&world),
        trace: std::mem::take(&mut world.trace),
    }
}

fn place() -> Place {
    Place { partition: "aws".into(), region: "us-east-1".into(), account: "000000000000".into() }
}

fn execution_id() -> ExecutionId {
    let name = |text| Name::parse(text).expect("a plain word is a name");
    ExecutionId::new(&name(MACHINE), &name(NAME))
}

fn machine(workflow: &Workflow) -> StateMachine {
    let created_at = Timestamp::from_milliseconds(EPOCH);
    StateMachine {
        name: Name::parse(MACHINE).expect("a plain word is a name"),
        machine_type: MachineType::Standard,
        created_at,
        revision: Revision {
            id: RevisionId::new(workflow.name),
            initial: true,
            definition: workflow.text().into(),
            role_arn: "arn:aws:iam::000000000000:role/simulated".into(),
            created_at,
        },
        logging: Value::Null,
        tracing: Value::Null,
        encryption: None,
        tags: Vec::new(),
    }
}

fn jobs(workflow: &Workflow) -> Vec<(i64, Job)> {
    let start = Job::Start {
        state_machine_arn: place().machine_arn(MACHINE),
        name: NAME.into(),
        input: workflow.input.into(),
    };
    let stop = workflow.stopped_after.map(|after| {
        (EPOCH + after, Job::Stop { execution_arn: place().execution(&execution_id()) })
    });
    std::iter::once((EPOCH, start)).chain(stop).collect()
}
