//! The queue: one of SQS for each lane, one for what nobody could handle, and rows of the table for
//! what is due later than SQS can wait.
//!
//! ```text
//! send ──due within 15 minutes──▶ SQS, with the delay ──▶ received ──▶ acknowledged
//!   └──later──▶ row of its minute ──move_due──▶ SQS      └──hidden──▶ received again
//! ```

use std::{fmt, sync::Arc, time::Duration};

use aws_sdk_sqs::{
    Client,
    config::{Config, StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig},
    error::SdkError,
    types::{ChangeMessageVisibilityBatchRequestEntry, MessageSystemAttributeName},
};
use model::{Message, Timestamp};
use orchestrator::{
    Fault,
    ports::{Clock, DeadLetters, Delivery, Lane, Queue},
};
use serde::Serialize;
use tokio::sync::OnceCell;
use tracing::error;

use crate::{
    Error,
    body::inflated,
    envelope::{self, Opened, Sealed},
    retry::{Twice, persist},
    table::{Table, each},
};

/// Spec: `SendMessage` § `DelaySeconds`.
pub(crate) const DELAY_SECONDS_MAX: i64 = 900;
/// Spec: `ChangeMessageVisibility` § `VisibilityTimeout`.
const HIDDEN_SECONDS_MAX: i64 = 43_200;
/// Spec: `ReceiveMessage` § `WaitTimeSeconds`.
const WAIT_SECONDS_MAX: i32 = 20;
/// Spec: `ReceiveMessage` § `MaxNumberOfMessages`.
const MESSAGES_MAX: i32 = 10;
/// Entries of one request that acts on many messages.
///
/// Spec: `SendMessageBatch` § `Entries`, `ChangeMessageVisibilityBatch` § `Entries`.
pub(crate) const BATCH_MAX: usize = 10;
/// How long one attempt may take: longer than a reception waits.
const ATTEMPT_MAX: Duration = Duration::from_secs(25);

/// Where the queues are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrls {
    /// Of [`Lane::Steps`].
    pub steps: String,
    /// Of [`Lane::Tasks`].
    pub tasks: String,
    /// What nobody could handle.
    pub dead_letters: String,
}

/// Messages in SQS, and in the table while their time is far. Cloning shares it.
#[derive(Clone)]
pub struct Queues<C> {
    inner: Arc<Inner<C>>,
}

struct Inner<C> {
    client: Client,
    urls: QueueUrls,
    table: Table,
    clock: C,
    /// Whether this process has made sure that runs of `move_due` begin somewhere.
    begun: OnceCell<()>,
}

/// A message that was received. It is received again unless it is acknowledged.
#[derive(Clone, Debug)]
pub struct Received {
    /// The message.
    pub delivery: Delivery,
    /// Names this reception to SQS.
    pub receipt: String,
}

/// A message that was received and is to stay hidden for a while.
#[derive(Clone, Copy, Debug)]
pub struct Hidden<'a> {
    /// Names the reception to SQS.
    pub receipt: &'a str,
    /// For how long from now on.
    pub seconds: i32,
}

/// What people look at.
#[derive(Serialize)]
struct Buried<'a> {
    reason: &'a str,
    message: &'a Message,
}

