//! A transition in the making.

use asl::{NextOrEnd, StateDefinition};
use jsonpath::RandomStream;
use model::{
    EventKind, EventRef, Failure, Frame, FrameOutcome, FramePhase, IntegrationPattern, Payload,
    PreviousEvent, RecordedEvent, StateName, StateVisit, TaskSecret, TransitionKind, error_name,
};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    inspect::{DataFlowStep, InspectionRecorder},
    message_queue::queue_of_state,
    step_context::StepContext,
    transition::Transition,
};

/// With what a state is left.
#[derive(Debug)]
pub(crate) struct StateOutput {
    pub(crate) output: Payload,
    /// The variables it assigns.
    pub(crate) assigned: Vec<(String, Payload)>,
}

/// Collects the events of a step in one state. Consumed by the one call that ends the step.
pub(crate) struct TransitionBuilder<'a> {
    pub(crate) context: &'a StepContext<'a>,
    pub(crate) state: &'a StateDefinition,
    pub(crate) visit: StateVisit,
    pub(crate) draws: RandomStream,
    /// The secret of the task attempt, where its token may be read.
    pub(crate) secret: Option<TaskSecret>,
    frame: Frame,
    events: Vec<RecordedEvent>,
    /// What the first event follows, where it is not the one before it in the log.
    first_predecessor: PreviousEvent,
    /// Who watches the step, if it is a test.
    recorder: Option<&'a InspectionRecorder>,
}

impl<'a> TransitionBuilder<'a> {
    /// A step that enters a state.
    pub(crate) fn entering_state(
        context: &'a StepContext<'a>,
        frame: &Frame,
        state: &'a StateDefinition,
    ) -> Self {
        let starts_execution = context.path.fork_depth() == 0 && frame.events <= 1;
        let first_predecessor =
            if starts_execution { PreviousEvent::Nothing } else { PreviousEvent::Chain };
        let visit = StateVisit {
            entered_at: context.moment.now,
            entered_event: frame.events + 1,
            retries: Vec::new(),
        };
        Self {
            context,
            state,
            visit,
            draws: RandomStream::new(context.moment.seed),
            secret: frame.task_secret(),
            frame: frame.clone(),
            events: Vec::new(),
            first_predecessor,
            recorder: None,
        }
    }

    /// A step within a state that was entered before.
    pub(crate) fn within_state(
        context: &'a StepContext<'a>,
        frame: &Frame,
        state: &'a StateDefinition,
        visit: &StateVisit,
    ) -> Self {
        Self {
            visit: visit.clone(),
            first_predecessor: PreviousEvent::Chain,
            ..Self::entering_state(context, frame, state)
        }
    }

    /// The first event follows that one of another frame.
    pub(crate) fn following_event(mut self, event: Option<EventRef>) -> Self {
        if let Some(event) = event {
            self.first_predecessor = PreviousEvent::Event(event);
        }
        self
    }

    /// The step is a test that is watched.
    pub(crate) fn with_recorder(self, watch: &'a InspectionRecorder) -> Self {
        Self { recorder: Some(watch), ..self }
    }

