//! Appends the record of a transition, then performs its next action.

use engine::Transition;
use model::NextAction;

use super::{
    append::{RecordSlot, append_transition},
    keyed_record::KeyedRecord,
    next_action::act_on_record,
};
use crate::{EngineContext, Fault, roles::StepRole};

/// The result of appending a transition.
pub(crate) enum Appended {
    /// It is durable, and its next action has been performed.
    Done,
    /// It is durable and claims a call, which this delivery must make.
    Claimed(KeyedRecord),
    /// Another record has its number; nothing was written.
    Lost,
}

/// Appends the record of a transition, then performs its next action unless that is a call.
pub(crate) async fn append_and_act<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    slot: RecordSlot<'_>,
    transition: Transition,
) -> Result<Appended, Fault> {
    let Some(head) = append_transition(ports, slot, transition).await? else {
        return Ok(Appended::Lost);
    };
    if let NextAction::MakeCall { .. } = head.record.frame.next_action() {
        return Ok(Appended::Claimed(head));
    }
    act_on_record(ports, context, &head).await?;
    Ok(Appended::Done)
}
