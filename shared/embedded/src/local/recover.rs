//! Going on after a restart: the queue was in memory, but the log is the truth.

use model::{Answer, Cue, Message, Outcome, Record, RecordKey, Redriven, Via};
use orchestrator::{
    Fault, Tools,
    ports::{Delivery, Fans, Lane},
};
use tracing::info;

use super::LocalPorts;
use crate::RunningHead;

/// Gives every running frame back the message that wrote its head, as if that message had come a
/// second time: the use cases then do whatever its worker may not have done.
pub async fn recover<C: Sync>(ports: &LocalPorts<C>, tools: &Tools) -> Result<(), Fault> {
    let mut pages = ports.store.running_heads();
    let mut count: usize = 0;
    while let Some(page) = pages.next().await? {
        for head in page {
            if is_joined(ports, &head).await? {
                continue;
            }
            count += 1;
            if head.frame.depth() == 0 {
                expire_in_time(ports, tools, &head).await?;
            }
            let cue = cue(&head.record);
            let message = Message { execution: head.execution, frame: head.frame, cue };
            let again = Delivery { message, received: 1 };
            ports.queue.later(again, Lane::Steps, head.record.at);
        }
    }
    if count > 0 {
        info!(frames = count, "running executions go on");
    }
    Ok(())
}

/// The cue of the message that wrote a head.
fn cue(head: &Record) -> Cue {
    let redrives = head.facts.redrives();
    match head.via {
        Via::Start => Cue::Start,
        Via::Record(number) => Cue::Take(number),
        Via::Stop => Cue::Stop { failure: model::Failure::default(), redrives },
        Via::Expire => Cue::Expire { redrives },
        Via::Refuse => Cue::Refuse { reason: String::new(), redrives },
        Via::Answer(secret) => Cue::Answer { secret, answer: Answer::Ended },
        Via::Redrive => {
            let first = Redriven { count: 0, at: head.at, client_token: None };
            Cue::Redrive(head.facts.redriven.clone().unwrap_or(first))
        }
    }
}

/// Whether a child has ended and its fan knows: then nothing is left to do for it, unless it is
/// the one that lets its parent go on, which may not have been told.
async fn is_joined<C: Sync>(ports: &LocalPorts<C>, head: &RunningHead) -> Result<bool, Fault> {
    let Some((parent, fork, child)) = head.frame.parent() else { return Ok(false) };
    match head.record.frame.outcome() {
        None => return Ok(false),
        // Stopped by its parent, which needs no telling.
        Some(Outcome::Aborted(_)) => return Ok(true),
        Some(Outcome::Succeeded(_) | Outcome::Failed(_) | Outcome::TimedOut(_)) => {}
    }
    let key = RecordKey { execution: head.execution.clone(), frame: parent, number: fork };
    let fan = ports.fan(&key).await?;
    Ok(fan.is_some_and(|fan| fan.has_ended(child) && fan.settled_by() != Some(child)))
}

async fn expire_in_time<C: Sync>(
    ports: &LocalPorts<C>,
    tools: &Tools,
    head: &RunningHead,
) -> Result<(), Fault> {
    let RunningHead { execution, record, .. } = head;
    let definition = tools.definitions.get(ports, execution, &record.facts.revision).await?;
    orchestrator::expire_in_time(ports, execution, &definition, &record.facts).await
}
