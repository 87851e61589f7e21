//! Advances a frame and appends what that has brought: advance → append → act.

use engine::Stimulus;

use super::step_outcome::StepOutcome;
use crate::{
    EngineContext, Fault,
    frames::{CallPermission, FrameEngine, KeyedRecord, RecordSlot, append_and_act},
    roles::StepRole,
};

/// Advances the frame of a record and appends its transitions as one record, in that slot. Returns
/// none if the frame does not wait for the stimulus.
pub(super) async fn advance_and_append<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
    slot: RecordSlot,
    stimulus: Stimulus,
    permission: CallPermission,
) -> Result<Option<StepOutcome>, Fault> {
    let engine = FrameEngine::of_record(ports, context, head).await?;
    let advanced = engine.advance_record(head, stimulus, slot.causes.at).await?;
    let Some(mut transitions) = advanced else { return Ok(None) };
    if !engine.has_slot(transitions.frame()) {
        return Ok(Some(StepOutcome::AWAIT_SLOT));
    }
    engine.run_on(&mut transitions, permission).await?;
    append_and_act(ports, context, slot, transitions).await.map(|appended| Some(appended.into()))
}