impl<C: Clock> Queues<C> {
    /// The queues by a client of these settings. The SDK's own retries are turned off.
    pub fn new(config: &Config, urls: QueueUrls, table: Table, clock: C) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_MAX).build();
        let config = config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            // It takes a long poll for a connection that hangs.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let client = Client::from_conf(config);
        Self { inner: Arc::new(Inner { client, urls, table, clock, begun: OnceCell::new() }) }
    }

    /// Waits up to 20 seconds for messages of a lane; at most 10. They are hidden for the queue's
    /// visibility timeout.
    pub async fn receive(&self, lane: Lane) -> Result<Vec<Received>, Fault> {
        let request = self
            .inner
            .client
            .receive_message()
            .queue_url(self.url(lane))
            .max_number_of_messages(MESSAGES_MAX)
            .wait_time_seconds(WAIT_SECONDS_MAX)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        let answer = persist(Twice::IsOnce, || request.clone().send()).await?;
        let mut received = Vec::new();
        for message in answer.messages.unwrap_or_default() {
            received.extend(self.of_sqs(message).await);
        }
        Ok(received)
    }

    async fn of_sqs(&self, message: aws_sdk_sqs::types::Message) -> Option<Received> {
        let count = message.attributes.as_ref().and_then(|attributes| {
            attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount)?.parse().ok()
        });
        let body = message.body.as_deref().unwrap_or_default();
        match self.received(body, count.unwrap_or(1)).await {
            Ok(delivery) => Some(Received { delivery, receipt: message.receipt_handle? }),
            Err(error) => {
                error!(
                    error = &error as &dyn std::error::Error,
                    id = message.message_id,
                    "a message cannot be read"
                );
                None
            }
        }
    }

    /// The delivery of a message with that body, received so often. After an error it is to come
    /// back, and goes where the queue's own redrive policy says if it never can be read.
    pub async fn received(&self, body: &str, count: u32) -> Result<Delivery, Error> {
        let message = match envelope::opened(body)? {
            Opened::Message(message) => message,
            Opened::Elsewhere(pk, parts) => {
                inflated(&pk, &self.inner.table.parts(&pk, &parts).await?)?
            }
        };
        Ok(Delivery { message, received: count.max(1) })
    }

    /// The body of a message. Once this returns, what is too large for one is durable.
    async fn sealed(&self, pk: &str, message: &impl Serialize) -> Result<String, Error> {
        match envelope::sealed(pk, message)? {
            Sealed::Body(body) => Ok(body),
            Sealed::TooLarge(packed) => {
                let parts = self.inner.table.put_parts(pk, &packed).await?;
                envelope::naming(pk, &parts)
            }
        }
    }

    /// Once this returns, the message is not received again.
    pub async fn acknowledge(&self, lane: Lane, receipt: &str) -> Result<(), Fault> {
        let request = self.inner.client.delete_message();
        let request = request.queue_url(self.url(lane)).receipt_handle(receipt);
        persist(Twice::IsOnce, || request.clone().send()).await?;
        Ok(())
    }

    /// Once this returns, the message is received again at that time, or in 12 hours if that is
    /// earlier. One that was hidden for too short a time already is: that is no fault.
    pub async fn hide_until(&self, lane: Lane, receipt: &str, at: Timestamp) -> Result<(), Fault> {
        let seconds = self.seconds_until(at).min(HIDDEN_SECONDS_MAX);
        Ok(self.hide(lane, receipt, i32::try_from(seconds).unwrap_or(i32::MAX)).await?)
    }

    async fn hide(&self, lane: Lane, receipt: &str, seconds: i32) -> Result<(), Error> {
        let request = self
            .inner
            .client
            .change_message_visibility()
            .queue_url(self.url(lane))
            .receipt_handle(receipt)
            .visibility_timeout(seconds);
        let send = || {
            let request = request.clone();
            async move {
                match request.send().await {
                    Err(SdkError::ServiceError(failed))
                        if failed.err().is_message_not_inflight() =>
                    {
                        Ok(())
                    }
                    answered => answered.map(|_| ()),
                }
            }
        };
        persist(Twice::IsOnce, send).await?;
        Ok(())
    }

    /// Once this returns, each of these messages is received again in so many seconds, unless it
    /// is acknowledged before. Those that are gone or are visible already stay as they are.
    pub async fn hide_all(&self, lane: Lane, hidden: &[Hidden<'_>]) -> Result<(), Fault> {
        let batches = hidden.chunks(BATCH_MAX).map(|batch| self.hide_batch(lane, batch));
        for answered in each(batches.collect()).await {
            answered?;
        }
        Ok(())
    }

    async fn hide_batch(&self, lane: Lane, batch: &[Hidden<'_>]) -> Result<(), Error> {
        if let [Hidden { receipt, seconds }] = batch {
            return self.hide(lane, receipt, *seconds).await;
        }
        let request = self.inner.client.change_message_visibility_batch();
        let mut request = request.queue_url(self.url(lane));
        for (index, Hidden { receipt, seconds }) in batch.iter().enumerate() {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(*receipt)
                .visibility_timeout(*seconds)
                .build()
                .map_err(|error| Error::broken(self.url(lane), error))?;
            request = request.entries(entry);
        }
        persist(Twice::IsOnce, || request.clone().send()).await?;
        Ok(())
    }

    pub(crate) fn client(&self) -> &Client {
        &self.inner.client
    }

    pub(crate) fn url(&self, lane: Lane) -> &str {
        match lane {
            Lane::Steps => &self.inner.urls.steps,
            Lane::Tasks => &self.inner.urls.tasks,
        }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.inner.table
    }

    pub(crate) fn begun(&self) -> &OnceCell<()> {
        &self.inner.begun
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Whole seconds after which that time has come; none are left once it has.
    pub(crate) fn seconds_until(&self, at: Timestamp) -> i64 {
        let left = at.milliseconds().saturating_sub(self.now().milliseconds()).max(0);
        left / 1000 + i64::from(left % 1000 > 0)
    }
}

impl<C: Clock + Send + Sync> Queue for Queues<C> {
    async fn send(&self, message: Message, lane: Lane, at: Option<Timestamp>) -> Result<(), Fault> {
        let body = self.sealed(message.execution.as_str(), &message).await?;
        let far = at.filter(|at| self.seconds_until(*at) > DELAY_SECONDS_MAX);
        if let Some(at) = far {
            return Ok(self.put_off(body, lane, at).await?);
        }
        let delay = at.map_or(0, |at| self.seconds_until(at));
        Ok(self.send_body(self.url(lane), &body, delay).await?)
    }

    async fn send_all(&self, messages: Vec<(Message, Lane)>) -> Result<(), Fault> {
        for lane in [Lane::Steps, Lane::Tasks] {
            let mut bodies = Vec::new();
            for (message, _) in messages.iter().filter(|(_, of)| *of == lane) {
                bodies.push(self.sealed(message.execution.as_str(), message).await?);
            }
            self.send_bodies(self.url(lane), &bodies).await?;
        }
        Ok(())
    }
}

impl<C: Clock + Send + Sync> DeadLetters for Queues<C> {
    async fn bury(&self, message: &Message, reason: &str) -> Result<(), Fault> {
        let buried = Buried { reason, message };
        let body = self.sealed(message.execution.as_str(), &buried).await?;
        Ok(self.send_body(&self.inner.urls.dead_letters, &body, 0).await?)
    }
}

impl<C> fmt::Debug for Queues<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queues").field("urls", &self.inner.urls).finish_non_exhaustive()
    }
}
