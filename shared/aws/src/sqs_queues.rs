//! The message queue: one SQS queue for each [`QueueName`], one for dead letters, and rows of the
//! table for messages that are due later than SQS can delay them.
//!
//! ```text
//! send_message ──due within 15 minutes──▶ SQS, with the delay ──▶ in flight ──▶ acknowledged
//!   └──later──▶ row of its minute ──move_due_messages──▶ SQS        └──timeout──▶ received again
//! ```

use std::{fmt, sync::Arc, time::Duration};

use aws_sdk_sqs::{
    Client,
    config::{Config, StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig},
    error::SdkError,
    types::{ChangeMessageVisibilityBatchRequestEntry, MessageSystemAttributeName},
};
use model::{
    ExecutionId, FramePath, MessageKind, QueueMessage, RecordKey, StoredRecord, Timestamp,
};
use orchestrator::{
    Fault,
    ports::{Clock, DeadLetterQueue, MessageDelivery, MessageQueue, QueueName},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::OnceCell;
use tracing::error;

use crate::{
    Error,
    dynamodb_table::{DynamoDbTable, join_bounded},
    message_body::{self, DecodedMessage, EncodedMessage},
    packed_attribute::decompress_json,
    retry::{RetryPolicy, send_with_retry},
    send_message::{OutgoingBody, group_of_execution},
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
/// How long one attempt may take: longer than a long poll waits.
const ATTEMPT_MAX: Duration = Duration::from_secs(25);

/// The URLs of the queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrls {
    /// The queue [`QueueName::Steps`].
    pub steps: String,
    /// The queue [`QueueName::Tasks`].
    pub tasks: String,
    /// The dead-letter queue.
    pub dead_letters: String,
    /// The queue of messages that no version has been able to read.
    pub unreadable: String,
}

/// Messages in SQS, and in the table while they are due too late for SQS. Clones share it.
#[derive(Clone)]
pub struct SqsQueues<C> {
    inner: Arc<SqsQueuesInner<C>>,
}

struct SqsQueuesInner<C> {
    client: Client,
    urls: QueueUrls,
    table: DynamoDbTable,
    clock: C,
    /// Set once this process has made sure that `move_due_messages` has a checkpoint.
    delayed_messages_checkpoint_ensured: OnceCell<()>,
}

/// A message that was received. It is received again unless it is acknowledged.
#[derive(Clone, Debug)]
pub struct ReceivedSqsMessage {
    /// The message, and how often it was received.
    pub delivery: MessageDelivery,
    /// The receipt handle, which names this reception to SQS.
    pub receipt: String,
}

/// A received message and how long it is to stay hidden.
#[derive(Clone, Copy, Debug)]
pub struct VisibilityChange<'a> {
    /// The receipt handle, which names the reception to SQS.
    pub receipt: &'a str,
    /// Seconds for which the message stays hidden, counted from the request.
    pub seconds: i32,
}

/// The body of a dead letter, for people to read.
#[derive(Serialize)]
struct DeadLetterBody<'a> {
    reason: &'a str,
    message: &'a QueueMessage,
}

/// The body of a message that carries the record which it is about.
#[derive(Serialize)]
struct BodyWithRecord<'a> {
    execution: &'a ExecutionId,
    frame: &'a FramePath,
    kind: &'a MessageKind,
    record: &'a RawValue,
}

/// The body of any message.
#[derive(Deserialize)]
struct ReceivedBody {
    execution: ExecutionId,
    frame: FramePath,
    kind: MessageKind,
    #[serde(default)]
    record: Option<Box<RawValue>>,
}

