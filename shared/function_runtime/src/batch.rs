//! A batch of messages. They are handled concurrently, and each succeeds or fails alone.
//!
//! ```text
//! SQS ─ batch ─▶ each message ─▶ handle_message
//!     ├ Acknowledge ────────────────▶ SQS deletes it
//!     ├ Redeliver ──────────────────▶ in batchItemFailures: it comes back
//!     ├ RedeliverAt ────────────────▶ hidden until then, and the same
//!     ├ fault, panic, no time left ─▶ hidden for longer each time, the same, and counted in the
//!     │                               metric `Faults`
//!     └ no message of ours ─────────▶ as for a fault; after many times, put away
//! ```
//!
//! A process that dies leaves the whole batch undeleted, and counts a death for each message of it
//! that is counted. So a message of which two processes have died is handled alone: the others go
//! back to the queue first.

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    time::{Duration, SystemTime},
};

use aws::{VisibilityChange, with_trace_header};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{
    FutureExt,
    future::{Either, join_all, select},
};
use lambda_runtime::{Context, LambdaEvent};
use model::{MessageKind, RecordNumber, Timestamp, limits::RECEIVES_UNREADABLE_MAX};
use orchestrator::{
    Disposition, count_earlier_deaths, fault_backoff_milliseconds, forget_deaths,
    ports::{Clock, MessageDelivery, QueueName},
};
use services::format_with_causes;
use tokio::time::timeout;
use tracing::{Instrument, Span, error, field::Empty, info_span, warn};

use crate::{Deployment, MessageHandling, visibility::keep_messages_in_flight};

/// The part of an invocation's time that is reserved for its answer, and for [`FORGETTING_MAX`].
const MARGIN: Duration = Duration::from_millis(1_500);
/// How long it may take to remove the count of deaths of a message that was not handled in time.
const FORGETTING_MAX: Duration = Duration::from_secs(1);
/// Deaths after which a message is handled alone.
const DEATHS_BESIDE_OTHERS_MAX: u32 = 1;

/// What becomes of a message of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MessageVerdict {
    /// It is done, so SQS deletes it.
    Done,
    /// It comes back, as it should.
    Redelivered,
    /// It comes back since it could not be handled.
    Faulted,
}

/// Handles the message batches of one queue.
#[derive(Debug)]
pub struct SqsBatchWorker<C> {
    deployment: Deployment<C>,
    queue_name: QueueName,
}

/// A message of a batch that could be read.
#[derive(Clone, Copy, Debug)]
struct ReadMessage<'a> {
    message: &'a SqsMessage,
    delivery: &'a MessageDelivery,
}

impl ReadMessage<'_> {
    fn receipt(&self) -> &str {
        self.message.receipt_handle.as_deref().unwrap_or_default()
    }
}

impl<C: MessageHandling + Send + Sync> SqsBatchWorker<C> {
    /// Creates the worker of that queue.
    pub const fn new(deployment: Deployment<C>, queue_name: QueueName) -> Self {
        Self { deployment, queue_name }
    }

    /// Handles a batch. The answer names the messages that must be redelivered.
    ///
    /// Spec: Lambda, "Implementing partial batch responses" with SQS.
    pub async fn handle_batch(&self, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
        let LambdaEvent { payload: SqsEvent { records, .. }, context } = event;
        let verdicts = self.settle_messages(&records, &context).await;
        let faults = verdicts.iter().filter(|verdict| **verdict == MessageVerdict::Faulted);
        self.deployment.faults.count_faults(faults.count());
        let mut back = SqsBatchResponse::default();
        for (message, verdict) in records.into_iter().zip(verdicts) {
            if verdict != MessageVerdict::Done {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = message.message_id.unwrap_or_default();
                back.batch_item_failures.push(failure);
            }
        }
        back
    }

    /// Reads all messages, and handles those that may be handled together.
    async fn settle_messages(
        &self,
        records: &[SqsMessage],
        context: &Context,
    ) -> Vec<MessageVerdict> {
        let readings = join_all(records.iter().map(|message| self.read_message(message))).await;
        let mut verdicts = Vec::new();
        let mut messages = Vec::new();
        for (index, (message, reading)) in records.iter().zip(&readings).enumerate() {
            verdicts.push(match reading {
                MessageReading::Read(delivery) => {
                    messages.push((index, ReadMessage { message, delivery }));
                    MessageVerdict::Redelivered
                }
                MessageReading::PutAway => MessageVerdict::Done,
                MessageReading::ComesBack => MessageVerdict::Faulted,
            });
        }
        if let Some(suspect) = self.take_suspect(&messages).await {
            messages = vec![suspect];
        }
        let handled = self.handle_messages(&messages, context).await;
        for ((index, _), verdict) in messages.into_iter().zip(handled) {
            verdicts[index] = verdict;
        }
        verdicts
    }

