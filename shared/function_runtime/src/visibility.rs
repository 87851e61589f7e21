//! Messages of long deliveries stay hidden for as long as their worker lives, and not much longer.

use std::{convert::Infallible, time::Duration};

use aws::{SqsQueues, VisibilityTimeout};
use orchestrator::ports::{Clock, QueueName};
use services::format_with_causes;
use tokio::time::sleep;
use tracing::warn;

/// Seconds for which a message is hidden: after so long, a dead worker's is seen again.
const HIDDEN_SECONDS: i32 = 60;
/// How often that is done anew.
const RENEWAL: Duration = Duration::from_secs(20);

/// Hides these messages again and again. Never ends by itself.
pub(crate) async fn keep_messages_in_flight<T>(
    queues: &SqsQueues<T>,
    queue_name: QueueName,
    receipts: &[String],
) -> Infallible
where
    T: Clock + Send + Sync,
{
    let hide = |receipt| VisibilityTimeout { receipt, seconds: HIDDEN_SECONDS };
    let hidden: Vec<VisibilityTimeout<'_>> =
        receipts.iter().map(String::as_str).map(hide).collect();
    loop {
        if let Err(fault) = queues.change_visibilities(queue_name, &hidden).await {
            let fault = format_with_causes(&fault);
            warn!(fault, "messages of running calls could not be kept hidden");
        }
        sleep(RENEWAL).await;
    }
}
