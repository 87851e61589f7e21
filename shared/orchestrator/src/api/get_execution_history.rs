//! `GetExecutionHistory`.

mod merge;
mod root_log;

use std::{fmt, str::FromStr, sync::Arc};

use model::{EventKind, ExecutionArn, ExecutionId, Record, RecordNumber, RecordedEvent, Timestamp};

use super::ExecutionRejection;
use crate::{
    ApiError, EngineContext, Fault,
    executions::execution_id_of_arn,
    ports::{HistoryReader, LogOrder},
};

pub use merge::merge_frame_logs;

/// One event of an execution's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    /// The number of the event in the history, from 1 without gaps.
    pub id: u64,
    /// The id of the event that it follows; 0 for none.
    pub previous_event_id: u64,
    record_number: RecordNumber,
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

    /// Returns its position, after which another page may begin.
    pub fn position(&self) -> HistoryPosition {
        HistoryPosition { event_id: self.id, record: self.record_number }
    }

    fn recorded_event(&self) -> &RecordedEvent {
        &self.record.events[self.index]
    }
}

/// Where a page of a history ends. Its text is the position in a page token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPosition {
    /// The id of the last event on the page.
    pub event_id: u64,
    /// The number of its record in the log of its frame.
    pub record: RecordNumber,
}

/// `<event id>.<record>`
impl fmt::Display for HistoryPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.event_id, self.record)
    }
}

impl FromStr for HistoryPosition {
    type Err = InvalidHistoryPosition;

    fn from_str(text: &str) -> Result<Self, InvalidHistoryPosition> {
        let (event_id, record) = text.split_once('.').ok_or(InvalidHistoryPosition)?;
        Ok(Self {
            event_id: event_id.parse().map_err(|_| InvalidHistoryPosition)?,
            record: RecordNumber::new(record.parse().map_err(|_| InvalidHistoryPosition)?),
        })
    }
}

/// The text is not a position in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is not a position in a history")]
pub struct InvalidHistoryPosition;

/// A request for a page of an execution's history.
///
/// Spec: API reference, `GetExecutionHistory`.
#[derive(Clone, Debug)]
pub struct GetExecutionHistory {
    /// The execution's ARN.
    pub execution_arn: String,
    /// Which end comes first: the newest event with `reverseOrder`.
    pub order: LogOrder,
    /// The most events on the page; at least 1.
    pub limit: u32,
    /// Where the previous page ended; none for the first page.
    pub after: Option<HistoryPosition>,
}

/// A page of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// The events, in the order asked for.
    pub events: Vec<HistoryEvent>,
    /// Where this page ended; none on the last page.
    pub next: Option<HistoryPosition>,
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
    let page = match execution_id_of_arn(&context.settings, &arn) {
        Some(id) => load_history_page(ports, &id, order, limit, after).await?,
        None => None,
    };
    page.ok_or(ApiError::Rejected(ExecutionRejection::DoesNotExist { arn: execution_arn }))
}

/// Loads a page; none if there is no such execution. That of an execution without forks costs as
/// much as the page is long. With forks, all logs are read and merged.
async fn load_history_page(
    ports: &impl HistoryReader,
    id: &ExecutionId,
    order: LogOrder,
    limit: u32,
    after: Option<HistoryPosition>,
) -> Result<Option<HistoryPage>, Fault> {
    if !ports.has_child_frames(id).await? {
        return root_log::load_page(ports, id, order, limit, after).await;
    }
    let history = merge_frame_logs(ports.load_all_records(id).await?);
    Ok(Some(merged_page(history, order, limit, after)))
}

/// The events after a position, in the order asked for.
fn merged_page(
    mut events: Vec<HistoryEvent>,
    order: LogOrder,
    limit: u32,
    after: Option<HistoryPosition>,
) -> HistoryPage {
    let after = after.map(|position| position.event_id);
    match order {
        LogOrder::OldestFirst => events.retain(|event| after.is_none_or(|id| event.id > id)),
        LogOrder::NewestFirst => {
            events.retain(|event| after.is_none_or(|id| event.id < id));
            events.reverse();
        }
    }
    HistoryPage::of_first(events, limit)
}

impl HistoryPage {
    /// The first of these events, at most `limit` of them, and at least one if there are any.
    fn of_first(mut events: Vec<HistoryEvent>, limit: u32) -> Self {
        let limit = limit.max(1) as usize;
        let is_last = events.len() <= limit;
        events.truncate(limit);
        let next = if is_last { None } else { events.last().map(HistoryEvent::position) };
        Self { events, next }
    }
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
            (LogOrder::OldestFirst, [vec![1, 2], vec![3, 4], vec![5]]),
            (LogOrder::NewestFirst, [vec![5, 4], vec![3, 2], vec![1]]),
        ] {
            let mut after = None;
            for expected in &pages {
                let page = merged_page(five_events(), order, 2, after);
                assert_eq!(ids(&page), *expected);
                after = page.next;
            }
            assert_eq!(after, None);
        }
    }

    #[test]
    fn a_page_that_ends_with_the_history_is_the_last() {
        let page = merged_page(five_events(), LogOrder::OldestFirst, 5, None);
        assert_eq!((page.events.len(), page.next), (5, None));
    }
}
