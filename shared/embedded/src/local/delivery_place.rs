//! The place that a delivery takes up: one of those of its queue until it makes a call, and then a
//! slot of the called function. So deliveries that wait for calls keep nobody from the queue.

use std::cell::RefCell;

use orchestrator::ports::CallConcurrency;
use tokio::sync::OwnedSemaphorePermit;

use super::call_slots::{CallSlot, LocalCallSlots};

tokio::task_local! {
    static PLACE: RefCell<DeliveryPlace>;
}

/// What a delivery holds, and what it was refused.
#[derive(Debug)]
pub(super) struct DeliveryPlace {
    in_queue: Option<OwnedSemaphorePermit>,
    slot: Option<CallSlot>,
    refused: Option<CallConcurrency>,
}

impl DeliveryPlace {
    /// A place in the queue, and the slot that the message came back with, if it did.
    pub(super) const fn new(in_queue: OwnedSemaphorePermit, slot: Option<CallSlot>) -> Self {
        Self { in_queue: Some(in_queue), slot, refused: None }
    }

    /// Handles a delivery in this place.
    pub(super) async fn hold_during<T>(self, handling: impl Future<Output = T>) -> T {
        PLACE.scope(RefCell::new(self), handling).await
    }

    fn take_slot(&mut self, slots: &LocalCallSlots, concurrency: CallConcurrency) -> bool {
        let has_slot = self.slot.as_ref().is_some_and(|slot| slot.is_of(&concurrency));
        if !has_slot {
            let Some(slot) = slots.take_slot(&concurrency) else {
                self.refused = Some(concurrency);
                return false;
            };
            self.slot = Some(slot);
        }
        self.refused = None;
        self.in_queue = None;
        true
    }
}

/// Takes a slot for the present delivery. Code outside of a delivery has no bounds.
pub(super) fn take_slot(slots: &LocalCallSlots, concurrency: CallConcurrency) -> bool {
    PLACE.try_with(|place| place.borrow_mut().take_slot(slots, concurrency)).unwrap_or(true)
}

/// What the present delivery was refused a slot of, if it was.
pub(super) fn refused_slot() -> Option<CallConcurrency> {
    PLACE.try_with(|place| place.borrow_mut().refused.take()).ok().flatten()
}
