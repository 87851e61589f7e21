//! Keeps the messages of long deliveries hidden while their worker lives, and not much longer.

use std::{convert::Infallible, time::Duration};

use aws::{SqsQueues, VisibilityChange};
use orchestrator::ports::{Clock, QueueName};
use services::format_with_causes;
use tokio::time::sleep;
use tracing::warn;

/// Visibility timeout in seconds, after which the message of a dead worker is redelivered.
const HIDDEN_SECONDS: i32 = 60;
/// How often the visibility timeout is renewed.
const RENEWAL: Duration = Duration::from_secs(20);

/// Renews the visibility timeout of these messages. Never ends by itself.
pub(crate) async fn keep_messages_in_flight<T>(
    queues: &SqsQueues<T>,
    queue_name: QueueName,
    receipts: &[String],
) -> Infallible
where
    T: Clock + Send + Sync,
{
    let hide = |receipt| VisibilityChange { receipt, seconds: HIDDEN_SECONDS };
    let hidden: Vec<VisibilityChange<'_>> = receipts.iter().map(String::as_str).map(hide).collect();
    loop {
        if let Err(fault) = queues.change_visibilities(queue_name, &hidden).await {
            let fault = format_with_causes(&fault);
            warn!(fault, "messages of running calls could not be kept hidden");
        }
        sleep(RENEWAL).await;
    }
}
