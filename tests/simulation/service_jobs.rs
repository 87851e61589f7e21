//! Jobs of services that workflows wait for with `.sync`: `short` ends after minutes, `endless` never. Events
//! tell of both.

use std::collections::BTreeMap;

use engine::CallOutcome;
use model::{
    FramePhase, JobName, Payload, RecordKey, ServiceJob, TaskCall, TaskJob, TaskResource, TaskToken,
};
use orchestrator::{
    Fault,
    ports::{CallOrigin, JobIndex},
};
use serde_json::json;

use crate::{
    faults::{FaultPlan, PortCallKind},
    jobs::ClientCall,
    ports::SimulatedPorts,
    world::{SimulatedWorld, record_label},
};

/// Waits for both jobs at once, and for `endless` not to its end.
pub(crate) const RUNS_JOBS: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"Job","States":{
            "Job":{"Type":"Task","Resource":"arn:aws:states:::glue:startJobRun.sync",
                "Parameters":{"JobName":"short"},"Retry":[@lost],"Next":"Done"},
            "Done":{"Type":"Pass","End":true}}},
        {"StartAt":"Late","States":{
            "Late":{"Type":"Task","Resource":"arn:aws:states:::glue:startJobRun.sync",
                "Parameters":{"JobName":"endless"},"TimeoutSeconds":100,"Retry":[@lost],
                "Catch":[{"ErrorEquals":["States.Timeout"],"ResultPath":null,"Next":"Gone"}],
                "End":true},
            "Gone":{"Type":"Pass","End":true}}}]}}}"#;

/// The longest time that a job takes, in milliseconds.
const SHORT_MAX: u32 = 300_000;
/// The longest time that an event takes, in milliseconds.
const EVENT_MAX: u32 = 1_000;

/// The services.
#[derive(Debug, Default)]
pub(crate) struct SimulatedServiceJobs {
    started: BTreeMap<String, SimulatedServiceJob>,
    /// The tasks that the index finds.
    awaiting: BTreeMap<JobName, TaskToken>,
    /// How often the services were asked.
    pub(crate) requests: u64,
    /// The longest time from the end of a job until a worker saw it, in milliseconds.
    pub(crate) noticed_after: i64,
}

/// A job that a call has started.
#[derive(Clone, Debug)]
struct SimulatedServiceJob {
    name: String,
    /// When it ends; none if it never does.
    ends: Option<i64>,
    /// Whether a worker has seen its end.
    noticed: bool,
    cancelled: bool,
}

/// Whether a resource starts jobs.
pub(crate) fn starts_job(resource: &TaskResource) -> bool {
    match resource {
        TaskResource::Integration(integration) => integration.is_action("glue", "startJobRun"),
        TaskResource::LambdaFunction { .. } | TaskResource::Activity { .. } => false,
    }
}

/// Starts a job, and answers what the service would.
pub(crate) fn start_job(
    world: &mut SimulatedWorld,
    claim: &RecordKey,
    call: &TaskCall,
) -> CallOutcome {
    let name = call.payload.json_value()["JobName"].as_str().unwrap_or_default().to_owned();
    let takes = world.random.draw_milliseconds(SHORT_MAX);
    let ends = (name == "short").then_some(world.now + takes);
    let handle = record_label(claim);
    let job_name = JobName::new("aws.glue", &handle);
    tell_of_job(world, world.now, &job_name);
    if let Some(ends) = ends {
        tell_of_job(world, ends, &job_name);
    }
    let job = SimulatedServiceJob { name, ends, noticed: false, cancelled: false };
    world.service_jobs.started.insert(handle.clone(), job);
    let (resource, output) = (call.resource.clone(), Payload::empty_object());
    let job = ServiceJob { resource, handle, credentials: None, name: Some(job_name) };
    CallOutcome::Submitted { output, job: Some(TaskJob::Service(job)) }
}

/// Has the service tell of a job that changes at that moment. Where there are faults, an event may be lost
/// or repeated.
fn tell_of_job(world: &mut SimulatedWorld, at: i64, job: &JobName) {
    let copies = match world.plan {
        FaultPlan::RandomFaults(_) => world.random.pick_index(3),
        _ => 1,
    };
    for _ in 0..copies {
        let at = at + world.random.draw_milliseconds(EVENT_MAX);
        world.jobs.push((at, ClientCall::TellOfJob(job.clone())));
    }
}

impl JobIndex for SimulatedPorts {
    async fn put_awaited_job(&self, job: &JobName, task: &TaskToken) -> Result<(), Fault> {
        self.port_call(format!("index the job {}", job.as_str()), PortCallKind::Write, |world| {
            world.service_jobs.awaiting.insert(job.clone(), task.clone());
        })
        .await
    }

    async fn find_awaiting_task(&self, job: &JobName) -> Result<Option<TaskToken>, Fault> {
        self.port_call(format!("who awaits {}", job.as_str()), PortCallKind::Read, |world| {
            world.service_jobs.awaiting.get(job).cloned()
        })
        .await
    }
}

