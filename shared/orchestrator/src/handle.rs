//! One delivery of one message.
//!
//! ```text
//! first time      load → advance → append → (call → append) → wake → acknowledge
//! append lost     leave the message; it comes back
//! comes back      head written by this message → its worker died: wake again
//!                 … a claim that starts an execution → found or started again
//!                 … a claim whose lease is over  → its worker died in the call: the call is Lost
//!                 … a claim whose lease is not   → look again when it is
//!                 head written by another        → not ours: acknowledge
//!                 head still as it was           → as the first time
//! fork left       as far as it came: the parent is told of an end, all else is acknowledged
//! too often       the execution is ended, visibly, and the message is buried
//! ```

use model::{
    Call, CallTarget, Cue, ExecutionId, Frame, FramePath, Message, Phase, RecordKey, Timestamp,
    limits::{CLOCK_SKEW_MILLISECONDS_MAX, RECEIVES_MAX, RECEIVES_OF_OWN_HEAD_MAX},
};
use tracing::{debug, warn};

use crate::{
    Fault, Tools, begin_child, callback, outside, perform,
    ports::{
        Caller, Chance, Clock, DeadLetters, Delivery, Executions, Fans, Head, Lane, Log, Machines,
        Queue,
    },
    redrive, step,
    wake::wake,
};

/// What to do with a message that was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Acknowledge it.
    Done,
    /// Leave it: it comes back after the visibility timeout.
    Later,
    /// Leave it until then.
    LaterAt(Timestamp),
}

/// Takes a message as far as it goes.
pub async fn handle<P>(ports: &P, tools: &Tools, delivery: &Delivery) -> Result<Verdict, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    let Delivery { message, received } = delivery;
    debug!(execution = %message.execution, frame = %message.frame, cue = %message.cue, received);
    if !is_open(ports, &message.execution, &message.frame).await? {
        return left_behind(ports, tools, delivery).await;
    }
    if *received > RECEIVES_OF_OWN_HEAD_MAX {
        return give_up(ports, message, RECEIVES_OF_OWN_HEAD_MAX).await;
    }
    if *received > 1 {
        match look_again(ports, tools, message).await? {
            Again::Settled(verdict) => return Ok(verdict),
            Again::Untouched if *received > RECEIVES_MAX => {
                return give_up(ports, message, RECEIVES_MAX).await;
            }
            Again::Untouched => {}
        }
    }
    let stepped = match &message.cue {
        Cue::Start => begin_child::begin_child(ports, tools, message).await?,
        Cue::Take(number) => step::step(ports, tools, message, *number).await?,
        Cue::Stop { .. } | Cue::Expire { .. } | Cue::Refuse { .. } => {
            outside::end_execution(ports, tools, message).await?
        }
        Cue::Answer { secret, answer } => {
            callback::answer(ports, tools, message, *secret, answer).await?
        }
        Cue::Redrive(redriven) => redrive::redrive(ports, tools, message, redriven).await?,
    };
    match stepped {
        step::Stepped::Verdict(verdict) => Ok(verdict),
        step::Stepped::Claimed(claim) => perform::perform(ports, tools, message, claim).await,
    }
}

/// Handles a message that was just sent, for its sender to see the effect at once, and where the
/// queue keeps messages in memory only, for the effect to be durable. Another message may win
/// against it some times in a row.
pub(crate) async fn handle_now<P>(ports: &P, tools: &Tools, message: Message)
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    const ATTEMPTS_MAX: u32 = 16;
    let delivery = Delivery { message, received: 1 };
    for _ in 0..ATTEMPTS_MAX {
        match Box::pin(handle(ports, tools, &delivery)).await {
            Ok(Verdict::Later) => {}
            Ok(Verdict::Done | Verdict::LaterAt(_)) => return,
            Err(fault) => {
                warn!(execution = %delivery.message.execution, frame = %delivery.message.frame,
                    error = &fault as &dyn std::error::Error,
                    "a message takes effect when it is delivered");
                return;
            }
        }
    }
}

/// Whether no fork above the frame has been left.
pub(crate) async fn is_open(
    ports: &impl Fans,
    execution: &ExecutionId,
    frame: &FramePath,
) -> Result<bool, Fault> {
    let key = |(frame, number)| RecordKey { execution: execution.clone(), frame, number };
    let keys: Vec<RecordKey> = frame.forks_above().map(key).collect();
    if keys.is_empty() { Ok(true) } else { ports.all_open(&keys).await }
}

