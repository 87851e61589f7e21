//! A batch of messages. They are handled concurrently, and each succeeds or fails alone.
//!
//! ```text
//! SQS ─ batch ─▶ each message ─▶ handle_message
//!     ├ Acknowledge ────────────────▶ SQS deletes it
//!     ├ Redeliver ──────────────────▶ in batchItemFailures: it comes back
//!     ├ RedeliverAt ────────────────▶ hidden until then, and the same
//!     └ fault, panic, no time left ─▶ as for Redeliver, and counted in the metric `Faults`
//! ```

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    time::{Duration, SystemTime},
};

use aws::with_trace_header;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{
    FutureExt,
    future::{Either, join_all, select},
};
use lambda_runtime::{Context, LambdaEvent};
use model::{MessageKind, Timestamp};
use orchestrator::{
    Disposition,
    ports::{Clock, MessageDelivery, QueueName},
};
use services::format_with_causes;
use tokio::time::timeout;
use tracing::{Instrument, Span, error, field::Empty, info_span, warn};

use crate::{Deployment, MessageHandling, visibility::keep_messages_in_flight};

/// The part of an invocation's time that is reserved for its answer.
const MARGIN: Duration = Duration::from_millis(500);

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
        let verdicts = self.handle_messages(&records, &context).await;
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

    async fn handle_messages(
        &self,
        records: &[SqsMessage],
        context: &Context,
    ) -> Vec<MessageVerdict> {
        let receipts: Vec<String> =
            records.iter().filter_map(|message| message.receipt_handle.clone()).collect();
        let left = time_left(context);
        let handled =
            join_all(records.iter().map(|message| self.handle_message(message, context, left)));
        match self.queue_name {
            QueueName::Steps => handled.await,
            QueueName::Tasks => {
                let queues = &self.deployment.ports.queues;
                let hidden = pin!(keep_messages_in_flight(queues, self.queue_name, &receipts));
                match select(pin!(handled), hidden).await {
                    Either::Left((verdicts, _)) => verdicts,
                    Either::Right((never, _)) => match never {},
                }
            }
        }
    }

    async fn handle_message(
        &self,
        message: &SqsMessage,
        context: &Context,
        left: Duration,
    ) -> MessageVerdict {
        let attributes = &message.attributes;
        let count = attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        let body = message.body.as_deref().unwrap_or_default();
        let queues = &self.deployment.ports.queues;
        let delivery = match queues.read_delivery(body, count.unwrap_or(1)).await {
            Ok(delivery) => delivery,
            Err(reason) => {
                let reason = format_with_causes(&reason);
                error!(reason, id = message.message_id, "a message cannot be read; it comes back");
                return MessageVerdict::Faulted;
            }
        };
        let span = message_span(&delivery, context);
        let trace = attributes.get("AWSTraceHeader").cloned();
        let receipt = message.receipt_handle.as_deref().unwrap_or_default();
        let taken = self.handle_delivery(&delivery, receipt, left);
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
        let (verdict, back) = match timeout(left, Box::pin(handled)).await {
            Ok(Ok(Ok(Disposition::Acknowledge))) => return MessageVerdict::Done,
            Ok(Ok(Ok(Disposition::Redeliver))) => {
                (MessageVerdict::Redelivered, self.next_visible_at())
            }
            Ok(Ok(Ok(Disposition::RedeliverAt(at)))) => (MessageVerdict::Redelivered, Some(at)),
            Ok(Ok(Err(fault))) => {
                let fault = format_with_causes(&fault);
                error!(fault, "a message could not be handled and comes back");
                (MessageVerdict::Faulted, self.next_visible_at())
            }
            Ok(Err(_)) => {
                error!("handling a message panicked; it comes back");
                (MessageVerdict::Faulted, self.next_visible_at())
            }
            Err(_) => {
                error!("there was not enough time for a message; it comes back");
                (MessageVerdict::Faulted, self.next_visible_at())
            }
        };
        if let Some(at) = back
            && let Err(fault) =
                ports.queues.change_visibility_until(self.queue_name, receipt, at).await
        {
            let fault = format_with_causes(&fault);
            warn!(fault, "a message comes back at another time than it should");
        }
        verdict
    }

    /// When a failed message is to be redelivered. `None` leaves it to the visibility timeout of
    /// the queue `steps`. That of `tasks` would take too long: it is as long as a call may last.
    fn next_visible_at(&self) -> Option<Timestamp> {
        let Deployment { ports, context, .. } = &self.deployment;
        match self.queue_name {
            QueueName::Steps => None,
            QueueName::Tasks => {
                Some(ports.now().plus_milliseconds(context.settings.visibility_milliseconds))
            }
        }
    }
}

/// The span of one delivery. Its field `state` is filled in once the record is loaded.
fn message_span(delivery: &MessageDelivery, context: &Context) -> Span {
    let MessageDelivery { message, receive_count } = delivery;
    let record = match &message.kind {
        MessageKind::AdvanceFrame(number) => Some(number.as_u64()),
        MessageKind::StartFrame
        | MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. }
        | MessageKind::CompleteTask { .. }
        | MessageKind::RedriveExecution(_) => None,
    };
    info_span!("message", request_id = %context.request_id, execution = %message.execution,
        frame = %message.frame, record, kind = %message.kind, attempt = receive_count, state = Empty)
}

fn time_left(context: &Context) -> Duration {
    context.deadline().duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests;
