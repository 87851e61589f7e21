//! Runs the engine for one frame: loads once what its steps read, and makes transitions in memory.

use std::sync::Arc;

use asl::Definition;
use engine::{StepContext, Stimulus, TimeAndSeed, Transition};
use model::{
    ExecutionFacts, ExecutionId, Frame, FramePath, NextAction, Payload, QueueName, StateName,
    Timestamp,
    limits::{TRANSITIONS_BYTES_MAX, TRANSITIONS_MILLISECONDS_MAX},
};
use step_budget::{StepBudget, StepTime};

use super::{keyed_record::KeyedRecord, pending_transitions::PendingTransitions};
use crate::{
    EngineContext, EngineSettings, Fault,
    ports::{
        CallSlots, Clock, ComputePool, ExecutionStore, RandomSource, StateMachineStore, StepOrigin,
    },
};

/// What the steps of one frame read besides the frame.
pub(crate) struct FrameEngine<'a, P> {
    ports: &'a P,
    settings: &'a EngineSettings,
    execution: &'a ExecutionId,
    path: &'a FramePath,
    facts: &'a ExecutionFacts,
    definition: Arc<Definition>,
    /// The input of the execution, if the definition reads it.
    input: Option<Payload>,
}

/// Whether a worker may make calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallPermission {
    /// It may, so its frames enter Task states.
    MayCall,
    /// It may not. Its frames stop before Task states.
    MayNotCall,
}

impl<'a, P> FrameEngine<'a, P>
where
    P: ExecutionStore + StateMachineStore + Clock + RandomSource + ComputePool + CallSlots + Sync,
{
    /// Loads what the steps of a frame read.
    pub(crate) async fn load(
        ports: &'a P,
        context: &'a EngineContext,
        (execution, path): (&'a ExecutionId, &'a FramePath),
        facts: &'a ExecutionFacts,
    ) -> Result<Self, Fault> {
        let EngineContext { settings, definitions, .. } = context;
        let definition = definitions.load_definition(ports, execution, &facts.revision).await?;
        let input = if definition.reads_execution_input {
            ports.load_execution(execution).await?.map(|execution| execution.input.clone())
        } else {
            None
        };
        Ok(Self { ports, settings, execution, path, facts, definition, input })
    }

    /// Does the same for the frame of a record.
    pub(crate) async fn of_record(
        ports: &'a P,
        context: &'a EngineContext,
        KeyedRecord { key, record }: &'a KeyedRecord,
    ) -> Result<Self, Fault> {
        Self::load(ports, context, (&key.execution, &key.frame), &record.facts).await
    }

    /// Advances the frame of a record by the transition that the stimulus causes. Returns none if
    /// the frame does not wait for that stimulus.
    pub(crate) async fn advance_record(
        &self,
        head: &KeyedRecord,
        stimulus: Stimulus,
        not_before: Timestamp,
    ) -> Result<Option<PendingTransitions>, Fault> {
        let frame = &head.record.frame;
        let advance =
            |step_context: &StepContext<'_>| engine::advance(step_context, frame, stimulus.clone());
        let made = self.make_transition(not_before, &frame.state, advance).await?;
        Ok(made.map(|(transition, at)| PendingTransitions::new(Some(frame), transition, at)))
    }

    /// Whether a transition that leads to this frame claims no call, or has a slot for its call.
    /// Without one it must not be appended.
    pub(crate) fn has_slot(&self, frame: &Frame) -> bool {
        match frame.next_action() {
            NextAction::MakeCall { call, .. } => self.ports.take_call_slot(call),
            NextAction::Advance
            | NextAction::AdvanceAt(_)
            | NextAction::StartChildren(_)
            | NextAction::ReportEnd(_)
            | NextAction::Nothing => true,
        }
    }

    /// Has the engine make a transition of this state, at the present time or at `not_before` if that
    /// is later.
    pub(crate) async fn make_transition(
        &self,
        not_before: Timestamp,
        state: &StateName,
        make: impl Fn(&StepContext<'_>) -> Option<Transition> + Send + Sync,
    ) -> Result<Option<(Transition, Timestamp)>, Fault> {
        let now = self.ports.now().max(not_before);
        let time_and_seed = TimeAndSeed { now, seed: self.ports.random_seed() };
        let limits = self.settings.limits;
        let compute = |time: &StepTime<'_>| {
            make(&StepContext {
                definition: &self.definition,
                account_region: &self.settings.account_region,
                limits,
                execution: self.execution,
                facts: self.facts,
                input: self.input.as_ref(),
                path: self.path,
                time_and_seed,
                budget: &StepBudget::new(limits.step_bytes_max(), time),
            })
        };
        let origin = StepOrigin { revision: &self.facts.revision, state };
        let transition = self.ports.compute_step(Some(origin), compute).await?;
        Ok(transition.map(|transition| (transition, now)))
    }

    /// Makes further transitions in memory, until something outside could notice one of them or a
    /// bound is reached. If the process dies before they are appended, they are made again.
    pub(crate) async fn run_on(
        &self,
        pending: &mut PendingTransitions,
        permission: CallPermission,
    ) -> Result<(), Fault> {
        for _ in 1..self.settings.transitions_per_delivery.get() {
            let takes_long = pending.milliseconds() >= TRANSITIONS_MILLISECONDS_MAX;
            let is_large = pending.payload_bytes() >= TRANSITIONS_BYTES_MAX;
            if takes_long || is_large || !may_run_on(pending, permission) {
                return Ok(());
            }
            let frame = pending.frame();
            let advance = |step_context: &StepContext<'_>| {
                engine::advance(step_context, frame, Stimulus::Due)
            };
            let advanced = self.make_transition(pending.last_at(), &frame.state, advance).await?;
            match advanced {
                // Without a slot, the message that is sent for the record waits for one.
                Some((transition, at)) if self.has_slot(&transition.frame) => {
                    pending.add_transition(transition, at);
                }
                Some(_) | None => return Ok(()),
            }
        }
        Ok(())
    }
}

fn may_run_on(pending: &PendingTransitions, permission: CallPermission) -> bool {
    let frame = pending.frame();
    let may_enter = permission == CallPermission::MayCall || frame.queue() == QueueName::Steps;
    may_enter && frame.next_action() == NextAction::Advance
}
