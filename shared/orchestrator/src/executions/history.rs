//! The history of an execution: the logs of its frames as one list of numbered events.

mod event_details;
mod event_scan;
mod forked_logs;
mod history_event;
mod history_page;
mod known_order;
mod merge;
mod root_log;

use model::ExecutionId;

use crate::{
    Fault,
    history_order::HistoryOrderCache,
    ports::{HistoryReader, RecordLog},
};

pub use event_details::{HistoryEventDetails, StartedVersionArns};
pub use history_event::HistoryEvent;
pub use history_page::HistoryPage;
pub use merge::merge_frame_logs;

pub(crate) use history_page::HistoryPageRequest;

/// Loads a page; none if there is no such execution. That of an execution without forks costs as
/// much as the page is long. With forks, all logs are read, but only the page is kept; once it has ended,
/// its order is kept too, and further pages cost as much as they are long.
pub(crate) async fn load_history_page<P>(
    ports: &P,
    orders: &HistoryOrderCache,
    id: &ExecutionId,
    request: HistoryPageRequest<'_>,
) -> Result<Option<HistoryPage>, Fault>
where
    P: HistoryReader + RecordLog + Sync,
{
    if ports.has_child_frames(id).await? {
        forked_logs::load_page(ports, orders, id, request).await.map(Some)
    } else {
        root_log::load_page(ports, id, request).await
    }
}
