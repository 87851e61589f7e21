//! Completes starts whose process died between the execution's first record and its first message.

use model::{ExecutionId, RecordNumber, limits::UNSTARTED_MILLISECONDS};
use tracing::warn;

use crate::{
    Fault, executions::send_first_messages, frames::root_key, ports::RecordLog, roles::TimerRole,
};

/// Sends the first messages of executions that have not advanced since their start. Returns how
/// many there are. Must be called every minute; may be repeated.
///
/// Spec: ARCHITECTURE.md, redelivery.
pub async fn resend_unstarted_executions<P: TimerRole>(ports: &P) -> Result<usize, Fault> {
    let before = ports.now().plus_milliseconds(-UNSTARTED_MILLISECONDS);
    let unstarted = ports.find_unstarted_executions(before).await?;
    for id in &unstarted {
        if let Err(fault) = resend_first_messages(ports, id).await {
            warn!(execution = %id, error = &fault as &dyn std::error::Error,
                "an execution that has not got on could not be woken");
        }
    }
    Ok(unstarted.len())
}

async fn resend_first_messages<P: TimerRole>(ports: &P, id: &ExecutionId) -> Result<(), Fault> {
    let first = RecordLog::load_record(ports, &root_key(id, RecordNumber::FIRST)).await?;
    let Some(first) = first else { return Ok(()) };
    send_first_messages(ports, id, &first.facts, first.frame.queue()).await
}
