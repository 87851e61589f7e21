//! Marks the messages that recovery sends.
//!
//! Whatever was in flight when the process died, the log and the fan-ins say so, and recovery sends
//! it again. So what a process has died of is among what recovery sends.

use std::future::Future;

tokio::task_local! {
    static RECOVERS: ();
}

/// Runs the recovery. [`crate::LocalQueue`] has deaths counted for every message that it sends.
pub(super) fn with_counted_sends<F: Future>(future: F) -> impl Future<Output = F::Output> {
    RECOVERS.scope((), future)
}

/// Whether recovery is sending.
pub(crate) fn sends_are_counted() -> bool {
    RECOVERS.try_with(|()| ()).is_ok()
}

#[cfg(test)]
mod tests {
    use model::{
        ChildStart, ExecutionId, FramePath, MessageKind, QueueMessage, ResourceName,
        limits::RECEIVES_UNCOUNTED,
    };
    use orchestrator::ports::{MessageQueue, QueueName};

    use super::*;
    use crate::LocalQueue;

    #[tokio::test]
    async fn only_what_recovery_sends_is_counted_at_once() {
        let queue = LocalQueue::start();
        let name = ResourceName::parse("a").expect("a name");
        let execution = ExecutionId::from_names(&name, &name);
        let (frame, kind) = (FramePath::ROOT, MessageKind::StartFrame(ChildStart::Single(None)));
        let message = QueueMessage { execution, frame, kind };
        let send = || queue.send_message(message.clone(), QueueName::Steps, None);
        with_counted_sends(send()).await.expect("sent");
        send().await.expect("sent");
        for receive_count in [RECEIVES_UNCOUNTED + 1, 1] {
            let received = queue.receive_message(QueueName::Steps).await.expect("a message");
            assert_eq!(received.receive_count, receive_count);
        }
    }
}
