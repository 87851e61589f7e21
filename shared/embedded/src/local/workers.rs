//! Workers that take messages from the queue and hand them to the use cases.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use model::{MessageKind, Timestamp};
use orchestrator::{
    Disposition, EngineContext, fault_backoff_milliseconds, forget_deaths, handle_message,
    ports::{Clock, MessageDelivery, QueueName, TaskCaller},
};
use tokio::{sync::Semaphore, task::JoinHandle};
use tracing::error;

use super::{
    LocalPorts,
    delivery_place::{self, DeliveryPlace},
};
use crate::MemoryLevel;

/// Most messages of the steps queue in flight at once: enough to fill the store's commits.
const STEPS_MAX: usize = 1_024;
/// Most messages of the tasks queue in flight at once, without those that make a call or have made
/// one: their number has its own bounds (`call_slots.rs`).
const TASKS_MAX: usize = 1_024;
/// Most Express executions in flight at once that `StartExecution` has started. Each may last for
/// minutes, so they take no places of the tasks queue.
const EXPRESS_MAX: usize = 10_000;
/// Milliseconds after which an Express execution looks again for a place to run.
const EXPRESS_RETRY_MILLISECONDS: i64 = 250;
/// How many places a delivery takes while memory is short. Of those that begin then, eight of each
/// queue are in flight.
const PLACES_IN_SHORT_MEMORY: u32 = 128;
/// Visibility timeout: milliseconds until a message that was not acknowledged is redelivered.
const VISIBILITY_MILLISECONDS: i64 = 5_000;

/// Holds the running workers of one process.
pub struct QueueWorkers {
    /// The tasks that serve the queues.
    tasks: Vec<JoinHandle<()>>,
    in_flight: Vec<(Arc<Semaphore>, usize)>,
}

impl QueueWorkers {
    /// Starts workers for the steps queue and the tasks queue.
    pub fn start_workers<C>(ports: &Arc<LocalPorts<C>>, context: &Arc<EngineContext>) -> Self
    where
        C: TaskCaller + Send + Sync + 'static,
    {
        let mut workers = Self { tasks: Vec::new(), in_flight: Vec::new() };
        for (queue_name, at_once_max) in
            [(QueueName::Steps, STEPS_MAX), (QueueName::Tasks, TASKS_MAX)]
        {
            let permits = Arc::new(Semaphore::new(at_once_max));
            workers.in_flight.push((Arc::clone(&permits), at_once_max));
            let served = serve_queue(Arc::clone(ports), Arc::clone(context), queue_name, permits);
            workers.tasks.push(tokio::spawn(served));
        }
        workers
    }

    /// Stops receiving messages and waits for the steps in flight. Does not wait for calls in
    /// flight: the log holds their claims.
    pub async fn stop_workers(self) {
        for task in &self.tasks {
            task.abort();
        }
        if let Some((steps, at_once_max)) = self.in_flight.first() {
            let all = u32::try_from(*at_once_max).unwrap_or(u32::MAX);
            drop(steps.acquire_many(all).await);
        }
    }
}

async fn serve_queue<C>(
    ports: Arc<LocalPorts<C>>,
    context: Arc<EngineContext>,
    queue_name: QueueName,
    permits: Arc<Semaphore>,
) where
    C: TaskCaller + Send + Sync + 'static,
{
    let express = Arc::new(Semaphore::new(EXPRESS_MAX));
    while let Some(delivery) = ports.queue.receive_message(queue_name).await {
        let places = match ports.memory.level() {
            MemoryLevel::Ample => 1,
            MemoryLevel::Short | MemoryLevel::Critical => PLACES_IN_SHORT_MEMORY,
        };
        let permit = if let MessageKind::RunExpressExecution(_) = delivery.message.kind {
            // Who waits here keeps everything behind it waiting.
            let Ok(permit) = Arc::clone(&express).try_acquire_many_owned(places) else {
                let again = ports.now().plus_milliseconds(EXPRESS_RETRY_MILLISECONDS);
                ports.queue.redeliver_at(delivery, queue_name, again);
                continue;
            };
            permit
        } else {
            let Ok(permit) = Arc::clone(&permits).acquire_many_owned(places).await else { return };
            permit
        };
        let (ports, context) = (Arc::clone(&ports), Arc::clone(&context));
        tokio::spawn(async move {
            let granted = ports.call_slots.granted_slot(&delivery.message.identity());
            let place = DeliveryPlace::new(permit, granted);
            place.hold_during(handle_delivery(&ports, &context, delivery, queue_name)).await;
        });
    }
}

/// Handles one delivery. A fault or a panic fails only its own message, which is redelivered.
async fn handle_delivery<C: TaskCaller + Sync>(
    ports: &LocalPorts<C>,
    context: &EngineContext,
    delivery: MessageDelivery,
    queue_name: QueueName,
) {
    let handled = AssertUnwindSafe(handle_message(ports, context, &delivery)).catch_unwind().await;
    let message = &delivery.message;
    let back = match handled {
        Ok(Ok(Disposition::Acknowledge)) => return,
        Ok(Ok(Disposition::AwaitSlot)) if let Some(function) = delivery_place::refused_slot() => {
            return ports.call_slots.await_slot(&function, delivery);
        }
        Ok(Ok(Disposition::Redeliver | Disposition::AwaitSlot)) => {
            ports.now().plus_milliseconds(VISIBILITY_MILLISECONDS)
        }
        Ok(Ok(Disposition::RedeliverAt(at))) => at,
        // Nothing comes back any more: the next process goes on from the log.
        Ok(Err(_)) if ports.compute.is_stopping() => return,
        Ok(Err(fault)) => {
            let source = std::error::Error::source(&fault).map(ToString::to_string);
            let back = visible_after_fault(ports, &delivery);
            error!(execution = %message.execution, frame = %message.frame, %fault, source, %back,
                "a message could not be handled and comes back");
            back
        }
        Err(_) => {
            let back = visible_after_fault(ports, &delivery);
            error!(execution = %message.execution, frame = %message.frame, %back,
                "handling a message panicked; it comes back");
            forget_deaths(ports, &delivery).await;
            back
        }
    };
    ports.queue.redeliver_at(delivery, queue_name, back);
}

fn visible_after_fault<C: Sync>(ports: &LocalPorts<C>, delivery: &MessageDelivery) -> Timestamp {
    let hidden = fault_backoff_milliseconds(VISIBILITY_MILLISECONDS, delivery.receive_count);
    ports.now().plus_milliseconds(hidden)
}
