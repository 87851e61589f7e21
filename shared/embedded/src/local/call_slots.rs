//! Slots for calls, for each function apart. A message whose call finds none free waits here, and
//! comes back with the next slot of its function.
//!
//! ```text
//! take ──one is free──▶ held by the delivery ──its end──▶ held by the message that waits next
//!   └──none is free──▶ await_slot ──▶ waits, executions in turn ──▶ received again, with a slot
//! ```

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::MessageIdentity;
use orchestrator::ports::{CallConcurrency, MessageDelivery, QueueName};

use crate::queue::{FairOrder, LocalQueue};

/// The slots of all functions. Clones share them.
#[derive(Clone, Debug)]
pub struct LocalCallSlots {
    queue: LocalQueue,
    functions: Arc<Mutex<SlotsByFunction>>,
}

#[derive(Debug, Default)]
struct SlotsByFunction {
    /// Only functions of which a slot is taken.
    functions: HashMap<String, FunctionSlots>,
    /// Slots of messages that have been sent back to the queue with one.
    granted: HashMap<MessageIdentity, CallSlot>,
    /// How many messages wait, of all functions.
    waiting: usize,
}

/// Invariant: while messages wait, all slots are taken.
#[derive(Debug)]
struct FunctionSlots {
    taken: usize,
    taken_max: usize,
    waiting: FairOrder,
}

/// One slot of a function. Dropping it gives it to the message that waits for one next.
#[derive(Debug)]
pub(super) struct CallSlot {
    function: String,
    slots: LocalCallSlots,
}

impl LocalCallSlots {
    /// Creates slots of which all are free. Messages that get one come back to this queue.
    pub fn new(queue: LocalQueue) -> Self {
        Self { queue, functions: Arc::default() }
    }

    /// Returns how many messages wait for a slot.
    pub fn waiting_count(&self) -> usize {
        self.lock_functions().waiting
    }

    /// Takes a slot; none if all are taken.
    pub(super) fn take_slot(&self, concurrency: &CallConcurrency) -> Option<CallSlot> {
        let is_taken = self.lock_functions().of_function(concurrency).try_take();
        is_taken.then(|| self.slot_of(&concurrency.function))
    }

    /// Keeps a message that found no slot until its function has one for it.
    pub(super) fn await_slot(&self, concurrency: &CallConcurrency, mut delivery: MessageDelivery) {
        // It was not handled, so this was no attempt.
        delivery.receive_count = delivery.receive_count.saturating_sub(1);
        let mut slots = self.lock_functions();
        let function = slots.of_function(concurrency);
        if function.try_take() {
            drop(slots);
            self.grant(self.slot_of(&concurrency.function), delivery);
        } else {
            function.waiting.put_delivery(delivery);
            slots.waiting += 1;
        }
    }

    /// The slot that this message came back with, if it did.
    pub(super) fn granted_slot(&self, message: &MessageIdentity) -> Option<CallSlot> {
        self.lock_functions().granted.remove(message)
    }

    fn slot_of(&self, function: &str) -> CallSlot {
        CallSlot { function: function.to_owned(), slots: self.clone() }
    }

    /// Sends a message back to the queue, with its slot.
    fn grant(&self, slot: CallSlot, delivery: MessageDelivery) {
        let earlier = self.lock_functions().granted.insert(delivery.message.identity(), slot);
        // A copy of the message needs one slot only. It is given back without the lock.
        drop(earlier);
        self.queue.return_delivery(delivery, QueueName::Tasks);
    }

    fn lock_functions(&self) -> MutexGuard<'_, SlotsByFunction> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SlotsByFunction {
    fn of_function(&mut self, concurrency: &CallConcurrency) -> &mut FunctionSlots {
        let CallConcurrency { function, calls_max } = concurrency;
        self.functions.entry(function.clone()).or_insert_with(|| FunctionSlots {
            taken: 0,
            taken_max: *calls_max,
            waiting: FairOrder::default(),
        })
    }

    /// Gives a slot back. Returns the message that has it now, if one waits.
    fn give_back(&mut self, name: &str) -> Option<MessageDelivery> {
        let function = self.functions.get_mut(name)?;
        let next = function.waiting.take_delivery();
        if next.is_none() {
            function.taken -= 1;
        }
        if function.taken == 0 {
            self.functions.remove(name);
        }
        self.waiting -= usize::from(next.is_some());
        next
    }
}

impl FunctionSlots {
    fn try_take(&mut self) -> bool {
        let is_free = self.taken < self.taken_max;
        self.taken += usize::from(is_free);
        is_free
    }
}

impl CallSlot {
    pub(super) fn is_of(&self, concurrency: &CallConcurrency) -> bool {
        self.function == concurrency.function
    }
}

impl Drop for CallSlot {
    fn drop(&mut self) {
        let next = self.slots.lock_functions().give_back(&self.function);
        if let Some(next) = next {
            self.slots.grant(self.slots.slot_of(&self.function), next);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{ExecutionId, FramePath, MessageKind, QueueMessage, RecordNumber, ResourceName};

    use super::*;

    fn concurrency(function: &str) -> CallConcurrency {
        CallConcurrency { function: function.to_owned(), calls_max: 2 }
    }

    fn delivery(execution: &str, number: u64) -> MessageDelivery {
        let [machine, name] = ["m", execution].map(|n| ResourceName::parse(n).expect("a name"));
        let execution = ExecutionId::from_names(&machine, &name);
        let kind = MessageKind::AdvanceFrame(RecordNumber::new(number));
        let message = QueueMessage { execution, frame: FramePath::ROOT, kind };
        MessageDelivery { message, receive_count: 1 }
    }

    #[tokio::test]
    async fn a_slow_function_takes_no_slot_of_another() {
        let slots = LocalCallSlots::new(LocalQueue::start());
        let taken: Vec<_> = (0..9).filter_map(|_| slots.take_slot(&concurrency("slow"))).collect();
        assert_eq!(taken.len(), 2);
        assert!(slots.take_slot(&concurrency("quick")).is_some());
        drop(taken);
        assert!(slots.take_slot(&concurrency("slow")).is_some());
        assert!(slots.lock_functions().functions.is_empty(), "free slots are forgotten");
    }

    #[tokio::test]
    async fn who_waits_comes_back_with_a_slot_that_nobody_else_gets_executions_in_turn() {
        let queue = LocalQueue::start();
        let slots = LocalCallSlots::new(queue.clone());
        let function = concurrency("slow");
        let mut held: Vec<_> = (0..2).filter_map(|_| slots.take_slot(&function)).collect();
        for (execution, number) in [("bulk", 1), ("bulk", 2), ("bulk", 3), ("small", 1)] {
            slots.await_slot(&function, delivery(execution, number));
        }
        assert_eq!(slots.waiting_count(), 4);
        for expected in [delivery("bulk", 1), delivery("small", 1), delivery("bulk", 2)] {
            held.pop();
            assert!(slots.take_slot(&function).is_none(), "it is promised to who waits");
            let back = queue.receive_message(QueueName::Tasks).await.expect("a message");
            assert_eq!((&back.message, back.receive_count), (&expected.message, 1));
            held.extend(slots.granted_slot(&back.message.identity()));
        }
        assert_eq!(slots.waiting_count(), 1);
    }
}