impl<C: Clock> SqsQueues<C> {
    /// Builds the queues with a client of these settings. The SDK's own retries are turned off.
    pub fn new(config: &Config, urls: QueueUrls, table: DynamoDbTable, clock: C) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_MAX).build();
        let config = config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            // Stalled-stream protection would take a long poll for a connection that hangs.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let client = Client::from_conf(config);
        Self {
            inner: Arc::new(SqsQueuesInner {
                client,
                urls,
                table,
                clock,
                delayed_messages_checkpoint_ensured: OnceCell::new(),
            }),
        }
    }

    /// Waits up to 20 seconds for messages of a queue and returns at most 10. They are hidden for
    /// the queue's visibility timeout.
    pub async fn receive_messages(
        &self,
        queue_name: QueueName,
    ) -> Result<Vec<ReceivedSqsMessage>, Fault> {
        let request = self
            .inner
            .client
            .receive_message()
            .queue_url(self.queue_url(queue_name))
            .max_number_of_messages(MESSAGES_MAX)
            .wait_time_seconds(WAIT_SECONDS_MAX)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let answer = send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
        let mut receive_count = Vec::new();
        for message in answer.messages.unwrap_or_default() {
            receive_count.extend(self.read_sqs_message(message).await);
        }
        Ok(receive_count)
    }

    async fn read_sqs_message(
        &self,
        message: aws_sdk_sqs::types::Message,
    ) -> Option<ReceivedSqsMessage> {
        let number = |name| message.attributes.as_ref()?.get(&name)?.parse::<i64>().ok();
        let count = number(MessageSystemAttributeName::ApproximateReceiveCount);
        let count = count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
        let sent_at = number(MessageSystemAttributeName::SentTimestamp);
        let sent_at = sent_at.map(Timestamp::from_milliseconds);
        let body = message.body.as_deref().unwrap_or_default();
        match self.read_delivery(body, count, sent_at).await {
            Ok(delivery) => Some(ReceivedSqsMessage { delivery, receipt: message.receipt_handle? }),
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

    /// Reads the delivery of a message with that body, which was sent at that time and received
    /// `count` times. A record that it carries is kept for its first delivery. After an error the
    /// message must be redelivered, since a newer version may be able to read it, and in the end be
    /// put away by [`Self::put_unreadable`].
    pub async fn read_delivery(
        &self,
        body: &str,
        count: u32,
        sent_at: Option<Timestamp>,
    ) -> Result<MessageDelivery, Error> {
        let received = match message_body::decode_message(body)? {
            DecodedMessage::Message(received) => received,
            DecodedMessage::InParts(pk, parts) => {
                decompress_json(&pk, &self.inner.table.read_parts(&pk, &parts).await?)?
            }
        };
        let ReceivedBody { execution, frame, kind, record } = received;
        let message = QueueMessage { execution, frame, kind };
        // One that this version cannot read is read from the table, where that is a fault.
        let record = record.and_then(|record| StoredRecord::parse_json(record.get()).ok());
        if let (Some(record), Some(key), Some(sent_at), 0..=1) =
            (record, advanced_record(&message), sent_at, count)
        {
            self.inner.table.sent_records().keep_received(key, record, sent_at);
        }
        Ok(MessageDelivery { message, receive_count: count.max(1) })
    }

    /// The body of a message. Once this returns, parts that it refers to are durable.
    async fn encode_message_body(
        &self,
        pk: &str,
        message: &impl Serialize,
    ) -> Result<String, Error> {
        match message_body::encode_message(pk, message)? {
            EncodedMessage::Body(body) => Ok(body),
            EncodedMessage::TooLarge(packed) => {
                let parts = self.inner.table.put_parts(pk, &packed).await?;
                message_body::encode_parts_reference(pk, &parts)
            }
        }
    }

    /// The body of a message, with the record that it is about if this process has just appended it.
    async fn encode_with_record(&self, message: &QueueMessage) -> Result<String, Error> {
        let QueueMessage { execution, frame, kind } = message;
        let pk = execution.as_str();
        let key = advanced_record(message);
        let record = key.and_then(|key| self.inner.table.sent_records().take_appended(&key));
        let Some(record) = record else { return self.encode_message_body(pk, message).await };
        let record = RawValue::from_string(record).map_err(|error| Error::broken(pk, error))?;
        let record = &*record;
        self.encode_message_body(pk, &BodyWithRecord { execution, frame, kind, record }).await
    }

    /// Once this returns, the message is not received again.
    pub async fn acknowledge_message(
        &self,
        queue_name: QueueName,
        receipt: &str,
    ) -> Result<(), Fault> {
        let request = self.inner.client.delete_message();
        let request = request.queue_url(self.queue_url(queue_name)).receipt_handle(receipt);
        send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
        Ok(())
    }

    /// Keeps the body of a message that cannot be read, as it is: moved back to a queue, it is the
    /// same message. Once this returns, it is kept. May be repeated.
    pub async fn put_unreadable(&self, body: &str) -> Result<(), Fault> {
        let body = OutgoingBody::ungrouped(body.to_owned());
        Ok(self.send_message_body(&self.inner.urls.unreadable, &body).await?)
    }

    /// Once this returns, the message is hidden until that time, or for 12 hours if that is
    /// shorter. It is no fault if the message is not in flight.
    pub async fn change_visibility_until(
        &self,
        queue_name: QueueName,
        receipt: &str,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let seconds = self.seconds_until(at).min(HIDDEN_SECONDS_MAX);
        Ok(self
            .change_visibility(queue_name, receipt, i32::try_from(seconds).unwrap_or(i32::MAX))
            .await?)
    }

    async fn change_visibility(
        &self,
        queue_name: QueueName,
        receipt: &str,
        seconds: i32,
    ) -> Result<(), Error> {
        let request = self
            .inner
            .client
            .change_message_visibility()
            .queue_url(self.queue_url(queue_name))
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
        send_with_retry(RetryPolicy::Idempotent, send).await?;
        Ok(())
    }

    /// Once this returns, each of these messages is hidden for its number of seconds, unless it is
    /// acknowledged before. Messages that are gone or already visible stay as they are.
    pub async fn change_visibilities(
        &self,
        queue_name: QueueName,
        hidden: &[VisibilityChange<'_>],
    ) -> Result<(), Fault> {
        let batches =
            hidden.chunks(BATCH_MAX).map(|batch| self.change_visibility_batch(queue_name, batch));
        for answered in join_bounded(batches.collect()).await {
            answered?;
        }
        Ok(())
    }

    async fn change_visibility_batch(
        &self,
        queue_name: QueueName,
        batch: &[VisibilityChange<'_>],
    ) -> Result<(), Error> {
        if let [VisibilityChange { receipt, seconds }] = batch {
            return self.change_visibility(queue_name, receipt, *seconds).await;
        }
        let request = self.inner.client.change_message_visibility_batch();
        let mut request = request.queue_url(self.queue_url(queue_name));
        for (index, VisibilityChange { receipt, seconds }) in batch.iter().enumerate() {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(*receipt)
                .visibility_timeout(*seconds)
                .build()
                .map_err(|error| Error::broken(self.queue_url(queue_name), error))?;
            request = request.entries(entry);
        }
        send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
        Ok(())
    }

    pub(crate) fn sqs_client(&self) -> &Client {
        &self.inner.client
    }

    pub(crate) fn queue_url(&self, queue_name: QueueName) -> &str {
        match queue_name {
            QueueName::Steps => &self.inner.urls.steps,
            QueueName::Tasks => &self.inner.urls.tasks,
        }
    }

    pub(crate) fn delayed_messages_table(&self) -> &DynamoDbTable {
        &self.inner.table
    }

    pub(crate) fn delayed_messages_checkpoint_ensured(&self) -> &OnceCell<()> {
        &self.inner.delayed_messages_checkpoint_ensured
    }

    pub(crate) fn current_time(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Whole seconds until that time, rounded up; 0 if it has passed.
    pub(crate) fn seconds_until(&self, at: Timestamp) -> i64 {
        let left =
            at.as_milliseconds().saturating_sub(self.current_time().as_milliseconds()).max(0);
        left / 1000 + i64::from(left % 1000 > 0)
    }
}

/// The record from which a message advances its frame.
fn advanced_record(QueueMessage { execution, frame, kind }: &QueueMessage) -> Option<RecordKey> {
    let MessageKind::AdvanceFrame(number) = *kind else { return None };
    Some(RecordKey { execution: execution.clone(), frame: frame.clone(), number })
}

impl<C: Clock + Send + Sync> MessageQueue for SqsQueues<C> {
    async fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let text = match at {
            None => self.encode_with_record(&message).await?,
            Some(_) => self.encode_message_body(message.execution.as_str(), &message).await?,
        };
        let far = at.filter(|at| self.seconds_until(*at) > DELAY_SECONDS_MAX);
        if let Some(at) = far {
            return Ok(self.store_delayed_message(text, queue_name, at).await?);
        }
        let body = OutgoingBody {
            text,
            delay_seconds: at.map_or(0, |at| self.seconds_until(at)),
            group: Some(group_of_execution(&message.execution)),
        };
        Ok(self.send_message_body(self.queue_url(queue_name), &body).await?)
    }

    async fn send_messages(&self, messages: Vec<(QueueMessage, QueueName)>) -> Result<(), Fault> {
        for queue_name in [QueueName::Steps, QueueName::Tasks] {
            let mut bodies = Vec::new();
            for (message, _) in messages.iter().filter(|(_, of)| *of == queue_name) {
                let text = self.encode_message_body(message.execution.as_str(), message).await?;
                let group = Some(group_of_execution(&message.execution));
                bodies.push(OutgoingBody { group, ..OutgoingBody::ungrouped(text) });
            }
            self.send_message_bodies(self.queue_url(queue_name), &bodies).await?;
        }
        Ok(())
    }
}

impl<C: Clock + Send + Sync> DeadLetterQueue for SqsQueues<C> {
    async fn put_dead_letter(
        &self,
        message: &QueueMessage,
        reason: &str,
        _: Timestamp,
    ) -> Result<(), Fault> {
        let buried = DeadLetterBody { reason, message };
        let text = self.encode_message_body(message.execution.as_str(), &buried).await?;
        let body = OutgoingBody::ungrouped(text);
        Ok(self.send_message_body(&self.inner.urls.dead_letters, &body).await?)
    }
}

impl<C> fmt::Debug for SqsQueues<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqsQueues").field("urls", &self.inner.urls).finish_non_exhaustive()
    }
}
