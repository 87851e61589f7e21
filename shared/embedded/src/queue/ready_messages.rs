//! Messages that are due, in an order in which none waits long for the others.
//!
//! ```text
//! answers, stops ─┐  in turn   state machines ─┐  in turn   executions ─┐  in turn
//! all others     ─┴─▶          …               ┴─▶         …            ┴─▶ execution_line.rs
//! ```
//!
//! So an execution of two states goes on beside a Map of a million, a state machine beside another
//! one that is started ten thousand times, and both can be stopped.

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{ExecutionId, MessageKind};
use orchestrator::ports::MessageDelivery;
use tokio::sync::Semaphore;

use super::{
    execution_line::ExecutionLine,
    turns::{TurnsOf, WaitingLine},
};

/// The due messages of one queue.
#[derive(Debug)]
pub(super) struct ReadyMessages {
    waiting: Mutex<FairOrder>,
    /// As many permits as messages wait.
    count: Semaphore,
}

/// Messages that take turns.
#[derive(Debug, Default)]
pub(crate) struct FairOrder(
    TurnsOf<Urgency, TurnsOf<MachineKey, TurnsOf<ExecutionId, ExecutionLine>>>,
);

/// Whether someone outside of the execution waits for the effect of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Urgency {
    Urgent,
    Ordinary,
}

/// The state machine of an execution. Any of its executions names it.
#[derive(Clone, Debug)]
struct MachineKey(ExecutionId);

impl ReadyMessages {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::default(), count: Semaphore::new(0) }
    }

    pub(super) fn put(&self, delivery: MessageDelivery) {
        self.lock_waiting().put_delivery(delivery);
        self.count.add_permits(1);
    }

    /// Waits for a message. Dropping the future loses none.
    pub(super) async fn take(&self) -> Option<MessageDelivery> {
        self.count.acquire().await.ok()?.forget();
        self.lock_waiting().take_delivery()
    }

    pub(super) fn count(&self) -> usize {
        self.count.available_permits()
    }

    fn lock_waiting(&self) -> MutexGuard<'_, FairOrder> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FairOrder {
    pub(crate) fn put_delivery(&mut self, delivery: MessageDelivery) {
        let execution = delivery.message.execution.clone();
        let urgency = urgency(&delivery.message.kind);
        self.0.put((urgency, (MachineKey(execution.clone()), (execution, delivery))));
    }

    pub(crate) fn take_delivery(&mut self) -> Option<MessageDelivery> {
        let (_urgency, (_machine, (_execution, delivery))) = self.0.take()?;
        Some(delivery)
    }
}

const fn urgency(kind: &MessageKind) -> Urgency {
    match kind {
        MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. }
        | MessageKind::CompleteTask { .. }
        | MessageKind::StartActivityTask { .. }
        | MessageKind::RedriveExecution(_)
        | MessageKind::CancelJob(_) => Urgency::Urgent,
        MessageKind::StartFrame(_)
        | MessageKind::AdvanceFrame(_)
        | MessageKind::StartExecution { .. }
        | MessageKind::RunExpressExecution(_)
        | MessageKind::LogExecution { .. } => Urgency::Ordinary,
    }
}

impl MachineKey {
    fn name(&self) -> &str {
        self.0.machine_name()
    }
}

impl PartialEq for MachineKey {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for MachineKey {}

impl std::hash::Hash for MachineKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use model::{Failure, FramePath, QueueMessage, RecordNumber, ResourceName};

    use super::*;

    #[tokio::test]
    async fn one_message_is_not_behind_the_thousands_of_another_execution_or_machine() {
        let ready = ReadyMessages::new();
        for number in 0..1_000 {
            ready.put(advance("bulk", "map", number));
            ready.put(advance("many", &format!("execution-{number}"), 0));
        }
        ready.put(advance("small", "one", 7));
        ready.put(advance("bulk", "small", 7));
        let taken = take(&ready, 6).await;
        for small in [advance("small", "one", 7), advance("bulk", "small", 7)] {
            assert!(taken.contains(&small.message), "{taken:?}");
        }
    }

    #[tokio::test]
    async fn a_stop_overtakes_and_what_it_overtakes_goes_on() {
        let ready = ReadyMessages::new();
        (0..1_000).for_each(|number| ready.put(advance("bulk", "map", number)));
        let stop = || {
            let failure = Failure::default();
            delivery("bulk", "map", MessageKind::StopExecution { failure, redrives: 0 })
        };
        (0..1_000).for_each(|_| ready.put(stop()));
        let [first, second] = [0, 1].map(|number| advance("bulk", "map", number).message);
        assert_eq!(take(&ready, 4).await, [first, stop().message, second, stop().message]);
    }

    async fn take(ready: &ReadyMessages, count: usize) -> Vec<QueueMessage> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.extend(ready.take().await.map(|delivery| delivery.message));
        }
        taken
    }

    fn advance(machine: &str, execution: &str, number: u64) -> MessageDelivery {
        delivery(machine, execution, MessageKind::AdvanceFrame(RecordNumber::new(number)))
    }

    fn delivery(machine: &str, execution: &str, kind: MessageKind) -> MessageDelivery {
        let [machine, execution] =
            [machine, execution].map(|name| ResourceName::parse(name).expect("a name"));
        let execution = ExecutionId::from_names(&machine, &execution);
        let message = QueueMessage { execution, frame: FramePath::ROOT, kind };
        MessageDelivery { message, receive_count: 0 }
    }
}
