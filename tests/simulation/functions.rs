//! The functions that workflows call: a table of names and behaviours.
//!
//! How often one has failed is read off the log, not counted: an attempt that was lost is no
//! attempt. By convention the first retrier of each Task is the one for lost calls.

use engine::CallOutcome;
use model::{Call, CallTarget, Failure, Payload, Phase, RecordKey, Visit};
use orchestrator::ports::{CallRequest, Lane};

use crate::{
    jobs::Job,
    world::{WorkerId, World, place},
};

/// Milliseconds between the signs of life of a patient answerer: half of his `HeartbeatSeconds`.
const HEARTBEAT: i64 = 300_000;

/// One call that a function has received.
#[derive(Clone, Debug)]
pub(crate) struct CallMade {
    pub(crate) claim: RecordKey,
    pub(crate) worker: WorkerId,
    /// Whether its worker may still be waiting for the answer.
    pub(crate) runs: bool,
}

/// The record that claims a call.
pub(crate) fn claim_of(request: &CallRequest<'_>) -> RecordKey {
    RecordKey {
        execution: request.execution.clone(),
        frame: request.frame.clone(),
        number: request.claim,
    }
}

/// A function receives a call: how long it will take, and what it will answer.
pub(crate) fn begin(
    world: &mut World,
    worker: WorkerId,
    lane: Lane,
    request: &CallRequest<'_>,
) -> (i64, CallOutcome) {
    let claim = claim_of(request);
    if world.calls.iter().any(|made| made.claim == claim) {
        world.violate(format!("the call claimed by {} is made twice", place(&claim)));
    }
    if lane != Lane::Tasks {
        world.violate(format!("the call claimed by {} is made on lane {lane:?}", place(&claim)));
    }
    let visit = world.record(&claim).and_then(|record| match &record.frame.phase {
        Phase::Claimed { visit, call, .. } if call == request.call => Some(visit.clone()),
        _ => None,
    });
    let Some(visit) = visit else {
        world.violate(format!("a call is made that {} does not claim", place(&claim)));
        return (0, CallOutcome::lost());
    };
    let behaviour = behave(world, &claim, &visit, request.call);
    world.calls.push(CallMade { claim, worker, runs: true });
    behaviour
}

/// The answer has arrived.
pub(crate) fn end(world: &mut World, claim: &RecordKey) {
    for made in world.calls.iter_mut().filter(|made| made.claim == *claim) {
        made.runs = false;
    }
}

fn behave(world: &mut World, claim: &RecordKey, visit: &Visit, call: &Call) -> (i64, CallOutcome) {
    let (name, payload) = match &call.target {
        CallTarget::LambdaFunction { arn } => {
            (arn.rsplit(':').next().unwrap_or_default().to_owned(), call.payload.clone())
        }
        CallTarget::LambdaInvoke => invoked(&call.payload),
        // A use case starts executions.
        CallTarget::StartExecution => return (0, CallOutcome::lost()),
    };
    let echo = || CallOutcome::Succeeded(payload.clone());
    let fail = |error| CallOutcome::Failed(Failure::new(error, "as the table says"));
    let failures: u32 = visit.retries.iter().skip(1).sum();
    match name.as_str() {
        "ask" | "ask-patiently" | "decline" => (ask(world, &name, &payload), echo()),
        "mended" if redrives(world, claim) < 1 => (5, fail("Unready")),
        "mended-twice" if redrives(world, claim) < 2 => (5, fail("Unready")),
        // Longer than a message is hidden, and longer than a lease that nobody renews.
        "slow" => (90_000, echo()),
        "stuck" => (10_000_000, echo()),
        "broken" => (5, fail("Broken")),
        "flaky" if failures < 2 => (5, fail("Flaky")),
        "fragile" if fork_retries(world, claim) < 1 && payload.text() == "2" => {
            (50, fail("Fragile"))
        }
        "echo" | "flaky" | "fragile" | "mended" | "mended-twice" => (5, echo()),
        other => (5, CallOutcome::Failed(Failure::new("NoSuchFunction", other))),
    }
}

/// The function and the payload in the parameters of `lambda:invoke`.
fn invoked(parameters: &Payload) -> (String, Payload) {
    let parameters = parameters.value();
    let name = parameters["FunctionName"].as_str().unwrap_or_default().to_owned();
    (name, Payload::from_value(parameters["Payload"].clone()))
}

/// Somebody else will answer the task, perhaps before this call does; until when this call takes.
fn ask(world: &mut World, name: &str, payload: &Payload) -> i64 {
    let task_token = payload.value()["token"].as_str().unwrap_or_default().to_owned();
    let now = world.now;
    let mut answers_at = now + world.random.milliseconds(150_000);
    if name == "ask-patiently" {
        // Longer than the task's HeartbeatSeconds.
        let beats = (1..=6).map(|beat| now + beat * HEARTBEAT);
        let heartbeat = Job::Heartbeat { task_token: task_token.clone() };
        world.jobs.extend(beats.map(|at| (at, heartbeat.clone())));
        answers_at = now + 7 * HEARTBEAT;
    }
    let output = match name {
        "decline" => Err(Failure::new("Declined", "as the table says")),
        _ => Ok("{\"answer\":\"yes\"}".to_owned()),
    };
    world.jobs.push((answers_at, Job::Answer { task_token, output }));
    // Some answers come while the call is still under way.
    if world.random.chance(300) { 100_000 } else { 5 }
}

/// How often the execution was redriven.
fn redrives(world: &World, claim: &RecordKey) -> u32 {
    world.record(claim).map_or(0, |record| record.facts.redrives())
}

/// How often the fork around a frame was tried again.
fn fork_retries(world: &World, claim: &RecordKey) -> u32 {
    let Some((frame, number, _)) = claim.frame.parent() else { return 0 };
    let fork = world.record(&RecordKey { frame, number, ..claim.clone() });
    fork.map_or(0, |fork| match &fork.frame.phase {
        Phase::Forked { visit, .. } => visit.retries.iter().sum(),
        _ => 0,
    })
}
