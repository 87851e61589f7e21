//! The functions that workflows call, as a table of names and behaviours.
//!
//! The number of failures so far comes from the log and not from a counter, since a lost attempt
//! does not count. By convention the first retrier of each Task handles lost calls.

use engine::CallOutcome;
use model::{Failure, FramePhase, Payload, RecordKey, StateVisit, TaskCall, TaskResource};
use orchestrator::ports::{CallRequest, QueueName};

use crate::{
    jobs::ClientCall,
    service_jobs,
    world::{SimulatedWorld, WorkerId, record_label},
};

/// Milliseconds between two heartbeats of `ask-patiently`: half of the task's `HeartbeatSeconds`.
const HEARTBEAT: i64 = 300_000;

/// A call that a function has received.
#[derive(Clone, Debug)]
pub(crate) struct CallMade {
    pub(crate) claim: RecordKey,
    pub(crate) worker: WorkerId,
    /// Whether its worker may still wait for the answer.
    pub(crate) runs: bool,
}

/// The key of the record that claims a call.
pub(crate) fn claim_of(request: &CallRequest<'_>) -> RecordKey {
    RecordKey {
        execution: request.origin.execution.clone(),
        frame: request.origin.frame.clone(),
        number: request.origin.claim,
    }
}

/// Lets a function receive a call. Returns how many milliseconds it takes, and its answer.
pub(crate) fn begin_call(
    world: &mut SimulatedWorld,
    worker: WorkerId,
    queue_name: QueueName,
    request: &CallRequest<'_>,
) -> (i64, CallOutcome) {
    let claim = claim_of(request);
    if world.calls.iter().any(|made| made.claim == claim) {
        world.report_violation(format!(
            "the call claimed by {} is made twice",
            record_label(&claim)
        ));
    }
    if queue_name != QueueName::Tasks {
        world.report_violation(format!(
            "the call claimed by {} is made on lane {queue_name:?}",
            record_label(&claim)
        ));
    }
    let visit = world.load_record(&claim).and_then(|record| match &record.frame.phase {
        FramePhase::Claimed { visit, call, .. } if call == request.call => Some(visit.clone()),
        _ => None,
    });
    let Some(visit) = visit else {
        world.report_violation(format!(
            "a call is made that {} does not claim",
            record_label(&claim)
        ));
        return (0, CallOutcome::worker_lost());
    };
    let behaviour = function_behaviour(world, &claim, &visit, request.call);
    world.calls.push(CallMade { claim, worker, runs: true });
    behaviour
}

/// Notes that the answer has arrived.
pub(crate) fn end_call(world: &mut SimulatedWorld, claim: &RecordKey) {
    for made in world.calls.iter_mut().filter(|made| made.claim == *claim) {
        made.runs = false;
    }
}

fn function_behaviour(
    world: &mut SimulatedWorld,
    claim: &RecordKey,
    visit: &StateVisit,
    call: &TaskCall,
) -> (i64, CallOutcome) {
    if service_jobs::starts_job(&call.resource) {
        return (5, service_jobs::start_job(world, claim, call));
    }
    let (name, payload) = match &call.resource {
        TaskResource::LambdaFunction { arn } => {
            (arn.rsplit(':').next().unwrap_or_default().to_owned(), call.payload.clone())
        }
        TaskResource::Integration(_) | TaskResource::Activity { .. } => {
            invoke_parameters(&call.payload)
        }
    };
    let echo = || CallOutcome::Succeeded(payload.clone());
    let fail = |error| CallOutcome::Failed(Failure::new(error, "as the table says"));
    let failures: u32 = visit.retries.iter().skip(1).sum();
    match name.as_str() {
        "ask" | "ask-patiently" | "decline" => (schedule_answer(world, &name, &payload), echo()),
        "mended" if redrive_count(world, claim) < 1 => (5, fail("Unready")),
        "mended-twice" if redrive_count(world, claim) < 2 => (5, fail("Unready")),
        // Longer than the visibility timeout and than a lease that is not renewed.
        "slow" => (90_000, echo()),
        "stuck" => (10_000_000, echo()),
        "broken" => (5, fail("Broken")),
        "flaky" if failures < 2 => (5, fail("Flaky")),
        "fragile" if fork_retry_count(world, claim) < 1 && payload.json_text() == "2" => {
            (50, fail("Fragile"))
        }
        "echo" | "flaky" | "fragile" | "mended" | "mended-twice" => (5, echo()),
        other => (5, CallOutcome::Failed(Failure::new("NoSuchFunction", other))),
    }
}

/// The function's name and the payload in the parameters of `lambda:invoke`.
fn invoke_parameters(parameters: &Payload) -> (String, Payload) {
    let parameters = parameters.json_value();
    let name = parameters["FunctionName"].as_str().unwrap_or_default().to_owned();
    (name, Payload::from_value(parameters["Payload"].clone()))
}

/// Schedules an answer to the task's token, perhaps before this call returns. Returns how many
/// milliseconds this call takes.
fn schedule_answer(world: &mut SimulatedWorld, name: &str, payload: &Payload) -> i64 {
    let task_token = payload.json_value()["token"].as_str().unwrap_or_default().to_owned();
    let now = world.now;
    let mut answers_at = now + world.random.draw_milliseconds(150_000);
    if name == "ask-patiently" {
        // Longer than the task's HeartbeatSeconds.
        let beats = (1..=6).map(|beat| now + beat * HEARTBEAT);
        let heartbeat = ClientCall::SendTaskHeartbeat { task_token: task_token.clone() };
        world.jobs.extend(beats.map(|at| (at, heartbeat.clone())));
        answers_at = now + 7 * HEARTBEAT;
    }
    let output = match name {
        "decline" => Err(Failure::new("Declined", "as the table says")),
        _ => Ok("{\"answer\":\"yes\"}".to_owned()),
    };
    // Two holders of the token answer at the same time.
    for _ in 0..2 {
        let (task_token, output) = (task_token.clone(), output.clone());
        world.jobs.push((answers_at, ClientCall::SendTaskResult { task_token, output }));
    }
    // Some answers arrive before the call returns.
    if world.random.draw_per_mille(300) { 100_000 } else { 5 }
}

fn redrive_count(world: &SimulatedWorld, claim: &RecordKey) -> u32 {
    world.load_record(claim).map_or(0, |record| record.facts.redrive_count())
}

/// How often the fork above a frame was retried.
fn fork_retry_count(world: &SimulatedWorld, claim: &RecordKey) -> u32 {
    let Some((frame, number, _)) = claim.frame.parent_fork() else { return 0 };
    let fork = world.load_record(&RecordKey { frame, number, ..claim.clone() });
    fork.map_or(0, |fork| match &fork.frame.phase {
        FramePhase::Forked { visit, .. } => visit.retries.iter().sum(),
        _ => 0,
    })
}
