//! Counts the deaths of a message: how many processes in a row died while they handled it.
//!
//! ```text
//! received up to three times    → handle it
//! … more often, five deaths     → it becomes a dead letter, its execution fails
//! … a death only a moment ago   → redeliver later, each time twice as late
//! … otherwise                   → add one to the count, handle it, and remove the count
//! ```
//!
//! A message that is received often has met faults, or Lambda had no room for it; neither says
//! anything against it. So the count is removed whenever the handler returns, with whatever result,
//! and only a process that never returned leaves it.
//!
//! The count belongs to what the message is about, not to one copy of it: each copy of a message
//! that kills is as deadly, and copies come from any redelivery of the message before it. It does
//! not belong to the frame or the execution, whose other messages return and would remove it.
//!
//! Invariant: a fault never counts as a death (`tests/simulation/outages.rs`).

use std::future::Future;

use model::{
    FramePath, MessageIdentity, MessageKind, NextAction, QueueMessage, QueueName, Timestamp,
    limits::{BACKOFF_MILLISECONDS_MAX, DEATHS_MAX, RECEIVES_UNCOUNTED},
};
use tracing::warn;

use super::{
    redelivery::{has_taken_effect, owns_next_action, redeliver_after},
    step_outcome::Disposition,
};
use crate::{
    EngineContext, Fault,
    frames::{KeyedRecord, are_forks_open},
    integrations,
    ports::{
        Clock, DeadLetterQueue, DeathCount, DeathCounter, GateStore, MessageDelivery, MessageQueue,
        RecordLog,
    },
    roles::StepRole,
};

/// Attempts to remove a count. One that stays would be taken for a death.
const ATTEMPTS_MAX: u32 = 3;
/// Milliseconds between two attempts to remove a count.
const RETRY_INTERVAL_MILLISECONDS: i64 = 500;

/// Returns for how many milliseconds a message is hidden after it was received that many times, the
/// last time with a fault: twice as long each time, from `interval` to 15 minutes.
pub const fn fault_backoff_milliseconds(interval: i64, receive_count: u32) -> i64 {
    backoff_milliseconds(interval, receive_count.saturating_sub(1))
}

const fn backoff_milliseconds(interval: i64, doublings: u32) -> i64 {
    // More doublings exceed the maximum, whatever the interval is.
    let doublings = if doublings > 20 { 20 } else { doublings };
    let delay = interval.saturating_mul(1 << doublings);
    if delay > BACKOFF_MILLISECONDS_MAX { BACKOFF_MILLISECONDS_MAX } else { delay }
}

/// Returns how many processes have died of a message since its last return. Zero for one that was
/// received too few times to be counted.
pub async fn count_earlier_deaths(
    counter: &impl DeathCounter,
    delivery: &MessageDelivery,
) -> Result<u32, Fault> {
    if !is_counted(delivery) {
        return Ok(0);
    }
    let count = counter.load_deaths(&delivery.message.identity()).await?;
    Ok(count.map_or(0, |count| count.deaths))
}

/// Removes the count of a message whose handler was stopped before it returned, though its process
/// lives: it panicked, or had no time left.
pub async fn forget_deaths<P>(ports: &P, delivery: &MessageDelivery)
where
    P: DeathCounter + Clock,
{
    if is_counted(delivery) {
        remove_count(ports, &delivery.message.identity()).await;
    }
}

/// Handles a delivery by `work`, unless too many processes have died of its message. While it works,
/// the message counts one death more.
pub(super) async fn handle_counted<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
    work: impl Future<Output = Result<Disposition, Fault>> + Send,
) -> Result<Disposition, Fault> {
    if !is_counted(delivery) {
        return work.await;
    }
    let message = delivery.message.identity();
    let earlier = ports.load_deaths(&message).await?;
    if let Some(DeathCount { deaths, last_at }) = earlier {
        if deaths >= DEATHS_MAX {
            let buried = give_up(ports, &delivery.message, deaths).await?;
            remove_count(ports, &message).await;
            return Ok(buried);
        }
        // A crash of every process, whatever it handles, is over before it looks like five deaths
        // of each message.
        let interval = context.settings.visibility_milliseconds;
        let again = last_at.plus_milliseconds(backoff_milliseconds(interval, deaths));
        if ports.now() < again {
            return Ok(redeliver_after(again));
        }
    }
    let deaths = earlier.map_or(0, |earlier| earlier.deaths) + 1;
    let count = DeathCount { deaths, last_at: ports.now() };
    if let Err(fault) = ports.put_deaths(&message, count).await {
        // It may have been written all the same.
        ports.clear_deaths(&message).await.ok();
        return Err(fault);
    }
    let handled = work.await;
    remove_count(ports, &message).await;
    handled
}

