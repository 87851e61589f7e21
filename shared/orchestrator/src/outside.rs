//! Ending an execution from outside its states: stopped, timed out, given up.

use model::{MessageKind, QueueMessage, RecordKey};

use crate::{
    Disposition, EngineContext, Fault,
    commit::{CausalClock, append_transition},
    ports::{
        AppendOutcome, Clock, ExecutionStore, FanInStore, MessageQueue, RecordLog,
        StateMachineStore,
    },
    step::StepOutcome,
    wake::{act_on_own_head, act_on_record},
};

/// Appends the end to the root's log, whatever its head is; an append like any other, so it wins
/// or loses against a step, and tries again when it loses.
pub(crate) async fn end_execution<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
) -> Result<StepOutcome, Fault>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    /// Steps that may win against us in a row before the message is left to come back.
    const ATTEMPTS_MAX: u32 = 16;
    for _ in 0..ATTEMPTS_MAX {
        let Some(head) = ports.load_head(&message.execution, &message.frame).await? else { break };
        let frame = &head.record.frame;
        let redriven = head.record.facts.redrive_count();
        let transition = match &message.kind {
            MessageKind::StopExecution { failure, redrives } if *redrives == redriven => {
                engine::abort_execution(frame, failure.clone())
            }
            MessageKind::TimeOutExecution { redrives } if *redrives == redriven => engine::time_out_execution(frame),
            MessageKind::FailExecution { reason, redrives } if *redrives == redriven => {
                engine::fail_execution(frame, reason)
            }
            // Of the time before a redrive.
            MessageKind::StopExecution { .. } | MessageKind::TimeOutExecution { .. } | MessageKind::FailExecution { .. }
            // Of something else.
            | MessageKind::StartFrame | MessageKind::AdvanceFrame(_) | MessageKind::CompleteTask { .. } | MessageKind::RedriveExecution(_) => None,
        };
        let (execution, frame_path) = (message.execution.clone(), message.frame.clone());
        let mut key = RecordKey { execution, frame: frame_path, number: head.number };
        let Some(transition) = transition else {
            act_on_own_head(ports, context, message, &key, &head.record).await?;
            return Ok(StepOutcome::Verdict(Disposition::Acknowledge));
        };
        key.number = head.number.next_number();
        let (written_by, causes) =
            (message.kind.written_by(), CausalClock::of_record(&head.record));
        let facts = &head.record.facts;
        let appended =
            append_transition(ports, &key, written_by, facts, Some(frame), transition, causes)
                .await?;
        if let AppendOutcome::Done(record) = appended {
            act_on_record(ports, context, &key, &record).await?;
            return Ok(StepOutcome::Verdict(Disposition::Acknowledge));
        }
    }
    Ok(StepOutcome::Verdict(Disposition::Redeliver))
}
