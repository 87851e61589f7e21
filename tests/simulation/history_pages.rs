//! Checks that the pages of a history, from either end, are the history.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use model::{ExecutionId, FramePath, Record, RecordNumber};
use orchestrator::{
    EngineContext, Fault,
    api::{GetExecutionHistory, HistoryEvent, get_execution_history},
    ports::{HistoryReader, LogOrder},
};

use crate::world::SimulatedWorld;

/// The number of events on a page.
const PAGE: u32 = 3;

/// Reads the logs of a finished run.
struct FinishedLogs<'a>(&'a SimulatedWorld);

impl HistoryReader for FinishedLogs<'_> {
    async fn load_log_page(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
        from: Option<RecordNumber>,
        order: LogOrder,
        limit: usize,
    ) -> Result<Vec<(RecordNumber, Arc<Record>)>, Fault> {
        Ok(self.0.log_page(execution, frame, from, order, limit))
    }

    async fn has_child_frames(&self, execution: &ExecutionId) -> Result<bool, Fault> {
        Ok(self.0.has_child_frames(execution))
    }

    async fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let own = self.0.all_records().filter(|(key, _)| key.execution == *execution);
        Ok(own.map(|(key, record)| (key.frame.clone(), key.number, Arc::new(record))).collect())
    }
}

/// Returns what is wrong with the pages of an execution's history.
pub(crate) fn check_history_pages(
    world: &SimulatedWorld,
    context: &EngineContext,
    id: &ExecutionId,
    history: &[HistoryEvent],
) -> Vec<String> {
    // Logs with children are merged as a whole, so their pages are parts of `history` by themselves.
    if world.has_child_frames(id) {
        return Vec::new();
    }
    let shown = |event: &HistoryEvent| {
        (event.id, event.previous_event_id, event.timestamp(), event.event_kind().clone())
    };
    let mut expected: Vec<_> = history.iter().map(shown).collect();
    let mut wrong = Vec::new();
    for order in [LogOrder::OldestFirst, LogOrder::NewestFirst] {
        let paged: Vec<_> = read_pages(world, context, id, order).iter().map(shown).collect();
        if paged != expected {
            wrong.push(format!("{order:?}, the pages of {id} are {paged:?}, not {expected:?}"));
        }
        expected.reverse();
    }
    wrong
}

fn read_pages(
    world: &SimulatedWorld,
    context: &EngineContext,
    id: &ExecutionId,
    order: LogOrder,
) -> Vec<HistoryEvent> {
    let (reader, mut events) = (FinishedLogs(world), Vec::new());
    let mut after = None;
    loop {
        let execution_arn = context.settings.account_region.execution_arn(id);
        let request = GetExecutionHistory { execution_arn, order, limit: PAGE, after };
        let page = pin!(get_execution_history(&reader, context, request));
        let Poll::Ready(page) = page.poll(&mut Context::from_waker(Waker::noop())) else {
            unreachable!("the reader never waits")
        };
        let page = page.unwrap_or_else(|error| panic!("{id} has no history: {error:?}"));
        events.extend(page.events);
        after = page.next;
        if after.is_none() {
            return events;
        }
    }
}
