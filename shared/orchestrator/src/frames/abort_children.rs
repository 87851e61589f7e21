//! Stops the children of a fork because one of them has failed, the execution was interrupted, or its
//! history is full.
//!
//! A child is stopped by a last record in its own log, written by compare-and-append like any
//! other. So it claims no further call, and the history is the same however late it is read. The
//! gate of the fork, which is no longer open, only saves the children's workers the attempt.
//!
//! A delivery stops a bounded number of children, and then sends a message on with which another
//! delivery continues. The children that are stopped are added to their buckets, so that this one
//! need not look at them again. Each child takes a few requests, and one partition of a store takes
//! some 1,000 writes a second, so that nothing would be gained by more messages at once.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    sync::atomic::{AtomicU32, Ordering},
};

use engine::{EndedStatesEvents, Transition};
use futures_util::future::try_join_all;
use model::{
    ChildEnd, ChildIndex, EventRef, ForkShape, FrameOutcome, FramePhase, RecordNumber, WrittenBy,
    limits::BUCKETS_AT_ONCE,
};

use super::{
    append::{CausalClock, RecordSlot, append_transition},
    awaited_job::cancel_awaited_job,
    children::{EndedChildren, bucket_pages, child_key, has_failed, visit_ended_children},
    children_in_flight::StartedChildren,
    keyed_record::KeyedRecord,
};
use crate::{EngineContext, Fault, ports::LogHead, roles::StepRole};

/// Why children are stopped, and when.
#[derive(Clone, Copy)]
pub(crate) struct ChildAbort<'a> {
    /// The event that stops them: of the failed child, or of the interrupted execution; the fork's own
    /// if the history is full.
    pub(crate) after: &'a EventRef,
    /// The clock of the record that has this event.
    pub(crate) since: CausalClock,
    /// Whether history shows the children that are stopped.
    pub(crate) show: EndedStatesEvents,
}

/// How many more children a delivery may stop.
#[derive(Debug)]
pub(crate) struct AbortBudget(AtomicU32);

impl AbortBudget {
    /// The budget of a delivery: some buckets' children.
    pub(crate) fn of_delivery(shape: &ForkShape) -> Self {
        Self(AtomicU32::new(shape.bucket_children.get().saturating_mul(BUCKETS_AT_ONCE)))
    }

    /// Takes one child from the budget. Returns whether there was one left.
    fn take_child(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

type StopFuture<'a, T> = Pin<Box<dyn Future<Output = Result<Option<T>, Fault>> + Send + 'a>>;

/// Stops every child that was started and has not ended. Returns what the last records of all
/// started children say; none if the budget did not suffice. Boxed, since forks nest.
pub(crate) fn stop_children<'a, P: StepRole>(
    ports: &'a P,
    context: &'a EngineContext,
    fork: &'a KeyedRecord,
    abort: ChildAbort<'a>,
    budget: &'a AbortBudget,
) -> StopFuture<'a, EndedChildren> {
    Box::pin(async move {
        let FramePhase::Forked { shape, .. } = &fork.record.frame.phase else { return Ok(None) };
        if ports.load_gate(&fork.key).await?.is_some() {
            let started = StartedChildren::load(ports, &fork.key, shape).await?;
            for buckets in bucket_pages(shape) {
                let ended = ports.load_buckets(&fork.key, buckets.clone()).await?;
                for (bucket, ended) in buckets.zip(ended) {
                    let running: Vec<ChildIndex> = shape
                        .bucket_range(bucket)
                        .map(ChildIndex::new)
                        .filter(|child| started.contains(*child) && !ended.has_ended(*child))
                        .collect();
                    if running.is_empty() {
                        continue;
                    }
                    let stopping = running
                        .iter()
                        .map(|child| stop_child(ports, context, fork, *child, abort, budget));
                    let stopped = try_join_all(stopping).await?;
                    let ends: Vec<(ChildIndex, ChildEnd)> = running
                        .into_iter()
                        .zip(&stopped)
                        .filter_map(|(child, end)| end.map(|end| (child, end)))
                        .collect();
                    ports.add_child_ends(&fork.key, bucket, &ends, 0).await?;
                    if ends.len() < stopped.len() {
                        return Ok(None);
                    }
                }
            }
        }
        let fork = (&fork.key, &*fork.record);
        visit_ended_children(ports, fork, shape, |_| Ok(())).await.map(Some)
    })
}

/// Stops one child and everything below it, and returns its end; none if the budget did not suffice.
fn stop_child<'a, P: StepRole>(
    ports: &'a P,
    context: &'a EngineContext,
    fork: &'a KeyedRecord,
    child: ChildIndex,
    abort: ChildAbort<'a>,
    budget: &'a AbortBudget,
) -> StopFuture<'a, ChildEnd> {
    Box::pin(async move {
        if !budget.take_child() {
            return Ok(None);
        }
        let path = fork.key.frame.child_path(fork.key.number, child);
        loop {
            let head = match ports.load_head(&fork.key.execution, &path).await? {
                Some(LogHead { number, record, .. }) => {
                    if let Some(outcome) = record.frame.outcome() {
                        return Ok(Some(child_end(number, outcome)));
                    }
                    Some(KeyedRecord { key: child_key(&fork.key, child, number), record })
                }
                None => None,
            };
            let (slot, transition) = match &head {
                Some(head) => {
                    let stopped = abort_transition(ports, context, head, abort, budget).await?;
                    let Some((transition, since)) = stopped else { return Ok(None) };
                    let slot = RecordSlot::after(head, WrittenBy::StopExecution).caused_by(since);
                    (slot, transition)
                }
                None => unstarted_child_end(fork, child, abort),
            };
            let before = head.as_ref().map(|head| &head.record.frame);
            if let Some(last) = append_transition(ports, slot, before, transition).await? {
                if let Some(left) = &head {
                    cancel_awaited_job(ports, &context.settings.account_region, left).await?;
                }
                return Ok(Some(ChildEnd { record: last.key.number, failed: true }));
            }
        }
    })
}

const fn child_end(record: RecordNumber, outcome: &FrameOutcome) -> ChildEnd {
    ChildEnd { record, failed: has_failed(outcome) }
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

/// Stops a frame's own children, then returns the transition that stops the frame; none if the
/// budget did not suffice.
async fn abort_transition<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
    abort: ChildAbort<'_>,
    budget: &AbortBudget,
) -> Result<Option<(Transition, CausalClock)>, Fault> {
    let KeyedRecord { key, record } = head;
    let mut since = abort.since;
    let mut events = record.frame.events;
    if record.frame.is_at_fork() {
        let stopped = stop_children(ports, context, head, abort, budget).await?;
        let Some(children) = stopped else { return Ok(None) };
        events = children.events;
        since = since.latest(children.causes);
    }
    let definition =
        context.definitions.load_definition(ports, &key.execution, &record.facts.revision).await?;
    let transition =
        engine::abort_child(&definition, &record.frame, abort.after, events, abort.show);
    Ok(Some((transition, since)))
}
