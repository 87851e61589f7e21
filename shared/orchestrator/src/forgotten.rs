//! Starts whose sender died between the execution's first record and its first message.

use model::{ExecutionId, limits::FORGOTTEN_MILLISECONDS};
use tracing::warn;

use crate::{
    EngineContext, Fault,
    ports::{Clock, ExecutionStore, MessageQueue, StateMachineStore},
    start::send_first_messages,
};

/// Sends the first messages of executions that have not got on since their start. Returns how many
/// there are. To be done every minute; may repeat.
///
/// Spec: ARCHITECTURE § 3.
pub async fn wake_unstarted_executions<P>(
    ports: &P,
    context: &EngineContext,
) -> Result<usize, Fault>
where
    P: ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    let before = ports.now().plus_milliseconds(-FORGOTTEN_MILLISECONDS);
    let forgotten = ports.find_unstarted_executions(before).await?;
    for id in &forgotten {
        if let Err(fault) = resend_first_messages(ports, context, id).await {
            warn!(execution = %id, error = &fault as &dyn std::error::Error,
                "a forgotten execution could not be woken");
        }
    }
    Ok(forgotten.len())
}

async fn resend_first_messages<P>(
    ports: &P,
    context: &EngineContext,
    id: &ExecutionId,
) -> Result<(), Fault>
where
    P: ExecutionStore + StateMachineStore + MessageQueue + Sync,
{
    let Some(execution) = ports.load_execution(id).await? else { return Ok(()) };
    let revision = &execution.facts.revision;
    let definition = context.definitions.load_definition(ports, id, revision).await?;
    send_first_messages(ports, id, &definition, &execution.facts).await
}
