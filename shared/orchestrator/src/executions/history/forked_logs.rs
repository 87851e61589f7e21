//! Pages of the history of an execution with forks. Its logs are shown in the order of
//! `merge.rs`, but no more than the page, and what it refers to, is ever in memory.
//!
//! ```text
//! outlines of all records ─▶ the events of the page ─▶ what they follow: outlines again, to count
//! the order, where it is known   ─▶ the same        └▶ their records
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{EventRef, ExecutionId, HistoryPosition, Record, RecordKey};

use super::{
    event_scan::{EventReference, ScannedEvent, scan_events},
    history_event::HistoryEvent,
    history_page::{HistoryPage, HistoryPageRequest},
    known_order::{PageEvent, load_order},
};
use crate::{
    Fault,
    history_order::{EventOrderKey, HistoryOrderCache},
    ports::{HistoryReader, LogOrder, RecordLog},
};

/// Records that one request loads.
const RECORDS_AT_ONCE: usize = 64;

type RecordsByKey = BTreeMap<RecordKey, Arc<Record>>;

/// Loads a page. It ends early once its payloads have that many bytes.
pub(super) async fn load_page<P>(
    ports: &P,
    orders: &HistoryOrderCache,
    id: &ExecutionId,
    request: HistoryPageRequest<'_>,
) -> Result<HistoryPage, Fault>
where
    P: HistoryReader + RecordLog + Sync,
{
    let order = load_order(ports, orders, id).await?;
    let found = order.as_ref().and_then(|order| order.find_page(request));
    let (mut page, is_last) = match found {
        Some(page) => page,
        None => scan_page(ports, id, request).await?,
    };
    let records = load_records(ports, id, &page, request.bytes_max).await?;
    let with_record = |event: &PageEvent| records.contains_key(&record_key(id, &event.place));
    let shown = page.iter().take_while(|event| with_record(event)).count();
    let is_whole = shown == page.len();
    page.truncate(shown);
    let events: Vec<HistoryEvent> = page
        .into_iter()
        .filter_map(|PageEvent { id: number, place, previous_event_id }| {
            let record = records.get(&record_key(id, &place))?.clone();
            let EventRef { frame, record: record_number, index } = place.event;
            let index = index as usize;
            Some(HistoryEvent {
                id: number,
                previous_event_id,
                frame,
                record_number,
                record,
                index,
            })
        })
        .collect();
    let next = if is_last && is_whole { None } else { events.last().map(HistoryEvent::position) };
    Ok(HistoryPage { events, next })
}

/// Finds the events of a page by going through all, and whether none follow them.
async fn scan_page<P>(
    ports: &P,
    id: &ExecutionId,
    HistoryPageRequest { order, limit, after, .. }: HistoryPageRequest<'_>,
) -> Result<(Vec<PageEvent>, bool), Fault>
where
    P: HistoryReader + RecordLog + Sync,
{
    let limit = limit.max(1) as usize;
    let mut selection = EventSelection::of(order, limit + 1, after);
    scan_events(ports, id, |event| selection.offer(event)).await?;
    let (numbered, is_last) = selection.into_numbered(limit);
    let previous = number_previous(ports, id, &numbered).await?;
    let events = numbered.into_iter().map(|NumberedEvent { id, place, .. }| PageEvent {
        id,
        place,
        previous_event_id: previous.get(&id).copied().unwrap_or(0),
    });
    Ok((events.collect(), is_last))
}

/// The events of a page, as far as they were scanned.
struct EventSelection {
    order: LogOrder,
    /// How many to keep.
    most: usize,
    after: Option<(EventOrderKey, u64)>,
    kept: BTreeMap<EventOrderKey, Option<EventReference>>,
    /// How many events there are.
    total: u64,
}

/// An event of a page, whose predecessor has no number yet.
struct NumberedEvent {
    id: u64,
    place: EventOrderKey,
    previous: Option<EventReference>,
}

impl EventSelection {
    fn of(order: LogOrder, most: usize, after: Option<&HistoryPosition>) -> Self {
        let after = after.map(|after| (EventOrderKey::of_position(after), after.event_id));
        Self { order, most, after, kept: BTreeMap::new(), total: 0 }
    }

    fn offer(&mut self, event: ScannedEvent<'_>) {
        self.total += 1;
        let place = event.place;
        let is_after = |limit: &EventOrderKey| match self.order {
            LogOrder::OldestFirst => place.is_after(limit),
            LogOrder::NewestFirst => place.is_before(limit),
        };
        let is_on_later_page = || {
            let outermost = match self.order {
                LogOrder::OldestFirst => self.kept.last_key_value(),
                LogOrder::NewestFirst => self.kept.first_key_value(),
            };
            self.kept.len() >= self.most && outermost.is_some_and(|(last, _)| is_after(last))
        };
        if self.after.as_ref().is_some_and(|(after, _)| !is_after(after)) || is_on_later_page() {
            return;
        }
        self.kept.insert(place.to_owned(), event.previous.cloned());
        if self.kept.len() > self.most {
            match self.order {
                LogOrder::OldestFirst => self.kept.pop_last(),
                LogOrder::NewestFirst => self.kept.pop_first(),
            };
        }
    }

