//! Checks that must hold at every step.

use model::{
    ChildIndex, ChildStart, EndedChild, EventKind, ForkShape, FramePhase, GateState, MessageKind,
    NextAction, QueueMessage, Record, RecordKey, WrittenBy, error_name,
    limits::CLOCK_SKEW_MILLISECONDS_MAX,
};

use crate::{
    activities,
    functions::CallMade,
    world::{SimulatedWorld, record_label},
};

/// Returns what is wrong with a record that is about to be written.
pub(crate) fn check_before_append(
    world: &SimulatedWorld,
    key: &RecordKey,
    record: &Record,
) -> Vec<String> {
    let mut wrong: Vec<String> = check_timeout(world, key, record).into_iter().collect();
    let Some(number) = key.number.previous_number() else { return wrong };
    let before = RecordKey { number, ..key.clone() };
    let Some(earlier) = world.load_record(&before) else {
        return vec![format!("{} follows nothing", record_label(key))];
    };
    if (record.written_at, record.logical_clock) <= (earlier.written_at, earlier.logical_clock) {
        wrong.push(format!("{} is not later than what it follows", record_label(key)));
    }
    if earlier.frame.outcome().is_some() && record.written_by != WrittenBy::RedriveExecution {
        wrong.push(format!("{} follows the end of its frame", record_label(key)));
    }
    if record.events.iter().any(|event| is_lost(&event.kind)) {
        wrong.extend(check_declared_lost(world, &before));
    }
    wrong
}

/// An activity's task starts once, for one worker.
pub(crate) fn check_task_starts_once(
    world: &mut SimulatedWorld,
    key: &RecordKey,
    record: &Record,
) -> Option<String> {
    let before = RecordKey { number: key.number.previous_number()?, ..key.clone() };
    let before = world.load_record(&before)?;
    activities::check_task_start(world, key, &before, record)
}

/// Whether an event records that the worker of a call was lost.
pub(crate) fn is_lost(kind: &EventKind) -> bool {
    let (EventKind::LambdaFunctionFailed(failure) | EventKind::TaskFailed { failure, .. }) = kind
    else {
        return false;
    };
    failure.error.as_deref() == Some(error_name::LAMBDA_UNKNOWN)
}

/// No execution times out before its `TimeoutSeconds` have passed.
fn check_timeout(world: &SimulatedWorld, key: &RecordKey, record: &Record) -> Option<String> {
    let facts = &record.facts;
    let seconds =
        facts.timeout_seconds.filter(|_| record.written_by == WrittenBy::TimeOutExecution)?;
    let since = facts.last_redrive.as_ref().map_or(facts.started_at, |last| last.requested_at);
    let due = since.plus_seconds(seconds).as_milliseconds();
    let early = world.now + 2 * SKEW_MAX < due;
    early.then(|| format!("{} times out {} ms early", record_label(key), due - world.now))
}

/// The largest difference between the clocks of workers and of the queue, either way.
const SKEW_MAX: i64 = CLOCK_SKEW_MILLISECONDS_MAX;

/// Not checked after a freeze: a worker may then renew a lease that another has just seen expired.
fn check_declared_lost(world: &SimulatedWorld, claim: &RecordKey) -> Option<String> {
    if world.froze {
        return None;
    }
    let is_live = |made: &CallMade| made.runs && !world.dead.contains(&made.worker);
    if world.calls.iter().any(|made| made.claim == *claim && is_live(made)) {
        return Some(format!("the live call of {} is declared dead", record_label(claim)));
    }
    let early = world.now + SKEW_MAX < world.lease_until(claim);
    early.then(|| format!("{} is declared dead before its lease is over", record_label(claim)))
}

