//! Stopping the children of a fork because one of them has failed.
//!
//! A child is stopped by a last record in its own log, by compare-and-append like any other: so it
//! claims no further call, and history is the same however late one looks. What the fork's fan says
//! only saves the children's workers the attempt.

use std::{future::Future, pin::Pin, sync::Arc};

use engine::Transition;
use futures_util::future::try_join_all;
use model::{ChildIndex, EventRef, Fan, Phase, Record, RecordKey, RecordNumber, Via};

use crate::{
    Fault, Tools,
    commit::{Causes, commit},
    join::{causes, child_key, events_seen},
    nested,
    ports::{Append, Clock, Executions, Fans, Head, Log, Machines, Queue},
};

/// Why children are stopped.
#[derive(Clone, Copy)]
pub(crate) struct Abort<'a> {
    /// The failing event.
    pub(crate) after: &'a EventRef,
    /// When it happened.
    pub(crate) since: Causes,
}

/// Stops every child that is in flight. Returns the last records of all children that began.
pub(crate) async fn stop_children<P>(
    ports: &P,
    tools: &Tools,
    fork: &RecordKey,
    record: &Record,
    fan: &Fan,
    abort: Abort<'_>,
) -> Result<Vec<Arc<Record>>, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    let keys: Vec<RecordKey> =
        fan.ended().map(|(child, last)| child_key(fork, child, last)).collect();
    let mut children = ports.load_all(&keys).await?;
    let stopping = fan.in_flight().map(|child| stop(ports, tools, fork, record, child, abort));
    children.extend(try_join_all(stopping).await?);
    Ok(children)
}

type Stopping<'a> = Pin<Box<dyn Future<Output = Result<Arc<Record>, Fault>> + Send + 'a>>;

/// Stops one child and everything below it; gives its last record. Boxed, since forks nest.
fn stop<'a, P>(
    ports: &'a P,
    tools: &'a Tools,
    fork: &'a RecordKey,
    parent: &'a Record,
    child: ChildIndex,
    abort: Abort<'a>,
) -> Stopping<'a>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    Box::pin(async move {
        let path = fork.frame.child(fork.number, child);
        loop {
            let head = ports.head(&fork.execution, &path).await?;
            let (number, transition, since) = match &head {
                Some(Head { record, .. }) if record.frame.outcome().is_some() => {
                    return Ok(Arc::clone(record));
                }
                Some(head) => {
                    let key = child_key(fork, child, head.number);
                    let (transition, since) =
                        last_of(ports, tools, &key, &head.record, abort).await?;
                    (head.number.next(), transition, since)
                }
                None => {
                    let transition = engine::never_begun(&parent.frame);
                    (RecordNumber::FIRST, transition, Causes::of(parent).and(abort.since))
                }
            };
            let key = child_key(fork, child, number);
            let before = head.as_ref().map(|head| &head.record.frame);
            let facts = &parent.facts;
            let appended = commit(ports, &key, Via::Stop, facts, before, transition, since).await?;
            if let Append::Done(record) = appended {
                if let Some(before) = before {
                    nested::cancel(ports, &key, before).await?;
                }
                return Ok(record);
            }
        }
    })
}

/// The transition that stops a frame, after its own children have been stopped.
async fn last_of<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
    abort: Abort<'_>,
) -> Result<(Transition, Causes), Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    let mut since = Causes::of(record).and(abort.since);
    let mut events = record.frame.events;
    if let Phase::Forked { .. } = record.frame.phase
        && let Some(fan) = ports.fan(key).await?
    {
        let children = stop_children(ports, tools, key, record, &fan, abort).await?;
        events = events_seen(record, &children);
        since = since.and(causes(record, &children));
    }
    let definition = tools.definitions.get(ports, &key.execution, &record.facts.revision).await?;
    let transition = engine::abort_child(&definition, &record.frame, abort.after, events);
    Ok((transition, since))
}
