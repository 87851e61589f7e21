//! Advances a frame and appends what that has brought: advance → append → act.

use engine::Stimulus;
use tracing::warn;

use super::step_outcome::StepOutcome;
use crate::{
    EngineContext, Fault,
    frames::{CallPermission, FrameEngine, KeyedRecord, RecordSlot, append_and_act},
    roles::StepRole,
};

/// Milliseconds between two attempts to record the answer of a call.
const RETRY_INTERVAL_MILLISECONDS: i64 = 1_000;
/// A minute of attempts.
const ATTEMPTS_BETWEEN_WARNINGS: u64 = 60;
/// How long whoever declares a call lost lets its worker go first. After an outage, a worker that has
/// kept the answer makes its next attempt within that time.
pub(super) const ANSWER_GRACE_MILLISECONDS: i64 = 3 * RETRY_INTERVAL_MILLISECONDS;

/// Advances the frame of a record and appends its transitions as one record, in that slot. Returns
/// none if the frame does not wait for the stimulus.
///
/// The answer of a call is nowhere but here, so it is kept while a port fails, even after the lease of
/// its claim: whoever appends first decides, so that late attempts do no harm.
pub(super) async fn advance_and_append<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
    slot: RecordSlot,
    stimulus: Stimulus,
    permission: CallPermission,
) -> Result<Option<StepOutcome>, Fault> {
    let Stimulus::CallReturned(_) = stimulus else {
        return advance_once(ports, context, head, slot, stimulus, permission).await;
    };
    for attempt in 0_u64.. {
        let (slot, stimulus) = (slot.clone(), stimulus.clone());
        match advance_once(ports, context, head, slot, stimulus, permission).await {
            Err(fault @ Fault::Port { .. }) if attempt % ATTEMPTS_BETWEEN_WARNINGS == 0 => {
                warn!(execution = %head.key.execution, frame = %head.key.frame, %fault,
                    "the answer of a call is kept until it can be recorded");
            }
            Err(Fault::Port { .. }) => {}
            advanced => return advanced,
        }
        ports.sleep_until(ports.now().plus_milliseconds(RETRY_INTERVAL_MILLISECONDS)).await;
    }
    unreachable!("attempts have no end")
}

async fn advance_once<P: StepRole>(
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