/// Returns what is wrong with the world after a record was written.
pub(crate) fn check_after_append(world: &mut SimulatedWorld, key: &RecordKey) -> Vec<String> {
    let Some((frame, number, child)) = key.frame.parent_fork() else { return Vec::new() };
    let fork = RecordKey { frame, number, ..key.clone() };
    let Some(record) = world.load_record(key) else { return Vec::new() };
    let running_children = world.running_children.entry(fork.clone()).or_default();
    if record.frame.outcome().is_some() {
        running_children.remove(&child);
        return Vec::new();
    }
    running_children.insert(child);
    let running_children = running_children.len();
    let forked = world.load_record(&fork);
    let Some(FramePhase::Forked { shape, .. }) = forked.as_ref().map(|fork| &fork.frame.phase)
    else {
        return vec![format!("{} has no fork above it", record_label(key))];
    };
    let concurrency = shape.concurrency;
    if running_children > concurrency as usize {
        return vec![format!(
            "{running_children} children of {} run, not {concurrency}",
            record_label(&fork)
        )];
    }
    Vec::new()
}

/// Returns what the message left undone when its last copy is gone: the message that wrote the head
/// owns the head's next action.
pub(crate) fn check_acknowledged(world: &SimulatedWorld, message: &QueueMessage) -> Option<String> {
    if world.dead_letters.contains(message) {
        return None;
    }
    let head = world.head_record(&message.execution, &message.frame)?;
    let is_of_other_start = match &message.kind {
        MessageKind::StartExecution { started_at }
        | MessageKind::TimeOutExecution { started_at, .. } => {
            *started_at != head.record.facts.started_at
        }
        MessageKind::StartFrame(_)
        | MessageKind::AdvanceFrame(_)
        | MessageKind::StopExecution { .. }
        | MessageKind::FailExecution { .. }
        | MessageKind::CompleteTask { .. }
        | MessageKind::StartActivityTask { .. }
        | MessageKind::RedriveExecution(_)
        | MessageKind::CancelJob(_)
        | MessageKind::RunExpressExecution(_)
        | MessageKind::LogExecution { .. } => false,
    };
    if is_of_other_start || head.record.written_by != message.kind.written_by() {
        return None;
    }
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let key = RecordKey { execution, frame, number: head.number };
    let is_stopped = is_fork_closed(world, &key);
    if message.kind == MessageKind::StartFrame(ChildStart::Group)
        && !is_stopped
        && let Some(undone) = check_group_started(world, &key)
    {
        return Some(format!("the start of '{}' is gone, but {undone}", message.frame));
    }
    let undone = match head.record.frame.next_action() {
        NextAction::ReportEnd(_) => check_end_done(world, &key),
        NextAction::Nothing => None,
        NextAction::Advance
        | NextAction::AdvanceAt(_)
        | NextAction::StartChildren(_)
        | NextAction::MakeCall { .. }
            if is_stopped =>
        {
            None
        }
        NextAction::Advance | NextAction::AdvanceAt(_) => {
            let next =
                QueueMessage { kind: MessageKind::AdvanceFrame(head.number), ..message.clone() };
            (!world.was_sent(&next)).then_some("its frame was not sent on")
        }
        NextAction::StartChildren(shape) => check_fork_done(world, &key, &shape),
        NextAction::MakeCall { .. } => Some("its call has no outcome"),
    };
    undone.map(|undone| format!("{:?} of '{}' is gone, but {undone}", message.kind, message.frame))
}

/// One answer to a token is acknowledged: the one with which its task has ended.
pub(crate) fn acknowledge_answer(world: &mut SimulatedWorld, task_token: String) {
    let token = task_token.clone();
    if !world.answered_tokens.insert(task_token) {
        world.report_violation(format!("two answers to the token {token} are acknowledged"));
    }
}

/// Whether a fan-in above the frame is closed, because its fork was left or the execution is over.
pub(crate) fn is_fork_closed(world: &SimulatedWorld, key: &RecordKey) -> bool {
    let mut forks = key.frame.forks_above();
    forks.any(|(frame, number)| {
        let fork = RecordKey { frame, number, ..key.clone() };
        world.fan_ins.gate(&fork).is_some_and(|gate| !gate.is_open())
    })
}

