//! Sending message bodies to SQS, one or many at once.

use aws_sdk_sqs::types::{
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, SendMessageBatchRequestEntry,
};
use orchestrator::ports::Clock;

use crate::{
    Error,
    dynamodb_table::try_join_bounded,
    message_body::MESSAGE_BODY_BYTES_MAX,
    retry::{RetryPolicy, send_with_retry},
    sqs_queues::{BATCH_MAX, SqsQueues},
    trace_header,
};

/// The system attribute that carries the X-Ray trace header.
const TRACE_HEADER: MessageSystemAttributeNameForSends =
    MessageSystemAttributeNameForSends::AwsTraceHeader;

impl<C: Clock> SqsQueues<C> {
    /// Sends the body of a message, delayed by at most [`crate::sqs_queues::DELAY_SECONDS_MAX`].
    pub(crate) async fn send_message_body(
        &self,
        url: &str,
        body: &str,
        delay_seconds: i64,
    ) -> Result<(), Error> {
        let delay = i32::try_from(delay_seconds).ok().filter(|delay| *delay > 0);
        let request = self.sqs_client().send_message().queue_url(url).message_body(body);
        let request = request.set_delay_seconds(delay);
        let request = match trace_header_attribute()? {
            Some(header) => request.message_system_attributes(TRACE_HEADER, header),
            None => request,
        };
        send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
        Ok(())
    }

    /// Sends many bodies in as few requests as possible, some of them concurrently.
    pub(crate) async fn send_message_bodies(
        &self,
        url: &str,
        bodies: &[String],
    ) -> Result<(), Error> {
        let sends =
            split_into_batches(bodies).map(|batch| self.send_body_batch(url, batch)).collect();
        try_join_bounded(sends).await.map(drop)
    }

    async fn send_body_batch(&self, url: &str, bodies: &[String]) -> Result<(), Error> {
        if let [body] = bodies {
            return self.send_message_body(url, body, 0).await;
        }
        let mut request = self.sqs_client().send_message_batch().queue_url(url);
        for (index, body) in bodies.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder();
            let entry = entry.id(index.to_string()).message_body(body);
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
            self.send_message_body(url, body, 0).await?;
        }
        Ok(())
    }
}

/// Splits bodies into batches, in their order, each with as many as one request takes.
///
/// Spec: `SendMessageBatch`: all messages together may be as large as one.
fn split_into_batches(bodies: &[String]) -> impl Iterator<Item = &[String]> {
    let mut rest = bodies;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = rest.iter().take(BATCH_MAX).take_while(|body| {
            bytes += body.len();
            bytes <= MESSAGE_BODY_BYTES_MAX
        });
        // A body that is too large is sent alone, so that SQS refuses it.
        let count = fitting.count().max(1).min(rest.len());
        let (batch, after) = rest.split_at(count);
        rest = after;
        (!batch.is_empty()).then_some(batch)
    })
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
        let bodies: Vec<String> = bytes.iter().map(|bytes| "x".repeat(*bytes)).collect();
        split_into_batches(&bodies).map(<[_]>::len).collect()
    }

    #[test]
    fn a_batch_has_ten_messages_at_most_and_one_mebibyte() {
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[1; 21]), [10, 10, 1]);
        assert_eq!(sizes(&[MESSAGE_BODY_BYTES_MAX / 2, MESSAGE_BODY_BYTES_MAX / 2, 1]), [2, 1]);
        assert_eq!(sizes(&[MESSAGE_BODY_BYTES_MAX + 1, 1]), [1, 1]);
    }
}
