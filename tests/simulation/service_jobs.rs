//! Jobs of services that workflows wait for with `.sync`: `short` ends after minutes, `endless` never.

use engine::CallOutcome;
use model::{FramePhase, Payload, RecordKey, ServiceJob, TaskCall, TaskJob, TaskResource};
use orchestrator::ports::CallOrigin;
use serde_json::json;

use crate::world::{SimulatedWorld, record_label};

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

/// A job that a call has started.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedServiceJob {
    name: String,
    /// When it ends; none if it never does.
    ends: Option<i64>,
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
    let job = SimulatedServiceJob { name, ends, cancelled: false };
    world.service_jobs.insert(handle.clone(), job);
    let (resource, output) = (call.resource.clone(), Payload::empty_object());
    let job = ServiceJob { resource, handle, credentials: None };
    CallOutcome::Submitted { output, job: Some(TaskJob::Service(job)) }
}

/// The outcome of a job; none while it runs.
pub(crate) fn describe_job(world: &mut SimulatedWorld, job: &ServiceJob) -> Option<CallOutcome> {
    world.service_job_requests += 1;
    let Some(found) = world.service_jobs.get(&job.handle) else {
        world.report_violation(format!("nobody has started the job {}", job.handle));
        return None;
    };
    if found.ends.is_none_or(|ends| world.now < ends) {
        return None;
    }
    Some(CallOutcome::Succeeded(Payload::from_value(json!({"JobName": found.name}))))
}

/// Cancels a job, for which nobody may wait any longer.
pub(crate) fn cancel_job(world: &mut SimulatedWorld, job: &ServiceJob, origin: &CallOrigin<'_>) {
    world.service_job_requests += 1;
    let waits = world.head_record(origin.execution, origin.frame).is_some_and(|head| {
        matches!(&head.record.frame.phase,
            FramePhase::Submitted { job: Some(TaskJob::Service(awaited)), .. } if awaited == job)
    });
    if waits {
        let label = &job.handle;
        world.report_violation(format!("the job {label} is cancelled while its task waits for it"));
    }
    if let Some(found) = world.service_jobs.get_mut(&job.handle) {
        found.cancelled = true;
    }
}

/// The jobs that still run when all executions have ended.
pub(crate) fn jobs_left(world: &SimulatedWorld) -> Vec<String> {
    let left = world.service_jobs.iter().filter(|(_, job)| !job.cancelled && job.ends.is_none());
    left.map(|(handle, _)| handle.clone()).collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        faults::{FaultPlan, FaultRates},
        pool::across_cores,
        random::SimulationRandom,
        run::{RunSetup, run_simulation},
        workflows,
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
}
