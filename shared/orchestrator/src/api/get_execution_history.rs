//! `GetExecutionHistory`.

mod history_event;
mod history_page;
mod merge;
mod root_log;

use model::{ExecutionArn, ExecutionId};

use super::ExecutionRejection;
use crate::{
    ApiError, EngineContext, Fault,
    executions::execution_id_of_arn,
    ports::{HistoryReader, LogOrder},
};

pub use history_event::{HistoryEvent, HistoryPosition, InvalidHistoryPosition};
pub use history_page::HistoryPage;
pub use merge::merge_frame_logs;

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{
        EventKind, ExecutionFacts, Frame, FrameOutcome, FramePath, FramePhase, Payload, Record,
        RecordNumber, RecordedEvent, RevisionId, StateName, Timestamp, WrittenBy,
    };

    use super::*;

    fn five_events() -> Vec<HistoryEvent> {
        let payload = Payload::empty_object();
        let frame = Frame {
            state: StateName::new("state"),
            phase: FramePhase::Ended(FrameOutcome::Succeeded(payload)),
            iteration: None,
            fork: None,
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