    /// The events of the page in the order asked for, and whether none follow it.
    fn into_numbered(self, limit: usize) -> (Vec<NumberedEvent>, bool) {
        let is_last = self.kept.len() <= limit;
        let numbered = |(id, (place, previous))| NumberedEvent { id, place, previous };
        let after = self.after.map(|(_, id)| id);
        let events = match self.order {
            LogOrder::OldestFirst => {
                let first = after.map_or(1, |id| id + 1);
                (first..).zip(self.kept).map(numbered).take(limit).collect()
            }
            LogOrder::NewestFirst => {
                let last = after.unwrap_or(self.total + 1).saturating_sub(1);
                (0..=last)
                    .rev()
                    .zip(self.kept.into_iter().rev())
                    .map(numbered)
                    .take(limit)
                    .collect()
            }
        };
        (events, is_last)
    }
}

/// The ids of the events that those of the page follow, by the ids of the latter. An event is
/// numbered by counting those before it.
async fn number_previous<P>(
    ports: &P,
    id: &ExecutionId,
    page: &[NumberedEvent],
) -> Result<BTreeMap<u64, u64>, Fault>
where
    P: HistoryReader + RecordLog + Sync,
{
    let mut known: BTreeMap<EventRef, u64> =
        page.iter().map(|event| (event.place.event.clone(), event.id)).collect();
    let elsewhere = page.iter().filter_map(|event| event.previous.as_ref());
    let elsewhere = elsewhere.filter(|previous| !known.contains_key(&previous.event));
    let mut wanted: Vec<EventOrderKey> =
        find_places(ports, id, elsewhere).await?.into_iter().collect();
    wanted.sort();
    let mut counts = vec![0_u64; wanted.len() + 1];
    let mut found = vec![false; wanted.len()];
    if !wanted.is_empty() {
        scan_events(ports, id, |event| {
            let position = wanted.partition_point(|place| event.place.is_after(place));
            counts[position] += 1;
            if let Some(place) = wanted.get(position) {
                found[position] |= !event.place.is_before(place);
            }
        })
        .await?;
    }
    let mut before = 0;
    for ((place, count), is_found) in wanted.into_iter().zip(counts).zip(found) {
        before += count;
        if is_found {
            known.insert(place.event, before);
        }
    }
    let number = |event: &NumberedEvent| {
        let previous = known.get(&event.previous.as_ref()?.event)?;
        Some((event.id, *previous))
    };
    Ok(page.iter().filter_map(number).collect())
}

/// Where events are in the order. Those of records that are not there are left out.
async fn find_places<P>(
    ports: &P,
    id: &ExecutionId,
    events: impl Iterator<Item = &EventReference> + Send,
) -> Result<BTreeSet<EventOrderKey>, Fault>
where
    P: RecordLog + Sync,
{
    let mut places = BTreeSet::new();
    let mut unplaced: BTreeMap<RecordKey, Vec<EventRef>> = BTreeMap::new();
    for EventReference { event, moment } in events {
        match moment {
            Some(moment) => {
                places.insert(EventOrderKey { moment: *moment, event: event.clone() });
            }
            None => unplaced.entry(key_of(id, event)).or_default().push(event.clone()),
        }
    }
    let keys: Vec<RecordKey> = unplaced.keys().cloned().collect();
    for keys in keys.chunks(RECORDS_AT_ONCE) {
        for (key, record) in load_known_records(ports, keys).await? {
            for event in unplaced.remove(&key).into_iter().flatten() {
                let recorded = usize::try_from(event.index).ok();
                let recorded = recorded.and_then(|index| record.events.get(index));
                if let Some(recorded) = recorded {
                    let moment = (record.event_time(recorded), record.logical_clock);
                    places.insert(EventOrderKey { moment, event });
                }
            }
        }
    }
    Ok(places)
}

/// The records of the first events of a page, until their payloads have that many bytes.
async fn load_records<P>(
    ports: &P,
    id: &ExecutionId,
    page: &[PageEvent],
    bytes_max: usize,
) -> Result<RecordsByKey, Fault>
where
    P: RecordLog + Sync,
{
    let (mut records, mut bytes) = (RecordsByKey::new(), 0);
    for events in page.chunks(RECORDS_AT_ONCE) {
        let keys: BTreeSet<RecordKey> =
            events.iter().map(|event| record_key(id, &event.place)).collect();
        let keys: Vec<RecordKey> =
            keys.into_iter().filter(|key| !records.contains_key(key)).collect();
        for (key, record) in load_known_records(ports, &keys).await? {
            bytes += record.payload_bytes();
            records.insert(key, record);
        }
        if bytes >= bytes_max {
            break;
        }
    }
    Ok(records)
}

/// Loads records that an outline was seen of. One may have been removed since.
async fn load_known_records<P>(ports: &P, keys: &[RecordKey]) -> Result<RecordsByKey, Fault>
where
    P: RecordLog + Sync,
{
    let mut found = RecordsByKey::new();
    let records = ports.load_records(keys).await?;
    if records.len() == keys.len() {
        found.extend(keys.iter().cloned().zip(records));
        return Ok(found);
    }
    for key in keys {
        found.extend(ports.load_record(key).await?.map(|record| (key.clone(), record)));
    }
    Ok(found)
}

fn record_key(id: &ExecutionId, place: &EventOrderKey) -> RecordKey {
    key_of(id, &place.event)
}

fn key_of(id: &ExecutionId, event: &EventRef) -> RecordKey {
    RecordKey { execution: id.clone(), frame: event.frame.clone(), number: event.record }
}
