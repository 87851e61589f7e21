//! Starts whose sender died between the execution's first record and its first message.

use model::{ExecutionId, limits::FORGOTTEN_MILLISECONDS};
use tracing::warn;

use crate::{
    Fault, Tools,
    ports::{Clock, Executions, Machines, Queue},
    start::send_first_messages,
};

/// Sends the first messages of executions that have not got on since their start. Returns how many
/// there are. To be done every minute; may repeat.
///
/// Spec: ARCHITECTURE § 3.
pub async fn wake_forgotten<P>(ports: &P, tools: &Tools) -> Result<usize, Fault>
where
    P: Executions + Machines + Queue + Clock + Sync,
{
    let before = ports.now().plus_milliseconds(-FORGOTTEN_MILLISECONDS);
    let forgotten = ports.unstarted(before).await?;
    for id in &forgotten {
        if let Err(fault) = wake(ports, tools, id).await {
            warn!(execution = %id, error = &fault as &dyn std::error::Error,
                "a forgotten execution could not be woken");
        }
    }
    Ok(forgotten.len())
}

async fn wake<P>(ports: &P, tools: &Tools, id: &ExecutionId) -> Result<(), Fault>
where
    P: Executions + Machines + Queue + Sync,
{
    let Some(execution) = ports.execution(id).await? else { return Ok(()) };
    let revision = &execution.facts.revision;
    let definition = tools.definitions.get(ports, id, revision).await?;
    send_first_messages(ports, id, &definition, &execution.facts).await
}
