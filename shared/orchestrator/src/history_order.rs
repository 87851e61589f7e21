//! The order of the events of executions that have ended, kept in memory: whoever reads a page of a long
//! history reads the others too.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use lru::LruCache;
use model::{EventRef, ExecutionId, HistoryPosition, RecordNumber, Timestamp};

/// The most events of all orders, and so of one: some 100 bytes each.
pub(crate) const EVENTS_MAX: usize = 200_000;

/// The time of an event and the logical clock of its record.
pub(crate) type ClockedTime = (Timestamp, u64);

/// Where an event is in the order of the history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventOrderKey {
    pub(crate) moment: ClockedTime,
    pub(crate) event: EventRef,
}

impl EventOrderKey {
    /// Where a page has ended.
    pub(crate) fn of_position(position: &HistoryPosition) -> Self {
        Self { moment: position.moment, event: position.event.clone() }
    }
}

/// All events in their order: the first has the id 1.
#[derive(Debug)]
pub(crate) struct HistoryOrder(pub(crate) Vec<OrderedEvent>);

#[derive(Debug)]
pub(crate) struct OrderedEvent {
    pub(crate) place: EventOrderKey,
    pub(crate) previous_event_id: u64,
}

/// The last record of an execution that has ended: another one after a redrive, and of another execution
/// with the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EndRecord {
    pub(crate) number: RecordNumber,
    pub(crate) written: ClockedTime,
}

/// The orders that were used last.
pub(crate) struct HistoryOrderCache(Mutex<KeptOrders>);

struct KeptOrders {
    orders: LruCache<ExecutionId, (EndRecord, KnownOrder)>,
    /// Those of all orders, and one for each that is not kept.
    events: usize,
}

/// What is known of the order of an execution that has ended.
#[derive(Clone, Debug)]
pub(crate) enum KnownOrder {
    Kept(Arc<HistoryOrder>),
    /// It has more events than are kept.
    TooLong,
}

impl KnownOrder {
    fn weight(&self) -> usize {
        match self {
            Self::Kept(order) => order.0.len(),
            Self::TooLong => 1,
        }
    }
}

impl Default for HistoryOrderCache {
    fn default() -> Self {
        Self(Mutex::new(KeptOrders { orders: LruCache::unbounded(), events: 0 }))
    }
}

impl fmt::Debug for HistoryOrderCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HistoryOrderCache")
    }
}

impl HistoryOrderCache {
    /// What is known of an execution that has ended with that record.
    pub(crate) fn get(&self, id: &ExecutionId, end: EndRecord) -> Option<KnownOrder> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known_end, known) = kept.orders.get(id)?;
        (*known_end == end).then(|| known.clone())
    }

    /// Keeps what is known of an order in place of those that were used the longest ago.
    pub(crate) fn insert(&self, id: &ExecutionId, end: EndRecord, known: KnownOrder) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.events += known.weight();
        if let Some((_, (_, replaced))) = kept.orders.push(id.clone(), (end, known)) {
            kept.events -= replaced.weight();
        }
        while kept.events > EVENTS_MAX {
            let Some((_, (_, oldest))) = kept.orders.pop_lru() else { break };
            kept.events -= oldest.weight();
        }
    }
}

#[cfg(test)]
mod tests {
    use model::ResourceName;

    use super::*;

    fn order_of(events: usize) -> KnownOrder {
        let event =
            EventRef { frame: model::FramePath::ROOT, record: RecordNumber::FIRST, index: 0 };
        let moment = (Timestamp::from_milliseconds(0), 0);
        let place = EventOrderKey { moment, event };
        let ordered = || OrderedEvent { place: place.clone(), previous_event_id: 0 };
        KnownOrder::Kept(Arc::new(HistoryOrder((0..events).map(|_| ordered()).collect())))
    }

    fn execution(execution: &str) -> ExecutionId {
        let name = |name: &str| ResourceName::parse(name).expect("a name");
        ExecutionId::from_names(&name("m"), &name(execution))
    }

    fn end(number: u64) -> EndRecord {
        let written = (Timestamp::from_milliseconds(7), 3);
        EndRecord { number: RecordNumber::new(number), written }
    }

    #[test]
    fn a_redrive_makes_an_order_stale() {
        let cache = HistoryOrderCache::default();
        cache.insert(&execution("a"), end(4), order_of(3));
        assert!(cache.get(&execution("a"), end(4)).is_some());
        assert!(cache.get(&execution("a"), end(9)).is_none());
        assert!(cache.get(&execution("b"), end(4)).is_none());
    }

    #[test]
    fn what_was_used_the_longest_ago_makes_room() {
        let cache = HistoryOrderCache::default();
        for name in ["a", "b", "c"] {
            cache.insert(&execution(name), end(1), order_of(EVENTS_MAX / 2));
            cache.get(&execution("a"), end(1));
        }
        let is_kept = |name| cache.get(&execution(name), end(1)).is_some();
        assert_eq!(["a", "b", "c"].map(is_kept), [true, false, true]);
    }
}
