//! Stops the children of a fork because one of them has failed or the execution was interrupted.
//!
//! A child is stopped by a last record in its own log, written by compare-and-append like any
//! other. So it claims no further call, and the history is the same however late it is read. The
//! closed fan-in of the fork only saves the children's workers the attempt.

use std::{future::Future, pin::Pin, sync::Arc};

use engine::Transition;
use futures_util::future::try_join_all;
use model::{ChildIndex, EventRef, FanIn, Record, RecordKey, RecordNumber, WrittenBy};

use super::{
    append::{CausalClock, RecordSlot, append_transition},
    awaited_job::cancel_awaited_job,
    children::{child_key, children_clock, events_seen},
    keyed_record::KeyedRecord,
};
use crate::{EngineContext, Fault, ports::LogHead, roles::StepRole};

/// Why children are stopped, and when.
#[derive(Clone, Copy)]
pub(crate) struct ChildAbort<'a> {
    /// The event that stops them: of the failed child, or of the interrupted execution.
    pub(crate) after: &'a EventRef,
    /// The clock of the record that has this event.
    pub(crate) since: CausalClock,
}

/// Stops every child that is in flight. Returns the last records of all children that were started.
pub(crate) async fn stop_children<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    fork: &KeyedRecord,
    fan_in: &FanIn,
    abort: ChildAbort<'_>,
) -> Result<Vec<Arc<Record>>, Fault> {
    let keys: Vec<RecordKey> =
        fan_in.ended_children().map(|(child, last)| child_key(&fork.key, child, last)).collect();
    let mut children = ports.load_records(&keys).await?;
    let stopping =
        fan_in.in_flight_children().map(|child| stop_child(ports, context, fork, child, abort));
    children.extend(try_join_all(stopping).await?);
    Ok(children)
}

type ChildStopFuture<'a> = Pin<Box<dyn Future<Output = Result<Arc<Record>, Fault>> + Send + 'a>>;

/// Stops one child and everything below it, and returns its last record. Boxed, since forks nest.
fn stop_child<'a, P: StepRole>(
    ports: &'a P,
    context: &'a EngineContext,
    fork: &'a KeyedRecord,
    child: ChildIndex,
    abort: ChildAbort<'a>,
) -> ChildStopFuture<'a> {
    Box::pin(async move {
        let path = fork.key.frame.child_path(fork.key.number, child);
        loop {
            let head = match ports.load_head(&fork.key.execution, &path).await? {
                Some(LogHead { record, .. }) if record.frame.outcome().is_some() => {
                    return Ok(record);
                }
                Some(LogHead { number, record, .. }) => {
                    Some(KeyedRecord { key: child_key(&fork.key, child, number), record })
                }
                None => None,
            };
            let (slot, transition) = match &head {
                Some(head) => {
                    let (transition, since) = abort_transition(ports, context, head, abort).await?;
                    let slot = RecordSlot::after(head, WrittenBy::StopExecution).caused_by(since);
                    (slot, transition)
                }
                None => unstarted_child_end(fork, child, abort),
            };
            let before = head.as_ref().map(|head| &head.record.frame);
            if let Some(last) = append_transition(ports, slot, before, transition).await? {
                if let Some(left) = &head {
                    cancel_awaited_job(ports, left).await?;
                }
                return Ok(last.record);
            }
        }
    })
}

/// The slot and the transition of the only record of a child that has not begun.
fn unstarted_child_end(
    fork: &KeyedRecord,
    child: ChildIndex,
    abort: ChildAbort<'_>,
) -> (RecordSlot, Transition) {
    let slot = RecordSlot {
        key: child_key(&fork.key, child, RecordNumber::FIRST),
        written_by: WrittenBy::StopExecution,
        facts: Arc::clone(&fork.record.facts),
        causes: CausalClock::of_record(&fork.record).latest(abort.since),
    };
    (slot, engine::abort_unstarted_child(&fork.record.frame))
}

/// Stops a frame's own children, then returns the transition that stops the frame.
async fn abort_transition<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
    abort: ChildAbort<'_>,
) -> Result<(Transition, CausalClock), Fault> {
    let KeyedRecord { key, record } = head;
    let mut since = abort.since;
    let mut events = record.frame.events;
    if record.frame.is_at_fork()
        && let Some(fan_in) = ports.load_fan_in(key).await?
    {
        let children = stop_children(ports, context, head, &fan_in, abort).await?;
        events = events_seen(record, &children);
        since = since.latest(children_clock(record, &children));
    }
    let definition =
        context.definitions.load_definition(ports, &key.execution, &record.facts.revision).await?;
    let transition = engine::abort_child(&definition, &record.frame, abort.after, events);
    Ok((transition, since))
}
