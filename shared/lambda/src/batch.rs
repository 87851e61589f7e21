//! A batch of messages: each is handled at the same time as the others, and succeeds or fails alone.
//!
//! ```text
//! SQS ─ batch ─▶ each message ─▶ handle ─ Done ────▶ SQS deletes it
//!                                        ├ Later ──▶ in batchItemFailures: it comes back
//!                                        ├ LaterAt ▶ hidden until then, and the same
//!                                        └ fault, panic, no time left ▶ as for Later
//! ```

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    time::{Duration, SystemTime},
};

use aws::traced;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{
    FutureExt,
    future::{Either, join_all, select},
};
use lambda_runtime::{Context, LambdaEvent};
use model::{Cue, Timestamp};
use orchestrator::{
    Verdict, handle,
    ports::{Caller, Clock, Delivery, Lane},
};
use services::with_causes;
use tokio::time::timeout;
use tracing::{Instrument, Span, error, field::Empty, info_span, warn};

use crate::{Deployment, visibility::keep_hidden};

/// Left of an invocation's time to answer it.
const MARGIN: Duration = Duration::from_millis(500);

/// Serves one lane of the queue.
#[derive(Debug)]
pub struct Worker<C> {
    deployment: Deployment<C>,
    lane: Lane,
}

impl<C: Caller + Send + Sync> Worker<C> {
    /// A worker of that lane.
    pub const fn new(deployment: Deployment<C>, lane: Lane) -> Self {
        Self { deployment, lane }
    }

    /// Handles a batch; the answer names the messages that are to come back.
    ///
    /// Spec: Lambda, "Implementing partial batch responses" with SQS.
    pub async fn batch(&self, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
        let LambdaEvent { payload: SqsEvent { records, .. }, context } = event;
        let receipts: Vec<String> =
            records.iter().filter_map(|message| message.receipt_handle.clone()).collect();
        let left = time_left(&context);
        let handled = join_all(records.iter().map(|message| self.message(message, &context, left)));
        let verdicts = match self.lane {
            Lane::Steps => handled.await,
            Lane::Tasks => {
                let queues = &self.deployment.ports.queues;
                let hidden = pin!(keep_hidden(queues, self.lane, &receipts));
                match select(pin!(handled), hidden).await {
                    Either::Left((verdicts, _)) => verdicts,
                    Either::Right((never, _)) => match never {},
                }
            }
        };
        let mut back = SqsBatchResponse::default();
        for (message, done) in records.into_iter().zip(verdicts) {
            if !done {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = message.message_id.unwrap_or_default();
                back.batch_item_failures.push(failure);
            }
        }
        back
    }

    /// Whether a message is done with.
    async fn message(&self, message: &SqsMessage, context: &Context, left: Duration) -> bool {
        let attributes = &message.attributes;
        let count = attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        let body = message.body.as_deref().unwrap_or_default();
        let queues = &self.deployment.ports.queues;
        let delivery = match queues.received(body, count.unwrap_or(1)).await {
            Ok(delivery) => delivery,
            Err(reason) => {
                let reason = with_causes(&reason);
                error!(reason, id = message.message_id, "a message cannot be read; it comes back");
                return false;
            }
        };
        let span = span_of(&delivery, context);
        let trace = attributes.get("AWSTraceHeader").cloned();
        let receipt = message.receipt_handle.as_deref().unwrap_or_default();
        let taken = self.delivery(&delivery, receipt, left);
        traced(trace, taken.instrument(span)).await
    }

    async fn delivery(&self, delivery: &Delivery, receipt: &str, left: Duration) -> bool {
        let Deployment { ports, tools } = &self.deployment;
        let handled = AssertUnwindSafe(handle(ports, tools, delivery)).catch_unwind();
        let back = match timeout(left, Box::pin(handled)).await {
            Ok(Ok(Ok(Verdict::Done))) => return true,
            Ok(Ok(Ok(Verdict::Later))) => self.visible_again(),
            Ok(Ok(Ok(Verdict::LaterAt(at)))) => Some(at),
            Ok(Ok(Err(fault))) => {
                let fault = with_causes(&fault);
                error!(fault, "a message could not be handled and comes back");
                self.visible_again()
            }
            Ok(Err(_)) => {
                error!("handling a message panicked; it comes back");
                self.visible_again()
            }
            Err(_) => {
                error!("there was not enough time for a message; it comes back");
                self.visible_again()
            }
        };
        if let Some(at) = back
            && let Err(fault) = ports.queues.hide_until(self.lane, receipt, at).await
        {
            let fault = with_causes(&fault);
            warn!(fault, "a message comes back at another time than it should");
        }
        false
    }

    /// When a message that failed is to be seen again: steps by the timeout of their queue, while
    /// that of tasks is as long as a call may last.
    fn visible_again(&self) -> Option<Timestamp> {
        let Deployment { ports, tools } = &self.deployment;
        match self.lane {
            Lane::Steps => None,
            Lane::Tasks => Some(ports.now().plus_milliseconds(tools.visibility_milliseconds)),
        }
    }
}

/// The state is known once the record is loaded.
fn span_of(delivery: &Delivery, context: &Context) -> Span {
    let Delivery { message, received } = delivery;
    let record = match &message.cue {
        Cue::Take(number) => Some(number.get()),
        Cue::Start
        | Cue::Stop { .. }
        | Cue::Expire { .. }
        | Cue::Refuse { .. }
        | Cue::Answer { .. }
        | Cue::Redrive(_) => None,
    };
    info_span!("message", request_id = %context.request_id, execution = %message.execution,
        frame = %message.frame, record, cue = %message.cue, attempt = received, state = Empty)
}

fn time_left(context: &Context) -> Duration {
    context.deadline().duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests;
