//! Going on after a restart: the queue was in memory, but the log is the truth.

use model::{Cue, ExecutionId, FramePath, Message, Record, RecordKey, Via};
use orchestrator::{
    Fault, Tools,
    ports::{Delivery, Fans, Lane, Queue},
};
use tracing::info;

use super::LocalPorts;

/// Gives every running frame back the message that wrote its head, as if that message had come a
/// second time: the use cases then do whatever its worker may not have done.
pub async fn recover(ports: &LocalPorts, tools: &Tools) -> Result<(), Fault> {
    let mut heads = ports.store.running_heads();
    let mut count: u64 = 0;
    while let Some((execution, frame, _, record)) = heads.next().await? {
        if is_joined(ports, &execution, &frame, &record).await? {
            continue;
        }
        count += 1;
        if frame.depth() == 0 {
            expire_in_time(ports, tools, &execution, &record).await?;
        }
        let message = Message { execution, frame, cue: cue(&record) };
        let again = Delivery { message, received: 1 };
        ports.queue.give_back(again, Lane::Steps, record.at);
    }
    if count > 0 {
        info!(frames = count, "running executions go on");
    }
    Ok(())
}

/// The cue of the message that wrote a head.
fn cue(head: &Record) -> Cue {
    match head.via {
        Via::Start => Cue::Start,
        Via::Record(number) => Cue::Take(number),
        Via::Stop => Cue::Stop(model::Failure::default()),
        Via::Expire => Cue::Expire,
        Via::Refuse => Cue::Refuse(String::new()),
    }
}

/// Whether a child has ended and its fan knows: then nothing is left to do for it.
async fn is_joined(
    ports: &LocalPorts,
    execution: &ExecutionId,
    frame: &FramePath,
    head: &Record,
) -> Result<bool, Fault> {
    let Some((parent, fork, child)) = frame.parent() else { return Ok(false) };
    if head.frame.outcome().is_none() {
        return Ok(false);
    }
    let key = RecordKey { execution: execution.clone(), frame: parent, number: fork };
    let fan = ports.fan(&key).await?;
    Ok(fan.is_some_and(|fan| fan.ended().any(|(ended, _)| ended == child)))
}

/// The execution's own timeout counts from its start, whatever happened since.
async fn expire_in_time(
    ports: &LocalPorts,
    tools: &Tools,
    execution: &ExecutionId,
    head: &Record,
) -> Result<(), Fault> {
    let definition = tools.definitions.get(ports, execution, &head.facts.revision).await?;
    let Some(seconds) = definition.timeout_seconds else { return Ok(()) };
    let at = head.facts.started_at.plus_seconds(seconds);
    let message =
        Message { execution: execution.clone(), frame: FramePath::ROOT, cue: Cue::Expire };
    ports.send(message, Lane::Steps, Some(at)).await
}
