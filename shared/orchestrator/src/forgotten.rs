//! Starts whose sender died between the execution's first record and its first message.

use crate::{
    Fault, Tools,
    ports::{Clock, Executions, Machines, Queue},
    start::send_first_messages,
};

/// Milliseconds after which an execution that has not moved is thought to be forgotten.
const FORGOTTEN_MILLISECONDS: i64 = 60_000;

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
        let Some(execution) = ports.execution(id).await? else { continue };
        let revision = &execution.facts.revision;
        let definition = tools.definitions.get(ports, id, revision).await?;
        send_first_messages(ports, id, &definition, &execution.facts).await?;
    }
    Ok(forgotten.len())
}