/// The outcome of a job; none while it runs.
pub(crate) fn describe_job(world: &mut SimulatedWorld, job: &ServiceJob) -> Option<CallOutcome> {
    world.service_jobs.requests += 1;
    let Some(found) = world.service_jobs.started.get_mut(&job.handle) else {
        world.report_violation(format!("nobody has started the job {}", job.handle));
        return None;
    };
    let ends = found.ends.filter(|ends| *ends <= world.now)?;
    if !std::mem::replace(&mut found.noticed, true) {
        let after = &mut world.service_jobs.noticed_after;
        *after = (*after).max(world.now - ends);
    }
    Some(CallOutcome::Succeeded(Payload::from_value(json!({"JobName": found.name}))))
}

/// Cancels a job, for which nobody may wait any longer.
pub(crate) fn cancel_job(world: &mut SimulatedWorld, job: &ServiceJob, origin: &CallOrigin<'_>) {
    world.service_jobs.requests += 1;
    let waits = world.head_record(origin.execution, origin.frame).is_some_and(|head| {
        matches!(&head.record.frame.phase,
            FramePhase::Submitted { job: Some(TaskJob::Service(awaited)), .. } if awaited == job)
    });
    if waits {
        let label = &job.handle;
        world.report_violation(format!("the job {label} is cancelled while its task waits for it"));
    }
    if let Some(found) = world.service_jobs.started.get_mut(&job.handle) {
        found.cancelled = true;
    }
}

/// The jobs that still run when all executions have ended.
pub(crate) fn jobs_left(world: &SimulatedWorld) -> Vec<String> {
    let left =
        world.service_jobs.started.iter().filter(|(_, job)| !job.cancelled && job.ends.is_none());
    left.map(|(handle, _)| handle.clone()).collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        faults::{FaultPlan, FaultRates, Outage, OutageKind},
        pool::across_cores,
        random::SimulationRandom,
        run::{RunSetup, run_simulation},
        workflows,
        world::EPOCH,
    };

    /// A poll whose frame another delivery had advanced was acknowledged, though that delivery might have
    /// died before it acted: one seed in 300.
    #[test]
    fn a_poll_that_comes_too_late_is_delivered_again() {
        let workflow = workflows::find("runs-jobs");
        let expected = run_simulation(workflow, &RunSetup::without_faults(7), None).summary;
        let failed: Vec<String> = across_cores(0..1_500, |seed| {
            let mut random = SimulationRandom::new(seed);
            let plan = FaultPlan::RandomFaults(FaultRates::from_random(&mut random));
            let transitions = [[1, 1], [2, 25]][random.pick_index(2)];
            let setup = RunSetup { plan, transitions, ..RunSetup::without_faults(seed) };
            let violations = run_simulation(workflow, &setup, Some(&expected)).violations;
            (!violations.is_empty()).then(|| format!("{seed}: {violations:?}\n"))
        });
        assert!(failed.is_empty(), "{}", failed.concat());
    }

    /// By polls alone, it would take up to a minute.
    #[test]
    fn the_end_of_a_job_is_noticed_when_its_service_tells_of_it() {
        for seed in 0..50 {
            let setup = RunSetup::without_faults(seed);
            let run = run_simulation(workflows::find("runs-jobs"), &setup, None);
            assert!(run.violations.is_empty(), "{seed}: {:?}", run.violations);
            assert!(run.jobs_noticed_after < 5_000, "{seed}: {} ms", run.jobs_noticed_after);
        }
    }

    /// A job is cancelled for a stop and for a timeout, and never while its task waits.
    #[test]
    fn a_job_that_nobody_waits_for_is_cancelled() {
        for stopped_after in [None, Some(20_000), Some(50_000), Some(200_000)] {
            for seed in 0..20 {
                for transitions in [1, 25] {
                    let workflow = workflows::SimulatedWorkflow {
                        stopped_after,
                        ..workflows::find("runs-jobs").clone()
                    };
                    let setup = RunSetup {
                        transitions: [transitions; 2],
                        ..RunSetup::without_faults(seed)
                    };
                    let run = run_simulation(&workflow, &setup, None);
                    assert!(run.violations.is_empty(), "{seed}: {:?}", run.violations);
                    assert!(run.jobs_left.is_empty(), "{seed}: {:?} run on", run.jobs_left);
                }
            }
        }
    }
    /// The job that never ends has a timeout of 100 seconds, when its service is out of order.
    #[test]
    fn a_cancellation_that_a_service_does_not_answer_is_repeated() {
        let outage =
            Outage { kind: OutageKind::TaskCaller, from: EPOCH + 90_000, until: EPOCH + 400_000 };
        for seed in 0..20 {
            let plan = FaultPlan::Outage(outage);
            let setup = RunSetup { plan, ..RunSetup::without_faults(seed) };
            let run = run_simulation(workflows::find("runs-jobs"), &setup, None);
            assert!(run.violations.is_empty(), "{seed}: {:?}", run.violations);
            assert!(run.jobs_left.is_empty(), "{seed}: {:?} run on", run.jobs_left);
        }
    }
}
