//! One execution from its start until the queue is empty.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{
    ExecutionId, MachineType, Message, Name, Place, RecordKey, Revision, RevisionId, StateMachine,
    Timestamp,
};
use orchestrator::Tools;
use serde_json::Value;

use crate::{
    ablations::Ablation,
    alarm,
    checks::{self, Summary},
    faults::Plan,
    jobs::Job,
    scheduler::Scheduler,
    workflows::{self, Workflow, expanded},
    world::{EPOCH, Shared, World},
};

/// How a run is done.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) plan: Plan,
    /// `RUN_AHEAD` of the two versions that run side by side.
    pub(crate) run_ahead: [u32; 2],
    pub(crate) ablation: Option<Ablation>,
    /// The record at whose append every worker dies.
    pub(crate) poison: Option<RecordKey>,
}

impl Setup {
    pub(crate) const fn calm(seed: u64) -> Self {
        Self { seed, plan: Plan::Calm, run_ahead: [1, 1], ablation: None, poison: None }
    }
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) summary: Summary,
    pub(crate) violations: Vec<String>,
    pub(crate) port_calls: u64,
    /// Faults by kind.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// Messages handled, and records written.
    pub(crate) handled: (u64, u64),
    /// Every record's place.
    pub(crate) records: Vec<RecordKey>,
    /// Messages that nobody could handle.
    pub(crate) buried: Vec<Message>,
    /// Calls that were declared lost.
    pub(crate) lost: usize,
    pub(crate) trace: Vec<String>,
}

const MACHINE: &str = "simulated";
const NAME: &str = "execution";

/// Runs a workflow; compares it with its fault-free run, if that is given.
pub(crate) fn simulate(workflow: &Workflow, setup: &Setup, expected: Option<&Summary>) -> Finished {
    alarm::install();
    let mut world = World::new(setup.seed, setup.plan.clone(), machines(workflow));
    world.ablation = setup.ablation;
    world.poison.clone_from(&setup.poison);
    world.jobs = jobs(workflow);
    let world: Shared = Arc::new(Mutex::new(world));
    let versions = setup.run_ahead;
    let known = match setup.ablation {
        Some(Ablation::VersionsApart) => 1,
        Some(_) | None => versions.into_iter().max().unwrap_or(1),
    };
    let make_tools = Box::new(move || versions.map(|run_ahead| tools(run_ahead, known)));
    Scheduler::new(Arc::clone(&world), make_tools).run();

    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    for error in alarm::errors() {
        world.violate(format!("an ERROR event: {error}"));
    }
    let id = execution_id();
    let summary = checks::summary(&world, &id);
    if world.violations.is_empty() && setup.poison.is_none() {
        let wrong = checks::afterwards(&world, &id, workflow, &summary, expected);
        world.violations.extend(wrong);
    }
    Finished {
        summary,
        violations: std::mem::take(&mut world.violations),
        port_calls: world.port_calls,
        faults: std::mem::take(&mut world.faults),
        handled: (world.handled, world.records_count()),
        records: world.records().map(|(key, _)| key.clone()).collect(),
        buried: std::mem::take(&mut world.buried),
        lost: checks::lost(&world),
        trace: std::mem::take(&mut world.trace),
    }
}

fn place() -> Place {
    Place { partition: "aws".into(), region: "us-east-1".into(), account: "000000000000".into() }
}

fn tools(run_ahead: u32, run_ahead_elsewhere: u32) -> Tools {
    Tools { run_ahead, run_ahead_elsewhere, ..Tools::new(place()) }
}

fn execution_id() -> ExecutionId {
    let name = |text| Name::parse(text).expect("a plain word is a name");
    ExecutionId::new(&name(MACHINE), &name(NAME))
}

/// The workflow's machine, and those that it may start.
fn machines(workflow: &Workflow) -> Vec<StateMachine> {
    let inner = workflows::INNER.map(|(name, text)| machine(name, expanded(text)));
    std::iter::once(machine(MACHINE, workflow.text())).chain(inner).collect()
}

fn machine(name: &str, definition: String) -> StateMachine {
    let created_at = Timestamp::from_milliseconds(EPOCH);
    StateMachine {
        name: Name::parse(name).expect("a plain word is a name"),
        machine_type: MachineType::Standard,
        created_at,
        revision: Revision {
            id: RevisionId::new(name),
            initial: true,
            definition: definition.into(),
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
        input: workflow.input.to_string(),
    };
    let execution_arn = place().execution(&execution_id());
    let stop = workflow
        .stopped_after
        .map(|after| (EPOCH + after, Job::Stop { execution_arn: execution_arn.clone() }));
    let redrive = workflow
        .redriven
        .map(|(ended, times)| Job::Redrive { execution_arn: execution_arn.clone(), ended, times })
        .map(|redrive| (EPOCH + 1_000, redrive));
    std::iter::once((EPOCH, start)).chain(stop).chain(redrive).collect()
}
