//! Checks that the pages of a history, from either end, are the history.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use model::{ExecutionId, FramePath, Record, RecordKey, RecordNumber, RecordOutline, Timestamp};
use orchestrator::{
    EngineContext, Fault,
    api::{GetExecutionHistory, HistoryEvent, get_execution_history},
    ports::{AppendOutcome, HistoryReader, LogHead, LogOrder, RecordLog},
};

use crate::{faults::PortCallKind, ports::SimulatedPorts, world::SimulatedWorld};

/// The number of events on a page of an execution without forks.
const PAGE: usize = 3;
/// The number of pages of an execution with forks.
const PAGES: usize = 3;
/// The longest history whose pages are checked. Longer ones have the same parts more often.
const EVENTS_MAX: usize = 2_000;
/// Runs of executions with forks, of which one is checked.
const RUNS_FOR_ONE_CHECKED: i64 = 16;
/// Outlines that are read at a time.
const OUTLINES: usize = 7;

/// The logs of an execution as they are at one moment.
struct LogSnapshot(BTreeMap<RecordKey, Arc<Record>>);

impl LogSnapshot {
    fn of(world: &SimulatedWorld, id: &ExecutionId) -> Self {
        let own = world.all_records().filter(|(key, _)| key.execution == *id);
        Self(own.map(|(key, record)| (key.clone(), Arc::clone(record))).collect())
    }
}

impl HistoryReader for LogSnapshot {
    async fn load_log_page(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
        from: Option<RecordNumber>,
        order: LogOrder,
        limit: usize,
    ) -> Result<Vec<(RecordNumber, Arc<Record>)>, Fault> {
        let key = |number| RecordKey { execution: execution.clone(), frame: frame.clone(), number };
        let (first, last) = (RecordNumber::FIRST, RecordNumber::new(u64::MAX));
        let shown = |(key, record): (&RecordKey, &Arc<Record>)| (key.number, Arc::clone(record));
        Ok(match order {
            LogOrder::OldestFirst => {
                let log = self.0.range(key(from.unwrap_or(first))..=key(last));
                log.take(limit).map(shown).collect()
            }
            LogOrder::NewestFirst => {
                let log = self.0.range(key(first)..=key(from.unwrap_or(last)));
                log.rev().take(limit).map(shown).collect()
            }
        })
    }

    async fn has_child_frames(&self, _: &ExecutionId) -> Result<bool, Fault> {
        Ok(self.0.keys().any(|key| key.frame != FramePath::ROOT))
    }

    async fn load_outlines(
        &self,
        _: &ExecutionId,
        after: Option<&(FramePath, RecordNumber)>,
    ) -> Result<Vec<(FramePath, RecordNumber, RecordOutline)>, Fault> {
        let after = after.map(|(frame, number)| (frame, *number));
        let rest =
            self.0.iter().filter(|(key, _)| after.is_none_or(|it| (&key.frame, key.number) > it));
        let outlined = rest.map(|(key, record)| (key.frame.clone(), key.number, record.outline()));
        Ok(outlined.take(OUTLINES).collect())
    }

    async fn load_all_records(
        &self,
        _: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        unreachable!("a page needs no whole history")
    }
}

impl SimulatedPorts {
    async fn snapshot_logs(&self, execution: &ExecutionId) -> Result<LogSnapshot, Fault> {
        let call = "read a history".to_owned();
        self.port_call(call, PortCallKind::Read, |world| LogSnapshot::of(world, execution)).await
    }
}

impl HistoryReader for SimulatedPorts {
    async fn load_log_page(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
        from: Option<RecordNumber>,
        order: LogOrder,
        limit: usize,
    ) -> Result<Vec<(RecordNumber, Arc<Record>)>, Fault> {
        let logs = self.snapshot_logs(execution).await?;
        logs.load_log_page(execution, frame, from, order, limit).await
    }

    async fn has_child_frames(&self, execution: &ExecutionId) -> Result<bool, Fault> {
        self.snapshot_logs(execution).await?.has_child_frames(execution).await
    }

    async fn load_outlines(
        &self,
        execution: &ExecutionId,
        after: Option<&(FramePath, RecordNumber)>,
    ) -> Result<Vec<(FramePath, RecordNumber, RecordOutline)>, Fault> {
        self.snapshot_logs(execution).await?.load_outlines(execution, after).await
    }

    async fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        self.snapshot_logs(execution).await?.load_all_records(execution).await
    }
}

impl RecordLog for LogSnapshot {
    async fn load_record(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        Ok(self.0.get(key).cloned())
    }

    async fn load_records(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        Ok(keys.iter().filter_map(|key| self.0.get(key).cloned()).collect())
    }

    async fn load_head(&self, _: &ExecutionId, _: &FramePath) -> Result<Option<LogHead>, Fault> {
        unreachable!("a history has no head")
    }

    async fn append_record(&self, _: &RecordKey, _: Record) -> Result<AppendOutcome, Fault> {
        unreachable!("a history is only read")
    }

    async fn renew_lease(&self, _: &RecordKey, _: Timestamp) -> Result<(), Fault> {
        unreachable!("a history is only read")
    }
}

/// Returns what is wrong with the pages of an execution's history.
pub(crate) fn check_history_pages(
    world: &SimulatedWorld,
    context: &EngineContext,
    id: &ExecutionId,
    history: &[HistoryEvent],
) -> Vec<String> {
    let Some(last) = history.last().filter(|_| history.len() <= EVENTS_MAX) else {
        return Vec::new();
    };
    let has_forks = world.has_child_frames(id);
    // Each page of these reads all logs, so only some runs are checked, whichever they are.
    if has_forks && last.timestamp().as_milliseconds() % RUNS_FOR_ONE_CHECKED != 0 {
        return Vec::new();
    }
    let page = if has_forks { history.len() / PAGES + 1 } else { PAGE };
    let page = u32::try_from(page).unwrap_or(u32::MAX);
    let logs = LogSnapshot::of(world, id);
    let shown = |event: &HistoryEvent| {
        (event.id, event.previous_event_id, event.timestamp(), event.event_kind().clone())
    };
    let mut expected: Vec<_> = history.iter().map(shown).collect();
    let mut wrong = Vec::new();
    for order in [LogOrder::OldestFirst, LogOrder::NewestFirst] {
        let paged: Vec<_> =
            read_pages(&logs, context, id, (order, page)).iter().map(shown).collect();
        if paged != expected {
            wrong.push(format!("{order:?}, the pages of {id} are {paged:?}, not {expected:?}"));
        }
        expected.reverse();
    }
    wrong
}

fn read_pages(
    logs: &LogSnapshot,
    context: &EngineContext,
    id: &ExecutionId,
    (order, limit): (LogOrder, u32),
) -> Vec<HistoryEvent> {
    let (mut events, mut after) = (Vec::new(), None);
    loop {
        let execution_arn = context.settings.account_region.execution_arn(id);
        let request = GetExecutionHistory { execution_arn, order, limit, after };
        let page = pin!(get_execution_history(logs, context, request));
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
