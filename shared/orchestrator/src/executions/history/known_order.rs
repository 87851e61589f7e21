//! Pages of a history whose order is known.

use std::sync::Arc;

use model::{EventRef, ExecutionId, FramePath};

use super::{
    event_scan::{EventReference, scan_events},
    history_page::HistoryPageRequest,
};
use crate::{
    Fault,
    history_order::{
        EVENTS_MAX, EndRecord, EventOrderKey, HistoryOrder, HistoryOrderCache, KnownOrder,
        OrderedEvent,
    },
    ports::{HistoryReader, LogOrder},
};

/// An event of a page, and where its record is.
pub(super) struct PageEvent {
    pub(super) id: u64,
    pub(super) place: EventOrderKey,
    pub(super) previous_event_id: u64,
}

/// The order of an execution; none while it runs, since its order may change, and none of a history that
/// is too long to be kept.
pub(super) async fn load_order(
    ports: &(impl HistoryReader + Sync),
    cache: &HistoryOrderCache,
    id: &ExecutionId,
) -> Result<Option<Arc<HistoryOrder>>, Fault> {
    let newest = LogOrder::NewestFirst;
    let head = ports.load_log_page(id, &FramePath::ROOT, None, newest, 1).await?;
    let Some((number, record)) = head.first() else { return Ok(None) };
    if record.frame.outcome().is_none() {
        return Ok(None);
    }
    let end = EndRecord { number: *number, written: (record.written_at, record.logical_clock) };
    let known = if let Some(known) = cache.get(id, end) {
        known
    } else {
        let order = read_order(ports, id).await?;
        let known = order.map_or(KnownOrder::TooLong, |it| KnownOrder::Kept(Arc::new(it)));
        cache.insert(id, end, known.clone());
        known
    };
    Ok(match known {
        KnownOrder::Kept(order) => Some(order),
        KnownOrder::TooLong => None,
    })
}

/// Reads the order of an execution; none if it has too many events.
async fn read_order(
    ports: &impl HistoryReader,
    id: &ExecutionId,
) -> Result<Option<HistoryOrder>, Fault> {
    let mut events: Vec<(EventOrderKey, Option<EventReference>)> = Vec::new();
    let mut is_too_long = false;
    scan_events(ports, id, |event| {
        is_too_long |= events.len() == EVENTS_MAX;
        if !is_too_long {
            events.push((event.place.to_owned(), event.previous.cloned()));
        }
    })
    .await?;
    Ok((!is_too_long).then(|| HistoryOrder::of_events(events)))
}

impl HistoryOrder {
    fn of_events(mut events: Vec<(EventOrderKey, Option<EventReference>)>) -> Self {
        events.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let mut by_event: Vec<(&EventRef, u64)> =
            events.iter().zip(1..).map(|((place, _), id)| (&place.event, id)).collect();
        by_event.sort_unstable();
        let id_of = |event: &EventRef| {
            let found = by_event.binary_search_by(|(known, _)| (*known).cmp(event)).ok();
            found.map_or(0, |at| by_event[at].1)
        };
        let previous: Vec<u64> = events
            .iter()
            .map(|(_, previous)| previous.as_ref().map_or(0, |previous| id_of(&previous.event)))
            .collect();
        let numbered = events.into_iter().zip(previous);
        Self(
            numbered
                .map(|((place, _), previous_event_id)| OrderedEvent { place, previous_event_id })
                .collect(),
        )
    }

    /// The events of a page, and whether none follow them; none if the page before it was read while the
    /// execution ran, and numbered otherwise.
    pub(super) fn find_page(
        &self,
        request: HistoryPageRequest<'_>,
    ) -> Option<(Vec<PageEvent>, bool)> {
        let HistoryPageRequest { order, limit, after, .. } = request;
        let limit = limit.max(1) as usize;
        let before = match after {
            None => None,
            Some(after) => {
                let at = usize::try_from(after.event_id).ok()?.checked_sub(1)?;
                let is_same = self.0.get(at)?.place == EventOrderKey::of_position(after);
                is_same.then_some(())?;
                Some(at)
            }
        };
        let shown = |position: usize| PageEvent {
            id: position as u64 + 1,
            place: self.0[position].place.clone(),
            previous_event_id: self.0[position].previous_event_id,
        };
        Some(match order {
            LogOrder::OldestFirst => {
                let first = before.map_or(0, |at| at + 1);
                let end = self.0.len().min(first + limit);
                ((first..end).map(shown).collect(), end == self.0.len())
            }
            LogOrder::NewestFirst => {
                let end = before.unwrap_or(self.0.len());
                let first = end.saturating_sub(limit);
                ((first..end).rev().map(shown).collect(), first == 0)
            }
        })
    }
}
