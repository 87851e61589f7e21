//! Pages of the history of an execution with forks. Its logs are shown in the order of
//! `merge.rs`, but no more than the page, and what it refers to, is ever in memory.
//!
//! ```text
//! outlines of all records ─▶ the events of the page ─▶ what they follow: outlines again, to count
//!                                                    └▶ their records
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{EventRef, ExecutionId, HistoryPosition, Record, RecordKey};

use super::{
    event_scan::{EventPlace, EventReference, ScannedEvent, scan_events},
    history_event::HistoryEvent,
    history_page::{HistoryPage, HistoryPageRequest},
};
use crate::{
    Fault,
    ports::{HistoryReader, LogOrder, RecordLog},
};

/// Records that one request loads.
const RECORDS_AT_ONCE: usize = 64;

type RecordsByKey = BTreeMap<RecordKey, Arc<Record>>;

/// Loads a page. It ends early once its payloads have that many bytes.
pub(super) async fn load_page<P>(
    ports: &P,
    id: &ExecutionId,
    HistoryPageRequest { order, limit, after, bytes_max }: HistoryPageRequest<'_>,
) -> Result<HistoryPage, Fault>
where
    P: HistoryReader + RecordLog + Sync,
{
    let limit = limit.max(1) as usize;
    let mut selection = EventSelection::of(order, limit + 1, after);
    scan_events(ports, id, |event| selection.offer(event)).await?;
    let (mut numbered, is_last) = selection.into_numbered(limit);
    let previous = number_previous(ports, id, &numbered).await?;
    let records = load_records(ports, id, &numbered, bytes_max).await?;
    let with_record = |event: &NumberedEvent| records.contains_key(&record_key(id, &event.place));
    let shown = numbered.iter().take_while(|event| with_record(event)).count();
    let is_whole = shown == numbered.len();
    numbered.truncate(shown);
    let events: Vec<HistoryEvent> = numbered
        .into_iter()
        .filter_map(|NumberedEvent { id: number, place, .. }| {
            let record = records.get(&record_key(id, &place))?.clone();
            let EventRef { frame, record: record_number, index } = place.event;
            Some(HistoryEvent {
                id: number,
                previous_event_id: previous.get(&number).copied().unwrap_or(0),
                frame,
                record_number,
                record,
                index: index as usize,
            })
        })
        .collect();
    let next = if is_last && is_whole { None } else { events.last().map(HistoryEvent::position) };
    Ok(HistoryPage { events, next })
}

/// The events of a page, as far as they were scanned.
struct EventSelection {
    order: LogOrder,
    /// How many to keep.
    most: usize,
    after: Option<(EventPlace, u64)>,
    kept: BTreeMap<EventPlace, Option<EventReference>>,
    /// How many events there are.
    total: u64,
}

/// An event of a page.
struct NumberedEvent {
    id: u64,
    place: EventPlace,
    previous: Option<EventReference>,
}

impl EventSelection {
    fn of(order: LogOrder, most: usize, after: Option<&HistoryPosition>) -> Self {
        let after = after.map(|after| (EventPlace::of_position(after), after.event_id));
        Self { order, most, after, kept: BTreeMap::new(), total: 0 }
    }

    fn offer(&mut self, event: ScannedEvent<'_>) {
        self.total += 1;
        let place = event.place;
        let is_after = |limit: &EventPlace| match self.order {
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
    let mut wanted: Vec<EventPlace> =
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
) -> Result<BTreeSet<EventPlace>, Fault>
where
    P: RecordLog + Sync,
{
    let mut places = BTreeSet::new();
    let mut unplaced: BTreeMap<RecordKey, Vec<EventRef>> = BTreeMap::new();
    for EventReference { event, moment } in events {
        match moment {
            Some(moment) => {
                places.insert(EventPlace { moment: *moment, event: event.clone() });
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
                    places.insert(EventPlace { moment, event });
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
    page: &[NumberedEvent],
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

fn record_key(id: &ExecutionId, place: &EventPlace) -> RecordKey {
    key_of(id, &place.event)
}

fn key_of(id: &ExecutionId, event: &EventRef) -> RecordKey {
    RecordKey { execution: id.clone(), frame: event.frame.clone(), number: event.record }
}