/// The fork's own message starts the children of a single group, or the leaders of several.
fn check_fork_done(
    world: &SimulatedWorld,
    fork: &RecordKey,
    shape: &ForkShape,
) -> Option<&'static str> {
    let Some(gate) = world.fan_ins.gate(fork) else { return Some("its gate was not opened") };
    let first = |group| shape.group_members(group).map(|(child, _)| child);
    let due: Vec<ChildIndex> = match shape.group_count() {
        1 => first(0).collect(),
        groups => (0..groups).filter_map(|group| first(group).next()).collect(),
    };
    let is_undone = gate.is_open() && due.iter().any(|child| !was_started(world, fork, *child));
    is_undone.then_some("a child was not started")
}

/// The message that starts the leader of a group starts the others, too.
fn check_group_started(world: &SimulatedWorld, leader: &RecordKey) -> Option<&'static str> {
    let (frame, number, child) = leader.frame.parent_fork()?;
    let fork = RecordKey { frame, number, ..leader.clone() };
    let shape = world.fan_ins.gate(&fork)?.shape();
    let mut members = shape.group_members(shape.group_led_by(child)?);
    let is_undone = members.any(|(member, _)| !was_started(world, &fork, member));
    is_undone.then_some("another child of its group was not started")
}

fn was_started(world: &SimulatedWorld, fork: &RecordKey, child: ChildIndex) -> bool {
    let frame = fork.frame.child_path(fork.number, child);
    world.started_frames.contains(&(fork.execution.clone(), frame))
}

fn check_end_done(world: &SimulatedWorld, key: &RecordKey) -> Option<&'static str> {
    let Some((frame, number, child)) = key.frame.parent_fork() else {
        let execution = world.load_execution(&key.execution)?;
        return execution.end.is_none().then_some("its execution is not shown as ended");
    };
    let fork = RecordKey { frame, number, ..key.clone() };
    if is_fork_closed(world, &fork) {
        return None;
    }
    let Some(gate) = world.fan_ins.gate(&fork) else { return Some("its fork has no gate") };
    let (execution, frame) = (fork.execution.clone(), fork.frame.clone());
    let join = QueueMessage { execution, frame, kind: MessageKind::AdvanceFrame(fork.number) };
    let unwoken = (!world.was_sent(&join)).then_some("its parent was not woken");
    if !gate.is_open() {
        let ended = EndedChild { child, record: key.number };
        let decides = gate.state() == GateState::Failed(ended);
        return if decides { unwoken } else { None };
    }
    let shape = gate.shape();
    let bucket = shape.bucket_of(child);
    if !world.fan_ins.bucket(&fork, bucket).has_ended(child) {
        return Some("its bucket does not know");
    }
    if let Some(undone) = check_slot_left(world, key, &fork, child) {
        return Some(undone);
    }
    if world.fan_ins.filled_by.get(&(fork.clone(), bucket)) != Some(&child) {
        return None;
    }
    if !gate.has_full_bucket(bucket) {
        return Some("the gate does not know of its full bucket");
    }
    let completes = world.fan_ins.completed_by.get(&fork) == Some(&bucket);
    if completes { unwoken } else { None }
}

fn check_slot_left(
    world: &SimulatedWorld,
    key: &RecordKey,
    fork: &RecordKey,
    child: ChildIndex,
) -> Option<&'static str> {
    let membership = world.load_record(key)?.frame.fork?;
    let (shape, slot) = (membership.shape, membership.slot?);
    let slots = world.fan_ins.slots(fork, shape.shard_of(slot))?;
    let (_, held) = slots.numbered_slots().find(|(number, _)| *number == slot)?;
    if held.holder == child && !slots.waiting_children().is_empty() {
        return Some("its slot was not moved on");
    }
    let is_unstarted = held.after == Some(child) && !was_started(world, fork, held.holder);
    is_unstarted.then_some("the next child was not started")
}