    /// Handles messages concurrently.
    async fn handle_messages(
        &self,
        messages: &[(usize, ReadMessage<'_>)],
        context: &Context,
    ) -> Vec<MessageVerdict> {
        let left = time_left(context);
        let handled = join_all(
            messages.iter().map(|(_, message)| self.handle_message(*message, context, left)),
        );
        match self.queue_name {
            QueueName::Steps => handled.await,
            QueueName::Tasks => {
                let receipts: Vec<String> =
                    messages.iter().map(|(_, message)| message.receipt().to_owned()).collect();
                let queues = &self.deployment.ports.queues;
                let hidden = pin!(keep_messages_in_flight(queues, self.queue_name, &receipts));
                match select(pin!(handled), hidden).await {
                    Either::Left((verdicts, _)) => verdicts,
                    Either::Right((never, _)) => match never {},
                }
            }
        }
    }

    /// Finds a message that is to be handled alone, and returns the others to the queue at once, so
    /// that they are out of its way. None if there is no such message, or it is alone anyway.
    async fn take_suspect<'a>(
        &self,
        messages: &[(usize, ReadMessage<'a>)],
    ) -> Option<(usize, ReadMessage<'a>)> {
        if messages.len() < 2 {
            return None;
        }
        let ports = &self.deployment.ports;
        let deaths = messages.iter().map(|(_, read)| count_earlier_deaths(ports, read.delivery));
        let deaths = join_all(deaths).await;
        // Where a count cannot be loaded, the handler of the message will meet the same fault.
        let is_suspect = |deaths: &Result<u32, _>| {
            deaths.as_ref().is_ok_and(|deaths| *deaths > DEATHS_BESIDE_OTHERS_MAX)
        };
        let at = deaths.iter().position(is_suspect)?;
        let others = messages.iter().enumerate().filter(|(index, _)| *index != at);
        let visible: Vec<VisibilityChange<'_>> = others
            .map(|(_, (_, read))| VisibilityChange { receipt: read.receipt(), seconds: 0 })
            .collect();
        if let Err(fault) = ports.queues.change_visibilities(self.queue_name, &visible).await {
            let fault = format_with_causes(&fault);
            warn!(fault, "messages come back later than they could");
        }
        messages.get(at).copied()
    }

    async fn read_message(&self, message: &SqsMessage) -> MessageReading {
        let count = message.attributes.get("ApproximateReceiveCount");
        let count: u32 = count.and_then(|count| count.parse().ok()).unwrap_or(1);
        let sent_at = message.attributes.get("SentTimestamp").and_then(|at| at.parse().ok());
        let sent_at = sent_at.map(Timestamp::from_milliseconds);
        let body = message.body.as_deref().unwrap_or_default();
        let id = message.message_id.as_deref();
        let queues = &self.deployment.ports.queues;
        let reason = match queues.read_delivery(body, count, sent_at).await {
            Ok(delivery) => return MessageReading::Read(delivery),
            Err(reason) => reason,
        };
        let is_ours_to_read = reason.is_unreadable();
        let reason = format_with_causes(&reason);
        if is_ours_to_read && count > RECEIVES_UNREADABLE_MAX {
            match queues.put_unreadable(body).await {
                Ok(()) => {
                    error!(reason, id, "a message is moved to the queue of unreadable messages");
                    return MessageReading::PutAway;
                }
                Err(fault) => {
                    let fault = format_with_causes(&fault);
                    error!(reason, fault, id, "an unreadable message cannot be put away");
                }
            }
        } else {
            error!(reason, id, "a message cannot be read; it comes back");
        }
        let receipt = message.receipt_handle.as_deref().unwrap_or_default();
        self.hide_message(receipt, self.visible_after_fault(count)).await;
        MessageReading::ComesBack
    }

    async fn handle_message(
        &self,
        read: ReadMessage<'_>,
        context: &Context,
        left: Duration,
    ) -> MessageVerdict {
        let span = message_span(read.delivery, context);
        let trace = read.message.attributes.get("AWSTraceHeader").cloned();
        let taken = self.handle_delivery(read.delivery, read.receipt(), left);
        with_trace_header(trace, taken.instrument(span)).await
    }

    async fn handle_delivery(
        &self,
        delivery: &MessageDelivery,
        receipt: &str,
        left: Duration,
    ) -> MessageVerdict {
        let Deployment { ports, context, .. } = &self.deployment;
        let handled = AssertUnwindSafe(C::handle(ports, context, delivery)).catch_unwind();
        let after_fault = || self.visible_after_fault(delivery.receive_count);
        let (verdict, visible_at) = match timeout(left, Box::pin(handled)).await {
            Ok(Ok(Ok(Disposition::Acknowledge))) => return MessageVerdict::Done,
            Ok(Ok(Ok(Disposition::Redeliver | Disposition::AwaitSlot))) => {
                (MessageVerdict::Redelivered, self.visible_after_fault(1))
            }
            Ok(Ok(Ok(Disposition::RedeliverAt(at)))) => (MessageVerdict::Redelivered, Some(at)),
            Ok(Ok(Err(fault))) => {
                let fault = format_with_causes(&fault);
                error!(fault, "a message could not be handled and comes back");
                (MessageVerdict::Faulted, after_fault())
            }
            Ok(Err(_)) => {
                error!("handling a message panicked; it comes back");
                self.forget_deaths(delivery).await;
                (MessageVerdict::Faulted, after_fault())
            }
            Err(_) => {
                error!("there was not enough time for a message; it comes back");
                self.forget_deaths(delivery).await;
                (MessageVerdict::Faulted, after_fault())
            }
        };
        self.hide_message(receipt, visible_at).await;
        verdict
    }

    /// This process lives, so it has not died of the message.
    async fn forget_deaths(&self, delivery: &MessageDelivery) {
        if timeout(FORGETTING_MAX, forget_deaths(&self.deployment.ports, delivery)).await.is_err() {
            warn!("a message counts a death of which no process has died");
        }
    }

    async fn hide_message(&self, receipt: &str, visible_at: Option<Timestamp>) {
        let queues = &self.deployment.ports.queues;
        if let Some(at) = visible_at
            && let Err(fault) = queues.change_visibility_until(self.queue_name, receipt, at).await
        {
            let fault = format_with_causes(&fault);
            warn!(fault, "a message comes back at another time than it should");
        }
    }

    /// When a message is to be redelivered that was received that many times, the last time with a
    /// fault. `None` leaves it to the visibility timeout of the queue `steps`, which is that long.
    /// That of `tasks` would take too long: it is as long as a call may last.
    fn visible_after_fault(&self, receive_count: u32) -> Option<Timestamp> {
        let Deployment { ports, context, .. } = &self.deployment;
        let interval = context.settings.visibility_milliseconds;
        let hidden = fault_backoff_milliseconds(interval, receive_count);
        match self.queue_name {
            QueueName::Steps if hidden == interval => None,
            QueueName::Steps | QueueName::Tasks => Some(ports.now().plus_milliseconds(hidden)),
        }
    }
}

/// What became of reading a message.
#[derive(Debug)]
enum MessageReading {
    Read(MessageDelivery),
    /// It is in the queue of unreadable messages.
    PutAway,
    /// It cannot be read yet.
    ComesBack,
}

/// The span of one delivery. Its field `state` is filled in once the record is loaded.
fn message_span(delivery: &MessageDelivery, context: &Context) -> Span {
    let MessageDelivery { message, receive_count } = delivery;
    let record = match &message.kind {
        MessageKind::AdvanceFrame(number) | MessageKind::CancelJob(number) => Some(number.as_u64()),
        MessageKind::StartExecution { .. } => Some(RecordNumber::FIRST.as_u64()),
        MessageKind::StartFrame(_)
        | MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. }
        | MessageKind::CompleteTask { .. }
        | MessageKind::StartActivityTask { .. }
        | MessageKind::RedriveExecution(_)
        | MessageKind::RunExpressExecution(_)
        | MessageKind::LogExecution { .. } => None,
    };
    info_span!("message", request_id = %context.request_id, execution = %message.execution,
        frame = %message.frame, record, kind = %message.kind, attempt = receive_count, state = Empty)
}

fn time_left(context: &Context) -> Duration {
    context.deadline().duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests;
