//! Logs the events of a Standard execution that has ended: before that, those of its forks have no
//! numbers yet.
//!
//! ```text
//! end ─▶ LogExecution ─▶ a page of the history ─▶ ExecutionLogs
//!              ▲                    │
//!              └── while more follow┘
//! ```
//!
//! A message that is delivered twice logs twice.
//!
//! Spec: Developer Guide, "Using `CloudWatch` Logs to log execution history".

use model::{
    ExecutionId, ExecutionLogging, FramePath, HistoryPosition, MessageKind, QueueMessage, QueueName,
};
use tracing::warn;

use super::log_line::LogLineFormat;
use crate::{
    EngineContext, Fault,
    executions::{HistoryEvent, HistoryPage, HistoryPageRequest, load_history_page},
    ports::{
        ExecutionLogBatch, ExecutionLogLine, ExecutionLogs, HistoryReader, LogOrder, MessageQueue,
        RecordLog, StateMachineStore,
    },
};

/// Events of one delivery. Each delivery reads the outlines of all logs of an execution with forks.
const EVENTS_MAX: u32 = 10_000;
/// Bytes of payloads that end a delivery early.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// Logs a page of the events after the last redrive, and has another delivery go on. What cannot be
/// read is not logged.
pub(super) async fn log_execution<P>(
    ports: &P,
    context: &EngineContext,
    execution: &ExecutionId,
    redrives: u32,
    after: Option<&HistoryPosition>,
) -> Result<(), Fault>
where
    P: HistoryReader + RecordLog + StateMachineStore + ExecutionLogs + MessageQueue + Sync,
{
    let (order, limit) = (LogOrder::OldestFirst, EVENTS_MAX);
    let request = HistoryPageRequest { order, limit, after, bytes_max: BYTES_MAX };
    let page = match load_history_page(ports, &context.history_orders, execution, request).await {
        Ok(Some(page)) => page,
        Ok(None) => return Ok(()),
        Err(fault @ (Fault::Port { .. } | Fault::Stopping)) => return Err(fault),
        Err(fault) => {
            warn!(%execution, %fault, "an execution is not logged, since it cannot be read");
            return Ok(());
        }
    };
    write_page(ports, context, execution, &page, redrives).await?;
    let is_of_later_redrive =
        |event: &HistoryEvent| event.record().facts.redrive_count() > redrives;
    match page.next {
        Some(next) if !page.events.last().is_some_and(is_of_later_redrive) => {
            let kind = MessageKind::LogExecution { redrives, after: Some(next) };
            let execution = execution.clone();
            let rest = QueueMessage { execution, frame: FramePath::ROOT, kind };
            ports.send_message(rest, QueueName::Tasks, None).await
        }
        Some(_) | None => Ok(()),
    }
}

/// Writes the lines of a page, if any of its events is logged. A state machine that is gone logs
/// nothing.
async fn write_page<P>(
    ports: &P,
    context: &EngineContext,
    execution: &ExecutionId,
    page: &HistoryPage,
    redrives: u32,
) -> Result<(), Fault>
where
    P: StateMachineStore + ExecutionLogs,
{
    let Some(first) = page.events.first() else { return Ok(()) };
    let facts = &first.record().facts;
    let Some(revision) = ports.load_revision(&facts.revision).await? else { return Ok(()) };
    let Some(logging) = ExecutionLogging::of_configuration(&revision.logging) else {
        return Ok(());
    };
    let account_region = &context.settings.account_region;
    let format = LogLineFormat::new(logging, account_region.clone(), execution);
    let is_logged = |event: &&HistoryEvent| {
        event.record().facts.redrive_count() == redrives
            && format.logging.logs_event(event.event_kind())
    };
    let print = |event: &HistoryEvent| {
        let ids = (event.id, event.previous_event_id);
        format.print_event(event.record(), event.recorded_event(), ids)
    };
    let lines: Vec<ExecutionLogLine> = page.events.iter().filter(is_logged).map(print).collect();
    if !lines.is_empty() {
        let batch = ExecutionLogBatch {
            logging: &format.logging,
            account_region,
            execution,
            role_arn: &facts.role_arn,
            lines: &lines,
        };
        ports.write_log(batch).await;
    }
    Ok(())
}
