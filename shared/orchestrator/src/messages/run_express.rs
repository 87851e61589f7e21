//! Runs an Express execution: the handlers of this room on a store and a queue in memory, which
//! belong to the execution alone. Calls, time and chance are those of the deployment.
//!
//! ```text
//! StartSyncExecution ──────────────────────────────┐
//! StartExecution ─ RunExpressExecution ─▶ worker ──┴─▶ record 0 ─▶ messages until it has ended
//! ```
//!
//! Invariant: nothing but lines of logs is written outside before the execution has ended, so a run
//! that dies is as if it had not been, but for the calls that it made. `StartExecution` begins it
//! again: each step runs at least once. `StartSyncExecution` does not: at most once.
//!
//! An execution that is kept is written when it has ended, in one conditional step: as an execution
//! whose log is one record with all its events.

mod absent_ports;
mod event_recorder;
mod express_ports;
mod express_queue;
mod express_store;
mod kept_events;

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll};

use futures_util::{
    StreamExt,
    future::{Either, select},
    stream::FuturesUnordered,
};
use model::{
    Execution, ExecutionId, ExpressStart, FramePath, MessageKind, QueueMessage, QueueName, Record,
    RecordNumber, Revision, Timestamp,
};
use tracing::warn;

use self::event_recorder::EventRecorder;
use self::{express_ports::ExpressPorts, express_queue::ExpressQueue, express_store::ExpressStore};
use super::{
    handle_message::handle_frame_message, log_line::LogLineFormat, step_outcome::Disposition,
};
use crate::{
    EngineContext, Fault,
    executions::{ExpressExecution, first_record},
    frames::schedule_execution_timeout,
    ports::{Clock, ExecutionLogBatch, MessageDelivery, MessageQueue},
    roles::TaskRole,
};

/// Milliseconds after which a message is handled again that lost against another one.
const REDELIVERY_MILLISECONDS: i64 = 5;
/// Deliveries after which a run lets others have the processor.
const DELIVERIES_PER_TURN: u32 = 16;

/// Bytes of lines that wait to be logged until the execution has ended.
const LOG_BYTES_MAX: usize = 256 * 1024;

/// Runs an execution that `StartExecution` has started, unless its state machine is gone.
pub(super) async fn run_started_execution<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    id: &ExecutionId,
    start: &ExpressStart,
) -> Result<(), Fault> {
    let ExpressStart { facts, input, trace_header, logging, is_kept } = start.clone();
    // An earlier delivery has run it to its end, and died before it was acknowledged.
    if is_kept && ports.load_execution(id).await?.is_some() {
        return Ok(());
    }
    let Some(revision) = ports.load_revision(&facts.revision).await? else {
        warn!(execution = %id, "an Express execution is not run, since its state machine is gone");
        return Ok(());
    };
    let facts = Arc::new(facts);
    let execution = Execution { facts, input, trace_header, end: None };
    let execution = ExpressExecution { id: id.clone(), execution, logging, is_kept };
    let ended = run_express_execution(ports, context, execution, revision).await?;
    ended.keep(ports, id).await
}

/// An Express execution that has ended.
#[derive(Debug)]
pub(crate) struct EndedExpressExecution {
    pub(crate) execution: Arc<Execution>,
    /// The record with all its events, if it is kept.
    kept: Option<Record>,
}

impl EndedExpressExecution {
    /// Stores the execution with its history, if it is kept.
    pub(crate) async fn keep<P: TaskRole>(self, ports: &P, id: &ExecutionId) -> Result<(), Fault> {
        if let Some(record) = self.kept {
            ports.create_execution(id, Arc::unwrap_or_clone(self.execution), record).await?;
        }
        Ok(())
    }
}

