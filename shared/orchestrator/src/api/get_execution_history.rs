//! `GetExecutionHistory`.

mod event_scan;
mod forked_logs;
mod history_event;
mod history_page;
mod merge;
mod root_log;

use model::{ExecutionArn, ExecutionId};

use super::ExecutionRejection;
use crate::{
    ApiError, EngineContext, Fault,
    executions::execution_id_of_arn,
    ports::{HistoryReader, LogOrder, RecordLog},
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
pub async fn get_execution_history<P>(
    ports: &P,
    context: &EngineContext,
    request: GetExecutionHistory,
) -> Result<HistoryPage, ApiError<ExecutionRejection>>
where
    P: HistoryReader + RecordLog + Sync,
{
    let GetExecutionHistory { execution_arn, order, limit, after } = request;
    let arn = ExecutionArn::parse(&execution_arn)
        .map_err(|error| ApiError::Rejected(ExecutionRejection::InvalidArn(error)))?;
    let page = match execution_id_of_arn(&context.settings, &arn) {
        Some(id) => {
            let bytes_max = context.settings.response_bytes_max;
            load_history_page(ports, &id, (order, limit), after.as_ref(), bytes_max).await?
        }
        None => None,
    };
    page.ok_or(ApiError::Rejected(ExecutionRejection::DoesNotExist { arn: execution_arn }))
}

/// Loads a page; none if there is no such execution. That of an execution without forks costs as
/// much as the page is long. With forks, all logs are read, but only the page is kept.
async fn load_history_page<P>(
    ports: &P,
    id: &ExecutionId,
    (order, limit): (LogOrder, u32),
    after: Option<&HistoryPosition>,
    bytes_max: usize,
) -> Result<Option<HistoryPage>, Fault>
where
    P: HistoryReader + RecordLog + Sync,
{
    if ports.has_child_frames(id).await? {
        forked_logs::load_page(ports, id, (order, limit), after, bytes_max).await.map(Some)
    } else {
        root_log::load_page(ports, id, order, limit, after).await
    }
}
