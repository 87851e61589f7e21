//! Runs one execution from its start until the queue is empty.

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

use model::{
    ASYNCHRONOUS_FUNCTIONS_TAG, AccountRegion, DeploymentLimits, ExecutionId, QueueMessage,
    RecordKey, ResourceName, Revision, RevisionId, StateMachine, StateMachineStatus,
    StateMachineType, Timestamp,
};
use orchestrator::{EngineContext, EngineSettings};
use serde_json::Value;

use crate::{
    ablations::Ablation,
    activities, alarm,
    checks::{self, RunSummary},
    execution_logs,
    faults::FaultPlan,
    jobs::ClientCall,
    scheduler::Scheduler,
    service_jobs,
    workflows::{self, SimulatedWorkflow, expand_definition},
    world::{EPOCH, SharedWorld, SimulatedWorld, StartClient},
};

/// The parameters of a run.
#[derive(Clone, Debug)]
pub(crate) struct RunSetup {
    pub(crate) seed: u64,
    pub(crate) plan: FaultPlan,
    /// `transitions_per_delivery` of each of the two versions that run side by side.
    pub(crate) transitions: [u32; 2],
    pub(crate) limits: DeploymentLimits,
    /// The number of polls after which the run counts as endless.
    pub(crate) steps_max: u32,
    pub(crate) ablation: Option<Ablation>,
    pub(crate) start_client: StartClient,
    /// The record at whose append every worker dies.
    pub(crate) poison: Option<RecordKey>,
    /// Milliseconds from the start until the queues lose their messages.
    pub(crate) messages_lost_after: Option<i64>,
}

