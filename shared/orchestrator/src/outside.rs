//! Ending an execution from outside its states: stopped, timed out, given up.

use model::{Cue, Message, RecordKey};

use crate::{
    Fault, Tools, Verdict,
    commit::{Causes, commit},
    ports::{Append, Clock, Executions, Fans, Log, Machines, Queue},
    step::Stepped,
    wake::{wake, wake_own},
};

/// Appends the end to the root's log, whatever its head is; an append like any other, so it wins
/// or loses against a step, and tries again when it loses.
pub(crate) async fn end_execution<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
) -> Result<Stepped, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    /// Steps that may win against us in a row before the message is left to come back.
    const ATTEMPTS_MAX: u32 = 16;
    for _ in 0..ATTEMPTS_MAX {
        let Some(head) = ports.head(&message.execution, &message.frame).await? else { break };
        let frame = &head.record.frame;
        let redriven = head.record.facts.redrives();
        let transition = match &message.cue {
            Cue::Stop { failure, redrives } if *redrives == redriven => {
                engine::abort(frame, failure.clone())
            }
            Cue::Expire { redrives } if *redrives == redriven => engine::expire(frame),
            Cue::Refuse { reason, redrives } if *redrives == redriven => {
                engine::refuse(frame, reason)
            }
            // Of the time before a redrive.
            Cue::Stop { .. } | Cue::Expire { .. } | Cue::Refuse { .. }
            // Of something else.
            | Cue::Start | Cue::Take(_) | Cue::Answer { .. } | Cue::Redrive(_) => None,
        };
        let (execution, frame_path) = (message.execution.clone(), message.frame.clone());
        let mut key = RecordKey { execution, frame: frame_path, number: head.number };
        let Some(transition) = transition else {
            wake_own(ports, tools, message, &key, &head.record).await?;
            return Ok(Stepped::Verdict(Verdict::Done));
        };
        key.number = head.number.next();
        let (via, causes) = (message.cue.via(), Causes::of(&head.record));
        let facts = &head.record.facts;
        let appended = commit(ports, &key, via, facts, Some(frame), transition, causes).await?;
        if let Append::Done(record) = appended {
            wake(ports, tools, &key, &record).await?;
            return Ok(Stepped::Verdict(Verdict::Done));
        }
    }
    Ok(Stepped::Verdict(Verdict::Later))
}
