//! `GetExecutionHistory`.

use model::{ExecutionArn, HistoryPosition};

use super::ExecutionRejection;
use crate::{
    ApiError, EngineContext,
    executions::{HistoryPage, HistoryPageRequest, execution_id_of_arn, load_history_page},
    ports::{HistoryReader, LogOrder, RecordLog},
};

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
    let arn = ExecutionArn::parse_of_any_type(&execution_arn).ok();
    let id = arn.and_then(|arn| execution_id_of_arn(&context.settings, &arn));
    let page = match id {
        Some(id) => {
            let bytes_max = context.settings.response_bytes_max;
            let after = after.as_ref();
            let request = HistoryPageRequest { order, limit, after, bytes_max };
            load_history_page(ports, &context.history_orders, &id, request).await?
        }
        None => None,
    };
    page.ok_or_else(|| {
        ApiError::Rejected(match ExecutionArn::parse(&execution_arn) {
            // That of an Express execution which was not kept is refused as on AWS, which keeps none.
            Err(error) => ExecutionRejection::InvalidArn(error),
            Ok(_) => ExecutionRejection::DoesNotExist { arn: execution_arn },
        })
    })
}
