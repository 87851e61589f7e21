//! The children of a redriven fork: each goes on for one of the fork that had failed.

use std::sync::Arc;

use engine::{Ended, Resumable, Transition};
use model::{
    ChildIndex, ExecutionId, ForkRef, Outcome, Payload, Phase, Record, RecordKey, Timestamp,
};

use super::how;
use crate::{
    Fault,
    ports::{Fans, Head, Log},
};

/// How far the child came for which another goes on.
pub(crate) enum Earlier {
    /// It had ended well.
    Succeeded(Arc<Record>, Payload),
    /// It is to go on from here.
    Unfinished { record: Arc<Record>, fork: ForkRef, ended: Ended },
}

/// Looks for how far a child of an earlier fork came; if nowhere, in the fork that that one goes on
/// for, and so on. None if it never got anywhere.
pub(crate) async fn earlier<P>(
    ports: &P,
    execution: &ExecutionId,
    fork: &ForkRef,
    child: ChildIndex,
) -> Result<Option<Earlier>, Fault>
where
    P: Log + Fans + Sync,
{
    let mut fork = fork.clone();
    loop {
        if let Some(earlier) = in_fork(ports, execution, &fork, child).await? {
            return Ok(Some(earlier));
        }
        let (execution, frame) = (execution.clone(), fork.frame);
        let key = RecordKey { execution, frame, number: fork.record };
        let forked = ports.load(&key).await?;
        match forked.as_ref().map(|forked| &forked.frame.phase) {
            Some(Phase::Forked { resumes: Some(before), .. }) => fork = before.clone(),
            Some(_) | None => return Ok(None),
        }
    }
}

/// Reads the log of the child of a fork; none if it had got nowhere.
async fn in_fork<P>(
    ports: &P,
    execution: &ExecutionId,
    fork: &ForkRef,
    child: ChildIndex,
) -> Result<Option<Earlier>, Fault>
where
    P: Log + Fans + Sync,
{
    let frame = fork.child(child);
    let Some(head) = ports.head(execution, &frame).await? else { return Ok(None) };
    let Head { number, record, .. } = &head;
    let at = |number| RecordKey { execution: execution.clone(), frame: frame.clone(), number };
    match record.frame.outcome() {
        Some(Outcome::Succeeded(output)) => {
            Ok(Some(Earlier::Succeeded(Arc::clone(record), output.clone())))
        }
        None => {
            let fork = ForkRef { frame: frame.clone(), record: *number };
            let record = Arc::clone(record);
            Ok(Some(Earlier::Unfinished { record, fork, ended: Ended::FromOutside }))
        }
        Some(Outcome::Failed(_) | Outcome::TimedOut(_) | Outcome::Aborted(_)) => {
            let Some(before) = number.previous() else { return Ok(None) };
            let key = at(before);
            let Some(record) = ports.load(&key).await? else { return Ok(None) };
            let ended = how(ports, &key, &record, &head).await?;
            let fork = ForkRef { frame: frame.clone(), record: before };
            Ok(Some(Earlier::Unfinished { record, fork, ended }))
        }
    }
}

impl Earlier {
    /// The first record of the child that goes on for it. `events` are those of the execution so
    /// far.
    pub(crate) fn go_on(&self, events: u64, now: Timestamp) -> Transition {
        match self {
            Self::Succeeded(record, output) => engine::carry_over(&record.frame, output, events),
            Self::Unfinished { record, fork, ended } => {
                let resumable = Resumable { frame: &record.frame, fork, ended: *ended };
                engine::resume_child(resumable, events, now)
            }
        }
    }
}
