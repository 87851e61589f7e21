//! `GetExecutionHistory`.

mod merge;

use std::sync::Arc;

use model::{EventKind, ExecutionArn, Record, RecordedEvent, Timestamp};

use super::ExecutionRejection;
use crate::{ApiError, EngineContext, executions::execution_id_of_arn, ports::HistoryReader};

pub use merge::merge_frame_logs;

/// One event of an execution's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    /// The number of the event in the history, from 1 without gaps.
    pub id: u64,
    /// The id of the event that it follows; 0 for none.
    pub previous_event_id: u64,
    record: Arc<Record>,
    /// Its index among the record's events.
    index: usize,
}

impl HistoryEvent {
    /// Returns when it happened.
    pub fn timestamp(&self) -> Timestamp {
        self.record.event_time(self.recorded_event())
    }

    /// Returns its type and details.
    pub fn event_kind(&self) -> &EventKind {
        &self.recorded_event().kind
    }

    fn recorded_event(&self) -> &RecordedEvent {
        &self.record.events[self.index]
    }
}

/// Which end of a history comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryOrder {
    /// From the start of the execution on.
    OldestFirst,
    /// From the end of the execution back: `reverseOrder`.
    NewestFirst,
}

/// A request for a page of an execution's history.
///
/// Spec: API reference, `GetExecutionHistory`.
#[derive(Clone, Debug)]
pub struct GetExecutionHistory {
    /// The execution's ARN.
    pub execution_arn: String,
    /// Which end comes first.
    pub order: HistoryOrder,
    /// The most events on the page; at least 1.
    pub limit: u32,
    /// The id of the last event of the previous page; none for the first page.
    pub after: Option<u64>,
}

/// A page of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// The events, in the order asked for.
    pub events: Vec<HistoryEvent>,
    /// The id of the event after which the next page begins; none on the last page.
    pub next: Option<u64>,
}

/// Returns a page of an execution's history.
pub async fn get_execution_history(
    ports: &impl HistoryReader,
    context: &EngineContext,
    request: GetExecutionHistory,
) -> Result<HistoryPage, ApiError<ExecutionRejection>> {
    let GetExecutionHistory { execution_arn, order, limit, after } = request;
    let arn = ExecutionArn::parse(&execution_arn)
        .map_err(|error| ApiError::Rejected(ExecutionRejection::InvalidArn(error)))?;
    let records = match execution_id_of_arn(&context.settings, &arn) {
        Some(id) => ports.load_all_records(&id).await?,
        None => Vec::new(),
    };
    if records.is_empty() {
        let arn = execution_arn;
        return Err(ApiError::Rejected(ExecutionRejection::DoesNotExist { arn }));
    }
    Ok(history_page(merge_frame_logs(records), order, limit, after))
}

/// The events after one of them, in the order asked for.
fn history_page(
    mut events: Vec<HistoryEvent>,
    order: HistoryOrder,
    limit: u32,
    after: Option<u64>,
) -> HistoryPage {
    let shown = match order {
        HistoryOrder::OldestFirst => after,
        HistoryOrder::NewestFirst => {
            let newer = after.map(|id| (events.len() as u64).saturating_sub(id.saturating_sub(1)));
            events.reverse();
            newer
        }
    };
    let start = usize::try_from(shown.unwrap_or(0)).unwrap_or(usize::MAX).min(events.len());
    let end = start.saturating_add(limit.max(1) as usize).min(events.len());
    let is_last = end == events.len();
    let events: Vec<HistoryEvent> = events.drain(start..end).collect();
    let next = if is_last { None } else { events.last().map(|last| last.id) };
    HistoryPage { events, next }
}

#[cfg(test)]
mod tests {
    use model::{
        ExecutionFacts, Frame, FrameOutcome, FramePath, FramePhase, Payload, RecordNumber,
        RevisionId, StateName, WrittenBy,
    };

    use super::*;

    fn five_events() -> Vec<HistoryEvent> {
        let payload = Payload::empty_object();
        let frame = Frame {
            state: StateName::new("state"),
            phase: FramePhase::Ended(FrameOutcome::Succeeded(payload)),
            iteration: None,
            variables: model::WorkflowVariables::default(),
            events_before: 0,
            events: 5,
        };
        let facts = ExecutionFacts {
            revision: RevisionId::new("revision"),
            role_arn: "role".into(),
            started_at: Timestamp::from_milliseconds(0),
            timeout_seconds: None,
            last_redrive: None,
            started_by: None,
        };
        let record = Record {
            written_by: WrittenBy::StartFrame,
            written_at: Timestamp::from_milliseconds(0),
            logical_clock: 0,
            facts: Arc::new(facts),
            frame,
            events: vec![RecordedEvent::new_chained(EventKind::LambdaFunctionStarted); 5],
            left: None,
        };
        merge_frame_logs(vec![(FramePath::ROOT, RecordNumber::FIRST, Arc::new(record))])
    }

    fn ids(page: &HistoryPage) -> Vec<u64> {
        page.events.iter().map(|event| event.id).collect()
    }

    #[test]
    fn pages_follow_one_another_from_either_end() {
        for (order, pages) in [
            (HistoryOrder::OldestFirst, [vec![1, 2], vec![3, 4], vec![5]]),
            (HistoryOrder::NewestFirst, [vec![5, 4], vec![3, 2], vec![1]]),
        ] {
            let mut after = None;
            for expected in &pages {
                let page = history_page(five_events(), order, 2, after);
                assert_eq!(ids(&page), *expected);
                after = page.next;
            }
            assert_eq!(after, None);
        }
    }

    #[test]
    fn a_page_that_ends_with_the_history_is_the_last() {
        let page = history_page(five_events(), HistoryOrder::OldestFirst, 5, None);
        assert_eq!((page.events.len(), page.next), (5, None));
    }
}
