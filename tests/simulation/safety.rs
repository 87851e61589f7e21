//! What must hold at every step.

use model::{
    ChildIndex, Cue, EventKind, Fan, Message, Phase, Record, RecordKey, Via, Wake, error_name,
    limits::CLOCK_SKEW_MILLISECONDS_MAX,
};

use crate::{
    functions::CallMade,
    world::{World, place},
};

/// What is wrong with a record that is about to be written.
pub(crate) fn before_append(world: &World, key: &RecordKey, record: &Record) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(number) = key.number.previous() else { return wrong };
    let before = RecordKey { number, ..key.clone() };
    let Some(earlier) = world.record(&before) else {
        return vec![format!("{} follows nothing", place(key))];
    };
    if (record.at, record.clock) <= (earlier.at, earlier.clock) {
        wrong.push(format!("{} is not later than what it follows", place(key)));
    }
    if earlier.frame.outcome().is_some() && record.via != Via::Redrive {
        wrong.push(format!("{} follows the end of its frame", place(key)));
    }
    if record.events.iter().any(|event| is_lost(&event.kind)) {
        wrong.extend(declared_dead(world, &before));
    }
    wrong
}

/// Whether an event says that a call's worker was lost.
pub(crate) fn is_lost(kind: &EventKind) -> bool {
    let (EventKind::LambdaFunctionFailed(failure) | EventKind::TaskFailed { failure, .. }) = kind
    else {
        return false;
    };
    failure.error.as_deref() == Some(error_name::LAMBDA_UNKNOWN)
}

/// Clocks of workers and of the queue differ by this much at most, both ways.
const SKEW_MAX: i64 = CLOCK_SKEW_MILLISECONDS_MAX;

/// After a freeze a worker may renew the lease that another has just seen to be over.
fn declared_dead(world: &World, claim: &RecordKey) -> Option<String> {
    if world.froze {
        return None;
    }
    let is_live = |made: &CallMade| made.runs && !world.dead.contains(&made.worker);
    if world.calls.iter().any(|made| made.claim == *claim && is_live(made)) {
        return Some(format!("the live call of {} is declared dead", place(claim)));
    }
    let early = world.now + SKEW_MAX < world.lease(claim);
    early.then(|| format!("{} is declared dead before its lease is over", place(claim)))
}

/// What is wrong with the world after a record was written.
pub(crate) fn after_append(world: &mut World, key: &RecordKey) -> Vec<String> {
    let Some((frame, number, child)) = key.frame.parent() else { return Vec::new() };
    let fork = RecordKey { frame, number, ..key.clone() };
    let Some(record) = world.record(key) else { return Vec::new() };
    let live = world.live.entry(fork.clone()).or_default();
    if record.frame.outcome().is_some() {
        live.remove(&child);
        return Vec::new();
    }
    live.insert(child);
    let live = live.len();
    let forked = world.record(&fork);
    let Some(Phase::Forked { concurrency, .. }) = forked.as_ref().map(|fork| &fork.frame.phase)
    else {
        return vec![format!("{} has no fork above it", place(key))];
    };
    if live > *concurrency as usize {
        return vec![format!("{live} children of {} run, not {concurrency}", place(&fork))];
    }
    Vec::new()
}

/// What was left undone by a message whose last copy is gone: whoever wrote the head owns its wake.
pub(crate) fn on_acknowledge(world: &World, message: &Message) -> Option<String> {
    if world.buried.contains(message) {
        return None;
    }
    let head = world.head(&message.execution, &message.frame)?;
    if head.record.via != message.cue.via() {
        return None;
    }
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let key = RecordKey { execution, frame, number: head.number };
    let is_stopped = is_stopped(world, &key);
    let undone = match head.record.frame.wake() {
        Wake::End(_) => end_undone(world, &key),
        Wake::Nothing => None,
        Wake::Now | Wake::At(_) | Wake::Fork { .. } | Wake::Call { .. } if is_stopped => None,
        Wake::Now | Wake::At(_) => {
            let next = Message { cue: Cue::Take(head.number), ..message.clone() };
            (!world.was_sent(&next)).then_some("its frame was not sent on")
        }
        Wake::Fork { .. } => fork_undone(world, &key),
        Wake::Call { .. } => Some("its call has no outcome"),
    };
    undone.map(|undone| format!("{:?} of '{}' is gone, but {undone}", message.cue, message.frame))
}

/// Whether a fork above the frame was left, or the execution is over.
pub(crate) fn is_stopped(world: &World, key: &RecordKey) -> bool {
    let mut forks = key.frame.forks_above();
    forks.any(|(frame, number)| {
        let fork = RecordKey { frame, number, ..key.clone() };
        world.fans.get(&fork).is_some_and(|fan| !fan.is_open())
    })
}

/// The first children are started by the fork's own message, each other one by that of the child
/// in whose place it starts.
fn fork_undone(world: &World, key: &RecordKey) -> Option<&'static str> {
    let Some(fan) = world.fans.get(key) else { return Some("its fan was not opened") };
    unstarted(world, key, fan, None).then_some("a child was not started")
}

fn unstarted(world: &World, fork: &RecordKey, fan: &Fan, starter: Option<ChildIndex>) -> bool {
    let mut own = fan.in_flight().filter(|child| fan.starter(*child).map(|(by, _)| by) == starter);
    let unsent = |child: ChildIndex| {
        let (execution, frame) = (fork.execution.clone(), fork.frame.child(fork.number, child));
        !world.was_sent(&Message { execution, frame, cue: Cue::Start })
    };
    fan.is_open() && own.any(unsent)
}

fn end_undone(world: &World, key: &RecordKey) -> Option<&'static str> {
    let Some((frame, number, child)) = key.frame.parent() else {
        let execution = world.execution(&key.execution)?;
        return execution.end.is_none().then_some("its execution is not shown as ended");
    };
    let fork = RecordKey { frame, number, ..key.clone() };
    if is_stopped(world, &fork) {
        return None;
    }
    let Some(fan) = world.fans.get(&fork) else { return Some("it has no fan") };
    if fan.is_open() && !fan.ended().any(|(ended, _)| ended == child) {
        return Some("its parent does not know");
    }
    if unstarted(world, &fork, fan, Some(child)) {
        return Some("the next child was not started");
    }
    let settles = match fan.failed() {
        Some((failed, _)) => failed == child,
        None => fan.last().is_some_and(|(last, _)| last == child),
    };
    let (execution, frame) = (fork.execution.clone(), fork.frame.clone());
    let join = Message { execution, frame, cue: Cue::Take(fork.number) };
    (settles && fan.is_settled() && !world.was_sent(&join)).then_some("its parent was not woken")
}