/// A fork above the frame has been left, so the frame does not go on. If that is this message's
/// own doing, by ending the frame, its worker may have died before it told the parent, or may be
/// about to.
async fn left_behind<P>(
    ports: &P,
    tools: &Tools,
    Delivery { message, received }: &Delivery,
) -> Result<Verdict, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    let head = ports.head(&message.execution, &message.frame).await?;
    let is_own =
        |head: &Head| head.record.frame.outcome().is_some() && head.record.via == message.cue.via();
    match head.filter(is_own) {
        Some(head) if *received > 1 => resume(ports, tools, message, head).await,
        Some(_) => Ok(Verdict::Later),
        None => Ok(Verdict::Done),
    }
}

/// What the log says about a message that came back.
enum Again {
    /// It was acted on: by its own worker that died, or by another.
    Settled(Verdict),
    /// Nobody has acted on it.
    Untouched,
}

async fn look_again<P>(ports: &P, tools: &Tools, message: &Message) -> Result<Again, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    let Some(head) = ports.head(&message.execution, &message.frame).await? else {
        return Ok(Again::Untouched);
    };
    let passed = match &message.cue {
        Cue::Start => true,
        Cue::Take(number) => head.number > *number,
        Cue::Stop { .. } | Cue::Expire { .. } | Cue::Refuse { .. } => {
            head.record.frame.outcome().is_some()
        }
        Cue::Answer { secret, .. } => head.record.frame.answerable() != Some(*secret),
        Cue::Redrive(redriven) => head.record.facts.redrives() >= redriven.count,
    };
    if !passed {
        return Ok(Again::Untouched);
    }
    if head.record.via != message.cue.via() {
        return Ok(Again::Settled(Verdict::Done));
    }
    resume(ports, tools, message, head).await.map(Again::Settled)
}

/// This message wrote the head, and its worker died after that.
async fn resume<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
    head: Head,
) -> Result<Verdict, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + DeadLetters + Caller + Clock + Chance + Sync,
{
    let key = RecordKey {
        execution: message.execution.clone(),
        frame: message.frame.clone(),
        number: head.number,
    };
    let is_over = head.record.frame.outcome().is_some();
    let may_run_on = head.record.at.plus_milliseconds(tools.visibility_milliseconds);
    let runs_ahead = tools.run_ahead.max(tools.run_ahead_elsewhere) > 1;
    if runs_ahead && !is_over && ports.now() < may_run_on {
        // Its worker may be alive and about to append more, and then owns another wake.
        return Ok(later_than(may_run_on));
    }
    if let Some(call) = claimed(&head.record.frame) {
        if call.target == CallTarget::StartExecution {
            let claim = step::Claim { key, record: head.record };
            return perform::perform(ports, tools, message, claim).await;
        }
        if ports.now() < head.lease {
            return Ok(later_than(head.lease));
        }
        warn!(execution = %key.execution, frame = %key.frame, record = %key.number,
            "the worker of a claimed call is gone; the call is not repeated");
        return perform::lost(ports, tools, message, &key, &head.record).await;
    }
    wake(ports, tools, &key, &head.record).await?;
    Ok(Verdict::Done)
}

/// Once every worker's clock has passed a moment: one whose clock is behind the queue's would get
/// the message back at once, again and again.
const fn later_than(moment: Timestamp) -> Verdict {
    Verdict::LaterAt(moment.plus_milliseconds(CLOCK_SKEW_MILLISECONDS_MAX))
}

const fn claimed(frame: &Frame) -> Option<&Call> {
    match &frame.phase {
        Phase::Claimed { call, .. } => Some(call),
        Phase::Ready { .. }
        | Phase::Waiting { .. }
        | Phase::Submitted { .. }
        | Phase::Delayed { .. }
        | Phase::Forked { .. }
        | Phase::Ended(_) => None,
    }
}

/// The message has failed too often: it is buried, and its execution fails visibly.
async fn give_up<P>(ports: &P, message: &Message, times: u32) -> Result<Verdict, Fault>
where
    P: Log + Queue + DeadLetters + Sync,
{
    let reason = format!(
        "The message for frame '{}' ({}) was received more than {times} times without \
         getting any further.",
        message.frame, message.cue
    );
    warn!(execution = %message.execution, reason, "a message is buried, its execution is ended");
    if let Cue::Refuse { .. } = message.cue {
        // Nothing else would end the execution.
        return Ok(Verdict::Later);
    }
    ports.bury(message, &reason).await?;
    let root = ports.head(&message.execution, &FramePath::ROOT).await?;
    let Some(root) = root else { return Ok(Verdict::Done) };
    let cue = Cue::Refuse { reason, redrives: root.record.facts.redrives() };
    let (execution, frame) = (message.execution.clone(), FramePath::ROOT);
    ports.send(Message { execution, frame, cue }, Lane::Steps, None).await?;
    Ok(Verdict::Done)
}
