//! Appends the record of a delivery's transitions, then performs its next action.

use model::NextAction;

use super::{
    append::{RecordSlot, append_transitions},
    keyed_record::KeyedRecord,
    next_action::act_on_record,
    pending_transitions::PendingTransitions,
};
use crate::{EngineContext, Fault, roles::StepRole};

/// The result of appending transitions.
pub(crate) enum Appended {
    /// It is durable, and its next action has been performed.
    Done,
    /// It is durable and claims a call, which this delivery must make.
    Claimed(KeyedRecord),
    /// Another record has its number; nothing was written.
    Lost,
}

/// Appends the record of transitions, then performs its next action unless that is a call.
pub(crate) async fn append_and_act<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    slot: RecordSlot,
    transitions: PendingTransitions,
) -> Result<Appended, Fault> {
    let Some(head) = append_transitions(ports, slot, transitions).await? else {
        return Ok(Appended::Lost);
    };
    if let NextAction::MakeCall { .. } = head.record.frame.next_action() {
        return Ok(Appended::Claimed(head));
    }
    act_on_record(ports, context, &head).await?;
    Ok(Appended::Done)
}