/// Runs an execution to its end. `revision` is that of its facts.
pub(crate) async fn run_express_execution<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    ExpressExecution { id, execution, logging, is_kept }: ExpressExecution,
    revision: Arc<Revision>,
) -> Result<EndedExpressExecution, Fault> {
    let definition = context.definitions.load_definition(ports, &id, &revision.id).await?;
    let facts = Arc::clone(&execution.facts);
    let first = first_record(&definition, &facts, execution.input.clone());
    let queue = ExpressQueue::default();
    schedule_execution_timeout(&queue, &id, &facts).await?;
    let kind = MessageKind::AdvanceFrame(RecordNumber::FIRST);
    let begin = QueueMessage { execution: id.clone(), frame: FramePath::ROOT, kind };
    queue.send_message(begin, QueueName::Tasks, None).await?;
    let format = logging.map(|logging| {
        let account_region = context.settings.account_region.clone();
        LogLineFormat::new(logging, account_region, &id)
    });
    let recorder = EventRecorder::new(format, is_kept);
    let store = ExpressStore::new(id, revision, execution, first, recorder);
    let inside = ExpressPorts { outside: ports, outer_context: context, store, queue };
    let execution = Box::pin(deliver_until_end(&inside, &context.for_express())).await?;
    ports.express_run_ended(inside.store.id(), execution.status());
    write_log(&inside, context).await;
    Ok(EndedExpressExecution { execution, kept: inside.store.take_kept_record() })
}

/// Logs what has happened since the last time.
async fn write_log<P: TaskRole>(ports: &ExpressPorts<'_, P>, context: &EngineContext) {
    if let Some((logging, lines)) = ports.store.take_log_lines() {
        let batch = ExecutionLogBatch {
            logging: &logging,
            account_region: &context.settings.account_region,
            execution: ports.store.id(),
            role_arn: ports.store.role_arn(),
            lines: &lines,
        };
        ports.outside.write_log(batch).await;
    }
}

/// Handles messages, those that are due at the same time concurrently, until the execution has ended.
async fn deliver_until_end<P: TaskRole>(
    ports: &ExpressPorts<'_, P>,
    context: &EngineContext,
) -> Result<Arc<Execution>, Fault> {
    let ExpressPorts { store, queue, .. } = ports;
    let mut in_flight = FuturesUnordered::new();
    let mut deliveries = 0_u32;
    loop {
        if let Some(ended) = store.ended_execution() {
            return Ok(ended);
        }
        while let Some(delivery) = queue.receive_due(ports.now()) {
            in_flight.push(deliver_message(ports, context, delivery));
        }
        let settled = poll_fn(|task| match in_flight.poll_next_unpin(task) {
            Poll::Ready(Some(settled)) => Poll::Ready(Some(settled)),
            // What waits for its call may have sent messages before.
            Poll::Ready(None) | Poll::Pending if queue.has_undelayed() => Poll::Ready(None),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        });
        let due = queue.next_due_at().unwrap_or(Timestamp::from_milliseconds(i64::MAX));
        match select(settled, pin!(ports.sleep_until(due))).await {
            Either::Left((settled, _)) => settled.transpose()?.unwrap_or(()),
            Either::Right(((), _)) => {}
        }
        if store.log_bytes() >= LOG_BYTES_MAX {
            write_log(ports, context).await;
        }
        deliveries += 1;
        if deliveries.is_multiple_of(DELIVERIES_PER_TURN) {
            yield_turn().await;
        }
    }
}

async fn deliver_message<P: TaskRole>(
    ports: &ExpressPorts<'_, P>,
    context: &EngineContext,
    delivery: MessageDelivery,
) -> Result<(), Fault> {
    let back = match Box::pin(handle_frame_message(ports, context, &delivery)).await? {
        Disposition::Acknowledge => return Ok(()),
        Disposition::Redeliver | Disposition::AwaitSlot => {
            ports.now().plus_milliseconds(REDELIVERY_MILLISECONDS)
        }
        Disposition::RedeliverAt(at) => at,
    };
    ports.queue.redeliver_at(delivery, back);
    Ok(())
}

/// Lets the other tasks of the runtime go on, and comes back at once if there are none.
async fn yield_turn() {
    let mut yielded = false;
    poll_fn(|task| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