    /// Who watches the step, if it is a test.
    pub(crate) const fn recorder(&self) -> Option<&'a InspectionRecorder> {
        self.recorder
    }

    /// Shows a test what a step of the data's flow has come to; nothing otherwise.
    pub(crate) fn record_data(&self, seen: DataFlowStep, payload: &Payload) {
        if let Some(watch) = self.recorder {
            watch.record_data(seen, payload);
        }
    }

    /// The children knew of so many events.
    pub(crate) fn with_events_at_least(mut self, events: u64) -> Self {
        self.frame.events = self.frame.events.max(events);
        self
    }

    /// Adds an event that follows the one before it.
    pub(crate) fn emit_event(&mut self, kind: EventKind) {
        self.push_event(RecordedEvent::new_chained(kind));
    }

    /// Adds an event with a predecessor of its own.
    pub(crate) fn push_event(&mut self, mut event: RecordedEvent) {
        let first = std::mem::take(&mut self.first_predecessor);
        if event.previous == PreviousEvent::Chain {
            event.previous = first;
        }
        self.frame.events += 1;
        self.events.push(event);
    }

    /// A new secret for an attempt of a task; its token may be read if the task waits for an answer.
    ///
    /// Not one of the draws, which expressions show and which tell their seed.
    pub(crate) fn new_task_secret(&mut self, pattern: IntegrationPattern) -> TaskSecret {
        let secret = self.derive_secret("task token");
        self.secret = pattern.has_task_token().then_some(secret);
        secret
    }

    /// What can be derived from the step's seed, for this use alone, and does not tell it.
    pub(crate) fn derive_secret(&self, what: &str) -> TaskSecret {
        let hash = Sha256::new()
            .chain_update(what.as_bytes())
            .chain_update(self.context.moment.seed.to_be_bytes())
            .finalize();
        let (bits, _) = hash.split_at(size_of::<u128>());
        TaskSecret::from_bits(bits.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte)))
    }

    /// What the frame did before this step.
    pub(crate) const fn frame_phase(&self) -> &FramePhase {
        &self.frame.phase
    }

    /// The events so far.
    pub(crate) fn into_events(self) -> Vec<RecordedEvent> {
        self.events
    }

    /// Adds the state's Entered event.
    pub(crate) fn emit_state_entered(&mut self, input: &Payload) {
        self.visit.entered_event = self.frame.events + 1;
        self.emit_event(EventKind::StateEntered {
            state: self.state.state_type(),
            name: self.state.name.clone(),
            input: input.clone().into(),
        });
    }

    /// Ends the step: the frame stays in the state.
    pub(crate) fn stay_in_state(self, phase: FramePhase) -> Transition {
        Transition { events: self.events, frame: Frame { phase, ..self.frame } }
    }

    /// Ends the step: the state is left by `Next`, or at its workflow's end.
    pub(crate) fn leave_state(mut self, leaving: StateOutput, next: &NextOrEnd) -> Transition {
        let exited = self.state_exited_event(&leaving, TransitionKind::Next);
        self.emit_event(exited);
        self.go_to_next(leaving, next)
    }

    /// Ends the step: the state is left by this transition, a rule or a catcher.
    pub(crate) fn leave_state_by(
        mut self,
        transition: TransitionKind,
        leaving: StateOutput,
        target: StateName,
    ) -> Transition {
        let exited = self.state_exited_event(&leaving, transition);
        self.emit_event(exited);
        self.go_to_next(leaving, &NextOrEnd::State(target))
    }

    /// Ends the step like [`Self::leave`], where the Exited event shares the predecessor of the
    /// Succeeded event before it, as AWS numbers Parallel and Map.
    pub(crate) fn leave_state_as_sibling(
        mut self,
        leaving: StateOutput,
        next: &NextOrEnd,
    ) -> Transition {
        let exited = self.state_exited_event(&leaving, TransitionKind::Next);
        self.push_event(RecordedEvent::new_sibling(exited));
        self.go_to_next(leaving, next)
    }

    fn state_exited_event(&self, leaving: &StateOutput, transition: TransitionKind) -> EventKind {
        EventKind::StateExited {
            state: self.state.state_type(),
            name: self.state.name.clone(),
            output: leaving.output.clone().into(),
            assigned: leaving.assigned.iter().map(|(name, _)| name.clone()).collect(),
            transition,
        }
    }

    fn go_to_next(
        mut self,
        StateOutput { output, assigned }: StateOutput,
        next: &NextOrEnd,
    ) -> Transition {
        if !assigned.is_empty() {
            self.frame.variables.assign_all(assigned);
        }
        match next {
            NextOrEnd::State(name) => self.go_to_state(name.clone(), output),
            NextOrEnd::End => self.end_frame(FrameOutcome::Succeeded(output)),
        }
    }

    fn go_to_state(mut self, state: StateName, input: Payload) -> Transition {
        let queue = queue_of_state(self.context.definition, &state);
        self.frame.state = state;
        self.stay_in_state(FramePhase::Ready { input, queue })
    }

    /// Ends the step and the frame by a failure that nothing caught.
    pub(crate) fn fail_frame(self, failure: Failure) -> Transition {
        self.end_frame(FrameOutcome::Failed(failure))
    }

    /// Ends the step and the frame.
    pub(crate) fn end_frame(mut self, outcome: FrameOutcome) -> Transition {
        let last = match (&self.frame.iteration, &outcome) {
            _ if self.context.path.fork_depth() == 0 => Some(execution_end_event(&outcome)),
            (Some(iteration), FrameOutcome::Succeeded(_)) => {
                Some(EventKind::MapIterationSucceeded {
                    name: iteration.map.clone(),
                    index: iteration.index,
                })
            }
            (
                Some(iteration),
                FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_),
            ) => Some(EventKind::MapIterationFailed {
                name: iteration.map.clone(),
                index: iteration.index,
            }),
            (None, _) => None,
        };
        if let Some(last) = last {
            self.emit_event(last);
        }
        self.stay_in_state(FramePhase::Ended(outcome))
    }

    /// Bytes of all variables in scope.
    pub(crate) fn variables_size_bytes(&self) -> usize {
        self.frame.variables.size_bytes()
    }

    /// The variables that the state's expressions read and that have been assigned.
    pub(crate) fn referenced_variables(&self) -> Map<String, Value> {
        if self.frame.variables.is_empty() {
            return Map::new();
        }
        let names = self.context.definition.variable_references.get(&self.state.name);
        let value = |name: &String| {
            Some((name.clone(), self.frame.variables.get(name)?.json_value().clone()))
        };
        names.into_iter().flatten().filter_map(value).collect()
    }

    /// A JSONata expression of this field has failed: history shows it before the state's own end.
    pub(crate) fn emit_evaluation_failed(&mut self, text: &str, location: Option<&str>) -> Failure {
        let failure = self.state_failure(error_name::QUERY_EVALUATION_ERROR, text);
        let kind = EventKind::EvaluationFailed {
            failure: failure.clone(),
            location: location.map(str::to_owned),
            state: self.state.name.clone(),
        };
        // AWS numbers it beside the Entered event.
        let follows_entered = self
            .events
            .last()
            .is_some_and(|event| matches!(event.kind, EventKind::StateEntered { .. }));
        self.push_event(if follows_entered {
            RecordedEvent::new_sibling(kind)
        } else {
            RecordedEvent::new_chained(kind)
        });
        failure
    }

    /// Whether the step's last event is a failed evaluation.
    pub(crate) fn evaluation_has_failed(&self) -> bool {
        let last = self.events.last().map(|event| &event.kind);
        matches!(last, Some(EventKind::EvaluationFailed { .. }))
    }

    /// No rule of a Choice holds, and it has no default.
    pub(crate) fn no_choice_matched(&self) -> Failure {
        self.state_failure(
            error_name::NO_CHOICE_MATCHED,
            "Failed to transition out of the state. The state does not point to a next state.",
        )
    }

    /// A failure of the state itself, with the cause as AWS words it.
    ///
    /// A test has no event to name (recorded).
    pub(crate) fn state_failure(&self, error: &str, text: &str) -> Failure {
        if self.recorder.is_some() {
            return Failure::new(error, text);
        }
        let cause = format!(
            "An error occurred while executing the state '{}' (entered at the event id #{}). {text}",
            self.state.name, self.visit.entered_event
        );
        Failure::new(error, cause)
    }

    /// The frame is in a phase that its state's type does not have: the record and the definition do
    /// not belong together.
    pub(crate) fn fail_mismatched_record(self) -> Transition {
        let failure = self.runtime_failure("The execution's record does not fit its definition.");
        self.fail_frame(failure)
    }

    /// A failure that nothing can catch.
    pub(crate) fn runtime_failure(&self, text: &str) -> Failure {
        self.state_failure(error_name::RUNTIME, text)
    }
}

/// The last event of an execution that ends so.
pub(crate) fn execution_end_event(outcome: &FrameOutcome) -> EventKind {
    match outcome {
        FrameOutcome::Succeeded(output) => {
            EventKind::ExecutionSucceeded { output: output.clone().into() }
        }
        FrameOutcome::Failed(failure) => EventKind::ExecutionFailed(failure.clone()),
        FrameOutcome::TimedOut(failure) => EventKind::ExecutionTimedOut(failure.clone()),
        FrameOutcome::Aborted(failure) => EventKind::ExecutionAborted(failure.clone()),
    }
}
