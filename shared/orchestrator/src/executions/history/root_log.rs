//! Pages of the history of an execution that has no frame but its root. Its log is its history, and
//! each record says how many events there are up to its end, so an event's id needs no other record.

use std::sync::Arc;

use model::{EventRef, ExecutionId, FramePath, PreviousEvent, Record, RecordNumber};

use super::{
    history_event::HistoryEvent,
    history_page::{HistoryPage, HistoryPageRequest},
};
use crate::{
    Fault,
    ports::{HistoryReader, LogOrder},
};

/// Records that are read first. Records may hold many events, so this is few.
const RECORDS_FIRST: usize = 32;

/// Loads a page; none if there is no such execution. It ends early once its payloads have as many
/// bytes as they may.
pub(super) async fn load_page(
    ports: &impl HistoryReader,
    id: &ExecutionId,
    HistoryPageRequest { order, limit, after, bytes_max }: HistoryPageRequest<'_>,
) -> Result<Option<HistoryPage>, Fault> {
    let limit = limit.max(1);
    let mut events: Vec<HistoryEvent> = Vec::new();
    let mut from = after.map(|position| position.event.record);
    let (mut records_read, mut bytes) = (0, 0);
    let is_end = loop {
        let missing = (limit as usize + 1).saturating_sub(events.len());
        let wanted = match events.len() {
            0 => RECORDS_FIRST,
            found => {
                let bytes_left = bytes_max.saturating_sub(bytes);
                let in_bytes = bytes_left.saturating_mul(records_read) / bytes.max(1) + 1;
                in_bytes.min(missing * records_read / found + 1)
            }
        };
        let records = ports.load_log_page(id, &FramePath::ROOT, from, order, wanted).await?;
        records_read += records.len();
        for (number, record) in &records {
            bytes += record.payload_bytes();
            let of_record = record_events(ports, id, *number, record).await?;
            let is_new = |event: &HistoryEvent| match (order, after) {
                (_, None) => true,
                (LogOrder::OldestFirst, Some(after)) => event.id > after.event_id,
                (LogOrder::NewestFirst, Some(after)) => event.id < after.event_id,
            };
            match order {
                LogOrder::OldestFirst => events.extend(of_record.into_iter().filter(is_new)),
                LogOrder::NewestFirst => events.extend(of_record.into_iter().rev().filter(is_new)),
            }
        }
        let last = records.last().map(|(number, _)| *number);
        from = match order {
            LogOrder::OldestFirst => last.map(RecordNumber::next_number),
            LogOrder::NewestFirst => last.and_then(RecordNumber::previous_number),
        };
        if records.len() < wanted || from.is_none() {
            break true;
        }
        if events.len() > limit as usize || (bytes >= bytes_max && !events.is_empty()) {
            break false;
        }
    };
    Ok((records_read > 0).then(|| HistoryPage::of_first(events, limit, is_end)))
}

/// The events of a record, in the order in which they happened.
async fn record_events(
    ports: &impl HistoryReader,
    id: &ExecutionId,
    record_number: RecordNumber,
    record: &Arc<Record>,
) -> Result<Vec<HistoryEvent>, Fault> {
    let before = record.frame.events.saturating_sub(record.events.len() as u64);
    let mut last_previous = 0;
    let mut events = Vec::with_capacity(record.events.len());
    for (index, event) in record.events.iter().enumerate() {
        let id_of_event = before + index as u64 + 1;
        last_previous = match &event.previous {
            PreviousEvent::Chain => id_of_event - 1,
            PreviousEvent::Sibling => last_previous,
            PreviousEvent::Nothing => 0,
            PreviousEvent::Event(event) if event.record == record_number => {
                before + u64::from(event.index) + 1
            }
            PreviousEvent::Event(event) => find_event_id(ports, id, event).await?,
        };
        events.push(HistoryEvent {
            id: id_of_event,
            previous_event_id: last_previous,
            frame: FramePath::ROOT,
            record_number,
            record: Arc::clone(record),
            index,
        });
    }
    Ok(events)
}

/// The id of an event of the root; 0 if there is none.
async fn find_event_id(
    ports: &impl HistoryReader,
    id: &ExecutionId,
    event: &EventRef,
) -> Result<u64, Fault> {
    let (from, order) = (Some(event.record), LogOrder::OldestFirst);
    let records = ports.load_log_page(id, &event.frame, from, order, 1).await?;
    Ok(records.first().filter(|(number, _)| *number == event.record).map_or(0, |(_, record)| {
        let before = record.frame.events.saturating_sub(record.events.len() as u64);
        before + u64::from(event.index) + 1
    }))
}