impl RunSetup {
    pub(crate) const fn without_faults(seed: u64) -> Self {
        Self {
            seed,
            plan: FaultPlan::NoFaults,
            transitions: [1, 1],
            limits: DeploymentLimits { bucket_children: BUCKET_CHILDREN, ..DeploymentLimits::AWS },
            steps_max: 400_000,
            ablation: None,
            start_client: StartClient::Repeats,
            poison: None,
            messages_lost_after: None,
        }
    }
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct FinishedRun {
    pub(crate) summary: RunSummary,
    pub(crate) violations: Vec<String>,
    pub(crate) port_calls: u64,
    /// Number of faults by kind.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// The number of messages handled and of records written.
    pub(crate) handled: (u64, u64),
    /// The keys of all records.
    pub(crate) records: Vec<RecordKey>,
    /// Dead letters.
    pub(crate) dead_letters: Vec<QueueMessage>,
    /// The number of calls that were declared lost.
    pub(crate) lost: usize,
    /// The jobs of services that nobody has cancelled and that never end.
    pub(crate) jobs_left: Vec<String>,
    /// The longest time from the end of such a job until a worker saw it, in milliseconds.
    pub(crate) jobs_noticed_after: i64,
    pub(crate) trace: Vec<String>,
}

const MACHINE: &str = "simulated";
/// So few that forks of a dozen children have several buckets and shards.
const BUCKET_CHILDREN: NonZeroU32 = NonZeroU32::new(4).expect("4 is not zero");
const NAME: &str = "execution";

/// Runs a workflow, and compares it with its fault-free run if that is given.
pub(crate) fn run_simulation(
    workflow: &SimulatedWorkflow,
    setup: &RunSetup,
    expected: Option<&RunSummary>,
) -> FinishedRun {
    alarm::install_collector();
    let mut world = SimulatedWorld::new(setup.seed, setup.plan.clone(), state_machines(workflow));
    world.ablation = setup.ablation;
    world.start_client = setup.start_client;
    world.poison.clone_from(&setup.poison);
    world.jobs = client_calls(workflow);
    world.has_activity_workers = workflow.uses_activities();
    world
        .jobs
        .extend(setup.messages_lost_after.map(|after| (EPOCH + after, ClientCall::LoseMessages)));
    let world: SharedWorld = Arc::new(Mutex::new(world));
    let (versions, limits) = (setup.transitions, setup.limits);
    let make_contexts =
        Box::new(move || versions.map(|transitions| engine_context(limits, transitions)));
    Scheduler::new(Arc::clone(&world), make_contexts).run_to_end(setup.steps_max);

    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    for error in alarm::take_errors() {
        world.report_violation(format!("an ERROR event: {error}"));
    }
    let id = execution_id();
    let summary = checks::summarize_run(&world, &id);
    if world.violations.is_empty() && setup.poison.is_none() {
        let wrong = checks::check_finished_run(
            &world,
            &engine_context(limits, 1),
            &id,
            workflow,
            &summary,
            expected,
        );
        world.violations.extend(wrong);
    }
    FinishedRun {
        summary,
        violations: std::mem::take(&mut world.violations),
        port_calls: world.port_calls,
        faults: std::mem::take(&mut world.faults),
        handled: (world.handled, world.record_count()),
        records: world.all_records().map(|(key, _)| key.clone()).collect(),
        dead_letters: std::mem::take(&mut world.dead_letters),
        jobs_left: service_jobs::jobs_left(&world),
        jobs_noticed_after: world.service_jobs.noticed_after,
        lost: checks::count_lost_calls(&world),
        trace: std::mem::take(&mut world.trace),
    }
}

fn account_region() -> AccountRegion {
    AccountRegion {
        partition: "aws".into(),
        region: "us-east-1".into(),
        account: "000000000000".into(),
    }
}

fn engine_context(limits: DeploymentLimits, transitions_per_delivery: u32) -> EngineContext {
    EngineContext::new(EngineSettings {
        limits,
        activity_poll_milliseconds: activities::POLL_MILLISECONDS,
        transitions_per_delivery: NonZeroU32::new(transitions_per_delivery).expect("at least 1"),
        ..EngineSettings::new(account_region())
    })
}

fn execution_id() -> ExecutionId {
    let name = |text| ResourceName::parse(text).expect("a plain word is a name");
    ExecutionId::from_names(&name(MACHINE), &name(NAME))
}

/// The workflow's machine, and the machines that it may start.
fn state_machines(workflow: &SimulatedWorkflow) -> Vec<StateMachine> {
    let inner = workflows::INNER.map(|(name, text)| state_machine(name, expand_definition(text)));
    let mut machine = state_machine(MACHINE, workflow.definition_text());
    if workflow.asynchronous {
        let (key, value) = ASYNCHRONOUS_FUNCTIONS_TAG;
        machine.tags.push((key.to_owned(), value.to_owned()));
        machine.revision.logging = execution_logs::logging_configuration();
    }
    std::iter::once(machine).chain(inner).collect()
}

fn state_machine(name: &str, definition: String) -> StateMachine {
    let created_at = Timestamp::from_milliseconds(EPOCH);
    StateMachine {
        name: ResourceName::parse(name).expect("a plain word is a name"),
        machine_type: StateMachineType::Standard,
        status: StateMachineStatus::Active,
        created_at,
        revision: Revision {
            id: RevisionId::new(name),
            initial: true,
            definition: definition.into(),
            role_arn: "arn:aws:iam::000000000000:role/simulated".into(),
            created_at,
            logging: Value::Null,
            tracing: Value::Null,
            encryption: None,
        },
        tags: Vec::new(),
        created_with_version: None,
        versions: Arc::default(),
    }
}

fn client_calls(workflow: &SimulatedWorkflow) -> Vec<(i64, ClientCall)> {
    let start = ClientCall::StartExecution {
        state_machine_arn: account_region().state_machine_arn(MACHINE),
        name: NAME.into(),
        input: workflow.input.to_string(),
    };
    let execution_arn = account_region().execution_arn(&execution_id());
    let stop = workflow.stopped_after.map(|after| {
        (EPOCH + after, ClientCall::StopExecution { execution_arn: execution_arn.clone() })
    });
    let redrive = workflow
        .redriven
        .map(|(ended, times)| ClientCall::RedriveExecution {
            execution_arn: execution_arn.clone(),
            ended,
            times,
        })
        .map(|redrive| (EPOCH + 1_000, redrive));
    let workers = if workflow.uses_activities() { activities::WORKERS } else { 0 };
    let poll = (EPOCH, ClientCall::PollActivity { execution_arn });
    let polls = std::iter::repeat_n(poll, workers);
    std::iter::once((EPOCH, start)).chain(stop).chain(redrive).chain(polls).collect()
}
