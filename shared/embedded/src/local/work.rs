//! Workers: they take messages from the queue and hand them to the use cases.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use model::Timestamp;
use orchestrator::{
    Tools, Verdict, handle,
    ports::{Caller, Clock, Delivery, Lane},
    wake_forgotten,
};
use tokio::{sync::Semaphore, task::JoinHandle};
use tracing::{error, warn};

use super::LocalPorts;

/// Deliveries of states that call nothing, under way at once: enough to fill the store's commits.
const STEPS_MAX: usize = 1_024;
/// Calls under way at once.
const TASKS_MAX: usize = 1_024;
/// Milliseconds between two looks for what was forgotten.
const MINUTE_MILLISECONDS: i64 = 60_000;
/// Milliseconds until a message that was not acknowledged is seen again.
const VISIBILITY_MILLISECONDS: i64 = 5_000;

/// The running workers of one process.
pub struct Workers {
    /// What serves the lanes, and what is done every minute.
    lanes: Vec<JoinHandle<()>>,
    under_way: Vec<(Arc<Semaphore>, usize)>,
}

impl Workers {
    /// Starts serving both lanes of the queue.
    pub fn start<C>(ports: &Arc<LocalPorts<C>>, tools: &Arc<Tools>) -> Self
    where
        C: Caller + Send + Sync + 'static,
    {
        let mut workers = Self { lanes: Vec::new(), under_way: Vec::new() };
        for (lane, at_once_max) in [(Lane::Steps, STEPS_MAX), (Lane::Tasks, TASKS_MAX)] {
            let permits = Arc::new(Semaphore::new(at_once_max));
            workers.under_way.push((Arc::clone(&permits), at_once_max));
            let served = serve(Arc::clone(ports), Arc::clone(tools), lane, permits);
            workers.lanes.push(tokio::spawn(served));
        }
        let minutely = every_minute(Arc::clone(ports), Arc::clone(tools));
        workers.lanes.push(tokio::spawn(minutely));
        workers
    }

    /// Takes no more messages and waits for the steps under way. Calls under way are left: the log
    /// says that they were claimed.
    pub async fn stop(self) {
        for lane in &self.lanes {
            lane.abort();
        }
        if let Some((steps, at_once_max)) = self.under_way.first() {
            let all = u32::try_from(*at_once_max).unwrap_or(u32::MAX);
            drop(steps.acquire_many(all).await);
        }
    }
}

/// A caller that hangs up takes his request's work with it, so a start may be forgotten without any
/// crash.
async fn every_minute<C>(ports: Arc<LocalPorts<C>>, tools: Arc<Tools>)
where
    C: Send + Sync + 'static,
{
    loop {
        ports.sleep_until(ports.now().plus_milliseconds(MINUTE_MILLISECONDS)).await;
        match wake_forgotten(&*ports, &tools).await {
            Ok(0) => {}
            Ok(count) => warn!(count, "executions that had not got on were woken"),
            Err(fault) => warn!(%fault, "forgotten executions could not be looked for"),
        }
    }
}

async fn serve<C>(ports: Arc<LocalPorts<C>>, tools: Arc<Tools>, lane: Lane, permits: Arc<Semaphore>)
where
    C: Caller + Send + Sync + 'static,
{
    while let Some(delivery) = ports.queue.receive(lane).await {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let (ports, tools) = (Arc::clone(&ports), Arc::clone(&tools));
        tokio::spawn(async move {
            deliver(&ports, &tools, delivery, lane).await;
            drop(permit);
        });
    }
}

/// One delivery; a fault or a panic fails only its own message, which comes back.
async fn deliver<C: Caller + Sync>(
    ports: &LocalPorts<C>,
    tools: &Tools,
    delivery: Delivery,
    lane: Lane,
) {
    let handled = AssertUnwindSafe(handle(ports, tools, &delivery)).catch_unwind().await;
    let message = &delivery.message;
    let back = match handled {
        Ok(Ok(Verdict::Done)) => return,
        Ok(Ok(Verdict::Later)) => visible_again(ports),
        Ok(Ok(Verdict::LaterAt(at))) => at,
        Ok(Err(fault)) => {
            let source = std::error::Error::source(&fault).map(ToString::to_string);
            error!(execution = %message.execution, frame = %message.frame, %fault, source,
                "a message could not be handled and comes back");
            visible_again(ports)
        }
        Err(_) => {
            error!(execution = %message.execution, frame = %message.frame,
                "handling a message panicked; it comes back");
            visible_again(ports)
        }
    };
    ports.queue.later(delivery, lane, back);
}

fn visible_again<C: Sync>(ports: &LocalPorts<C>) -> Timestamp {
    ports.now().plus_milliseconds(VISIBILITY_MILLISECONDS)
}