/// Removes the count before a call that is not repeated: if the process dies in it, its claim says
/// so, and Retry and Catch decide what follows.
pub(super) async fn forget_before_call<P>(
    ports: &P,
    delivery: &MessageDelivery,
    claim: &KeyedRecord,
) where
    P: DeathCounter + Clock,
{
    let is_lost_with_its_worker = match claim.record.frame.next_action() {
        NextAction::MakeCall { call, .. } => !integrations::is_repeatable(&call.resource),
        NextAction::Advance
        | NextAction::AdvanceAt(_)
        | NextAction::StartChildren { .. }
        | NextAction::ReportEnd(_)
        | NextAction::Nothing => false,
    };
    if is_lost_with_its_worker {
        forget_deaths(ports, delivery).await;
    }
}

const fn is_counted(delivery: &MessageDelivery) -> bool {
    delivery.receive_count > RECEIVES_UNCOUNTED
}

async fn remove_count<P>(ports: &P, message: &MessageIdentity)
where
    P: DeathCounter + Clock,
{
    for attempt in 1..=ATTEMPTS_MAX {
        let Err(fault) = ports.clear_deaths(message).await else { return };
        if attempt == ATTEMPTS_MAX {
            warn!(execution = %message.execution, frame = %message.frame, %fault,
                "a message counts a death of which no process has died");
            return;
        }
        ports.sleep_until(ports.now().plus_milliseconds(RETRY_INTERVAL_MILLISECONDS)).await;
    }
}

/// Moves a message to the dead-letter queue and fails its execution visibly, unless other messages
/// have gone on without it.
async fn give_up<P>(ports: &P, message: &QueueMessage, deaths: u32) -> Result<Disposition, Fault>
where
    P: RecordLog + GateStore + MessageQueue + DeadLetterQueue + Clock + Sync,
{
    if let MessageKind::LogExecution { .. } = message.kind {
        warn!(execution = %message.execution, deaths, "an execution is not logged to its end");
        return Ok(Disposition::Acknowledge);
    }
    if is_overtaken(ports, message).await? {
        return Ok(Disposition::Acknowledge);
    }
    if let MessageKind::FailExecution { .. } = message.kind {
        // Only this message can end the execution, so it is tried again until it does.
        return Ok(Disposition::RedeliverAt(later(ports.now())));
    }
    let reason = format!(
        "{deaths} processes in a row have died while they handled the message for frame '{}' ({}).",
        message.frame, message.kind
    );
    warn!(execution = %message.execution, reason,
        "a message is moved to the dead-letter queue; its execution ends with States.Runtime");
    ports.put_dead_letter(message, &reason, ports.now()).await?;
    let root = ports.load_head(&message.execution, &FramePath::ROOT).await?;
    let Some(root) = root else { return Ok(Disposition::Acknowledge) };
    let redrives = root.record.facts.redrive_count();
    let kind = MessageKind::FailExecution { reason, redrives };
    let (execution, frame) = (message.execution.clone(), FramePath::ROOT);
    ports.send_message(QueueMessage { execution, frame, kind }, QueueName::Steps, None).await?;
    Ok(Disposition::Acknowledge)
}

const fn later(now: Timestamp) -> Timestamp {
    now.plus_milliseconds(BACKOFF_MILLISECONDS_MAX)
}

/// Whether nothing is left to do for a message: another one has taken effect in its place, or a
/// fork above its frame has been left.
async fn is_overtaken<P>(ports: &P, message: &QueueMessage) -> Result<bool, Fault>
where
    P: RecordLog + GateStore,
{
    if let Some(head) = ports.load_head(&message.execution, &message.frame).await? {
        let is_over = head.record.frame.outcome().is_some();
        if head.record.written_by == message.kind.written_by()
            || (is_over && owns_next_action(message, &head))
        {
            return Ok(false);
        }
        if has_taken_effect(&message.kind, &head) {
            return Ok(true);
        }
    }
    Ok(!are_forks_open(ports, &message.execution, &message.frame).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_hide_a_message_twice_as_long_each_time_up_to_a_quarter_of_an_hour() {
        let seconds = |count| fault_backoff_milliseconds(30_000, count) / 1000;
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 7, 1_000].map(seconds),
            [30, 60, 120, 240, 480, 900, 900, 900]
        );
    }
}
