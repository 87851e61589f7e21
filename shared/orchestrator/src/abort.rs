//! Stopping the children of a fork because one of them has failed.
//!
//! A child is stopped by a last record in its own log, by compare-and-append like any other: so it
//! claims no further call, and history is the same however late one looks. What the fork's fan says
//! only saves the children's workers the attempt.

use std::{future::Future, pin::Pin, sync::Arc};

use engine::Transition;
use futures_util::future::try_join_all;
use model::{ChildIndex, EventRef, FanIn, FramePhase, Record, RecordKey, RecordNumber, WrittenBy};

use crate::{
    EngineContext, Fault,
    commit::{CausalClock, append_transition},
    join::{child_key, children_clock, events_seen},
    nested,
    ports::{
        AppendOutcome, Clock, ExecutionStore, FanInStore, LogHead, MessageQueue, RecordLog,
        StateMachineStore,
    },
};

/// Why children are stopped.
#[derive(Clone, Copy)]
pub(crate) struct ChildAbort<'a> {
    /// The failing event.
    pub(crate) after: &'a EventRef,
    /// When it happened.
    pub(crate) since: CausalClock,
}

/// Stops every child that is in flight. Returns the last records of all children that began.
pub(crate) async fn stop_children<P>(
    ports: &P,
    context: &EngineContext,
    fork: &RecordKey,
    record: &Record,
    fan_in: &FanIn,
    abort: ChildAbort<'_>,
) -> Result<Vec<Arc<Record>>, Fault>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    let keys: Vec<RecordKey> =
        fan_in.ended_children().map(|(child, last)| child_key(fork, child, last)).collect();
    let mut children = ports.load_records(&keys).await?;
    let stopping = fan_in
        .in_flight_children()
        .map(|child| stop_child(ports, context, fork, record, child, abort));
    children.extend(try_join_all(stopping).await?);
    Ok(children)
}

type ChildStopFuture<'a> = Pin<Box<dyn Future<Output = Result<Arc<Record>, Fault>> + Send + 'a>>;

/// Stops one child and everything below it; gives its last record. Boxed, since forks nest.
fn stop_child<'a, P>(
    ports: &'a P,
    context: &'a EngineContext,
    fork: &'a RecordKey,
    parent: &'a Record,
    child: ChildIndex,
    abort: ChildAbort<'a>,
) -> ChildStopFuture<'a>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    Box::pin(async move {
        let path = fork.frame.child_path(fork.number, child);
        loop {
            let head = ports.load_head(&fork.execution, &path).await?;
            let (number, transition, since) = match &head {
                Some(LogHead { record, .. }) if record.frame.outcome().is_some() => {
                    return Ok(Arc::clone(record));
                }
                Some(head) => {
                    let key = child_key(fork, child, head.number);
                    let (transition, since) =
                        abort_transition(ports, context, &key, &head.record, abort).await?;
                    (head.number.next_number(), transition, since)
                }
                None => {
                    let transition = engine::abort_unstarted_child(&parent.frame);
                    (
                        RecordNumber::FIRST,
                        transition,
                        CausalClock::of_record(parent).latest(abort.since),
                    )
                }
            };
            let key = child_key(fork, child, number);
            let before = head.as_ref().map(|head| &head.record.frame);
            let facts = &parent.facts;
            let appended = append_transition(
                ports,
                &key,
                WrittenBy::StopExecution,
                facts,
                before,
                transition,
                since,
            )
            .await?;
            if let AppendOutcome::Done(record) = appended {
                if let Some(before) = before {
                    nested::cancel_awaited_execution(ports, &key, before).await?;
                }
                return Ok(record);
            }
        }
    })
}

/// The transition that stops a frame, after its own children have been stopped.
async fn abort_transition<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
    abort: ChildAbort<'_>,
) -> Result<(Transition, CausalClock), Fault>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    let mut since = CausalClock::of_record(record).latest(abort.since);
    let mut events = record.frame.events;
    if let FramePhase::Forked { .. } = record.frame.phase
        && let Some(fan_in) = ports.load_fan_in(key).await?
    {
        let children = stop_children(ports, context, key, record, &fan_in, abort).await?;
        events = events_seen(record, &children);
        since = since.latest(children_clock(record, &children));
    }
    let definition =
        context.definitions.load_definition(ports, &key.execution, &record.facts.revision).await?;
    let transition = engine::abort_child(&definition, &record.frame, abort.after, events);
    Ok((transition, since))
}
