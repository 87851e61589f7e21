//! Sending message bodies to SQS, one or many at once.

use std::ops::Range;

use aws_sdk_sqs::types::{
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, SendMessageBatchRequestEntry,
};
use model::ExecutionId;
use orchestrator::ports::{Clock, QueueName};

use crate::{
    Error,
    dynamodb_table::join_bounded,
    item_parts::hash_content,
    message_body::MESSAGE_BODY_BYTES_MAX,
    retry::{RetryPolicy, send_with_retry},
    sqs_queues::{BATCH_MAX, SqsQueues},
    trace_header,
};

/// The system attribute that carries the X-Ray trace header.
const TRACE_HEADER: MessageSystemAttributeNameForSends =
    MessageSystemAttributeNameForSends::AwsTraceHeader;

/// A body to send.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingBody {
    pub(crate) text: String,
    /// For how many seconds SQS hides it: at most [`crate::sqs_queues::DELAY_SECONDS_MAX`].
    pub(crate) delay_seconds: i64,
    /// Whose message it is. SQS does not let the messages of one group keep others waiting; one
    /// without a group counts as a group of its own.
    ///
    /// Spec: SQS Developer Guide, "Amazon SQS fair queues".
    pub(crate) group: Option<String>,
}

impl OutgoingBody {
    /// A body that SQS shows at once, in no group.
    pub(crate) const fn ungrouped(text: String) -> Self {
        Self { text, delay_seconds: 0, group: None }
    }
}

/// The group of an execution. SQS takes 128 ASCII letters, digits and punctuation marks.
pub(crate) fn group_of_execution(execution: &ExecutionId) -> String {
    hash_content(execution.as_str().as_bytes())
}

/// What became of the bodies of one request.
pub(crate) struct SentBatch {
    /// Where they are among all that were to be sent.
    pub(crate) range: Range<usize>,
    /// After an error some of them may have been sent.
    pub(crate) result: Result<(), Error>,
}

impl<C: Clock> SqsQueues<C> {
    /// Sends the body of a message.
    pub(crate) async fn send_message_body(
        &self,
        url: &str,
        body: &OutgoingBody,
    ) -> Result<(), Error> {
        let request = self.sqs_client().send_message().queue_url(url).message_body(&body.text);
        let request = request.set_delay_seconds(delay_attribute(body.delay_seconds));
        let request = request.set_message_group_id(body.group.clone());
        let request = match trace_header_attribute()? {
            Some(header) => request.message_system_attributes(TRACE_HEADER, header),
            None => request,
        };
        send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
        Ok(())
    }

    /// Asks to send nothing, which SQS refuses.
    pub(crate) async fn open_connection(&self) {
        let url = self.queue_url(QueueName::Steps);
        self.sqs_client().send_message_batch().queue_url(url).send().await.ok();
    }

    /// Sends many bodies in as few requests as possible, some of them concurrently.
    pub(crate) async fn send_message_bodies(
        &self,
        url: &str,
        bodies: &[OutgoingBody],
    ) -> Result<(), Error> {
        self.send_batches(url, bodies).await.into_iter().try_for_each(|batch| batch.result)
    }

    /// Sends many bodies in as few requests as possible, some of them concurrently, whatever becomes
    /// of the others.
    pub(crate) async fn send_batches(&self, url: &str, bodies: &[OutgoingBody]) -> Vec<SentBatch> {
        let ranges = split_into_batches(bodies);
        let sends = ranges.iter().map(|range| self.send_batch(url, &bodies[range.clone()]));
        let results = join_bounded(sends.collect()).await;
        ranges.into_iter().zip(results).map(|(range, result)| SentBatch { range, result }).collect()
    }

    async fn send_batch(&self, url: &str, bodies: &[OutgoingBody]) -> Result<(), Error> {
        if let [body] = bodies {
            return self.send_message_body(url, body).await;
        }
        let mut request = self.sqs_client().send_message_batch().queue_url(url);
        for (index, body) in bodies.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder();
            let entry = entry.id(index.to_string()).message_body(&body.text);
            let entry = entry.set_delay_seconds(delay_attribute(body.delay_seconds));
            let entry = entry.set_message_group_id(body.group.clone());
            let entry = match trace_header_attribute()? {
                Some(header) => entry.message_system_attributes(TRACE_HEADER, header),
                None => entry,
            };
            request = request.entries(entry.build().map_err(|error| Error::broken(url, error))?);
        }
        let answer = send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
        // A request may succeed for some of its entries only.
        for failed in answer.failed {
            let body = failed.id.parse().ok().and_then(|index: usize| bodies.get(index));
            let body = body.ok_or_else(|| Error::broken(url, "an answer names no entry"))?;
            self.send_message_body(url, body).await?;
        }
        Ok(())
    }
}

/// None for no delay.
fn delay_attribute(seconds: i64) -> Option<i32> {
    i32::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

/// Splits bodies into batches, in their order, each with as many as one request takes.
///
/// Spec: `SendMessageBatch`: all messages together may be as large as one.
fn split_into_batches(bodies: &[OutgoingBody]) -> Vec<Range<usize>> {
    let (mut batches, mut start) = (Vec::new(), 0);
    while start < bodies.len() {
        let mut bytes = 0;
        let fitting = bodies[start..].iter().take(BATCH_MAX).take_while(|body| {
            bytes += body.text.len();
            bytes <= MESSAGE_BODY_BYTES_MAX
        });
        // A body that is too large is sent alone, so that SQS refuses it.
        let end = start + fitting.count().max(1);
        batches.push(start..end);
        start = end;
    }
    batches
}

/// The current trace header as a message attribute, if there is one.
fn trace_header_attribute() -> Result<Option<MessageSystemAttributeValue>, Error> {
    let Some(header) = trace_header::current_trace_header() else { return Ok(None) };
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(header);
    value.build().map(Some).map_err(|error| Error::broken("a trace header", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(bytes: &[usize]) -> Vec<usize> {
        let body = |bytes: &usize| OutgoingBody::ungrouped("x".repeat(*bytes));
        let bodies: Vec<OutgoingBody> = bytes.iter().map(body).collect();
        split_into_batches(&bodies).iter().map(Range::len).collect()
    }

    #[test]
    fn a_batch_has_ten_messages_at_most_and_one_mebibyte() {
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[1; 21]), [10, 10, 1]);
        assert_eq!(sizes(&[MESSAGE_BODY_BYTES_MAX / 2, MESSAGE_BODY_BYTES_MAX / 2, 1]), [2, 1]);
        assert_eq!(sizes(&[MESSAGE_BODY_BYTES_MAX + 1, 1]), [1, 1]);
    }
}
