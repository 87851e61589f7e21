//! Builds the transition of one step.

use asl::{NextOrEnd, StateDefinition};
use model::{
    EventKind, EventRef, Failure, Frame, FrameOutcome, FramePhase, IntegrationPattern, Payload,
    PreviousEvent, RecordedEvent, StateName, StateType, StateVisit, TaskSecret, TransitionKind,
    error_name,
};
use random_stream::RandomStream;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    child_end::is_failed_task,
    inspect::{DataFlowStep, InspectionRecorder},
    message_queue::queue_of_state,
    step_context::StepContext,
    transition::Transition,
};

/// The output of a state and the variables that it assigns.
#[derive(Debug)]
pub(crate) struct StateOutput {
    pub(crate) output: Payload,
    /// Names and values of the assigned variables.
    pub(crate) assigned: Vec<(String, Payload)>,
}

/// Collects the events of one step in one state. The method that ends the step consumes it.
pub(crate) struct TransitionBuilder<'a> {
    pub(crate) context: &'a StepContext<'a>,
    pub(crate) state: &'a StateDefinition,
    pub(crate) visit: StateVisit,
    pub(crate) random: RandomStream,
    /// The secret of the task attempt, if expressions can read its task token.
    pub(crate) secret: Option<TaskSecret>,
    frame: Frame,
    events: Vec<RecordedEvent>,
    /// The predecessor of the step's first event.
    first_predecessor: PreviousEvent,
    /// The recorder of a state test, if the step is part of one.
    recorder: Option<&'a InspectionRecorder>,
}

impl<'a> TransitionBuilder<'a> {
    /// Begins a step that enters a state.
    pub(crate) fn entering_state(
        context: &'a StepContext<'a>,
        frame: &Frame,
        state: &'a StateDefinition,
    ) -> Self {
        let starts_execution = context.path.fork_depth() == 0 && frame.events <= 1;
        let first_predecessor =
            if starts_execution { PreviousEvent::Nothing } else { PreviousEvent::Chain };
        let visit = StateVisit {
            entered_at: context.time_and_seed.now,
            entered_event: frame.events + 1,
            retries: Vec::new(),
        };
        Self {
            context,
            state,
            visit,
            random: RandomStream::new(context.time_and_seed.seed),
            secret: frame.task_secret(),
            frame: frame.clone(),
            events: Vec::new(),
            first_predecessor,
            recorder: None,
        }
    }

    /// Returns how many more events the history of the execution may have, as far as the frame knows.
    pub(crate) const fn events_left(&self) -> u64 {
        self.context.limits.history_events.saturating_sub(self.frame.events)
    }

    /// Begins a step in a state that was entered before.
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

    /// Makes the step's first event follow an event of another frame, if one is given.
    pub(crate) fn following_event(mut self, event: Option<EventRef>) -> Self {
        if let Some(event) = event {
            self.first_predecessor = PreviousEvent::Event(event);
        }
        self
    }

    /// Adds the recorder of a state test.
    pub(crate) fn with_recorder(self, recorder: &'a InspectionRecorder) -> Self {
        Self { recorder: Some(recorder), ..self }
    }

    /// Returns the recorder of a state test, if the step is part of one.
    pub(crate) const fn recorder(&self) -> Option<&'a InspectionRecorder> {
        self.recorder
    }

    /// Records the data after a step of the data flow, if the step is part of a state test.
    pub(crate) fn record_data(&self, seen: DataFlowStep, payload: &Payload) {
        if let Some(recorder) = self.recorder {
            recorder.record_data(seen, payload);
        }
    }

    /// Raises the event count of the frame to the count that its children know.
    pub(crate) fn with_events_at_least(mut self, events: u64) -> Self {
        self.frame.events = self.frame.events.max(events);
        self
    }

    /// Adds an event that follows the event before it.
    pub(crate) fn emit_event(&mut self, kind: EventKind) {
        self.push_event(RecordedEvent::new_chained(kind));
    }

    /// Adds an event with the predecessor that it names. A chained first event gets the predecessor
    /// of the step.
    pub(crate) fn push_event(&mut self, mut event: RecordedEvent) {
        let first = std::mem::take(&mut self.first_predecessor);
        if event.previous == PreviousEvent::Chain {
            event.previous = first;
        }
        self.frame.events += 1;
        self.events.push(event);
    }

    /// Creates the secret of a task attempt. Expressions can read its token if the task waits for
    /// an answer.
    ///
    /// The secret is not taken from `random`, because expressions show those numbers, and they would
    /// reveal the seed.
    pub(crate) fn new_task_secret(&mut self, pattern: IntegrationPattern) -> TaskSecret {
        let secret = self.derive_secret("task token");
        self.secret = pattern.has_task_token().then_some(secret);
        secret
    }

    /// Derives a secret for one use from the step's seed. The secret does not reveal the seed.
    pub(crate) fn derive_secret(&self, what: &str) -> TaskSecret {
        let hash = Sha256::new()
            .chain_update(what.as_bytes())
            .chain_update(self.context.time_and_seed.seed.to_be_bytes())
            .finalize();
        let (bits, _) = hash.split_at(size_of::<u128>());
        TaskSecret::from_bits(bits.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte)))
    }

    /// Returns the phase of the frame before this step.
    pub(crate) const fn frame_phase(&self) -> &FramePhase {
        &self.frame.phase
    }

    /// Returns the events that were added so far.
    pub(crate) fn into_events(self) -> Vec<RecordedEvent> {
        self.events
    }

    /// Adds the state's Entered event.
    pub(crate) fn emit_state_entered(&mut self, input: &Payload) {
        self.visit.entered_event = self.frame.events + 1;
        self.emit_event(EventKind::StateEntered {
            state: self.state.state_type(),
            name: self.state.name.clone(),
            input: input.clone(),
        });
    }

    /// Ends the step with a phase. The frame stays in its state.
    pub(crate) fn stay_in_state(self, phase: FramePhase) -> Transition {
        Transition { events: self.events, frame: Frame { phase, ..self.frame } }
    }

    /// Ends the step and leaves the state by `Next` or `End`.
    pub(crate) fn leave_state(mut self, leaving: StateOutput, next: &NextOrEnd) -> Transition {
        let exited = self.state_exited_event(&leaving, TransitionKind::Next);
        self.emit_event(exited);
        self.go_to_next(leaving, next)
    }

    /// Ends the step and leaves the state by the transition of a rule, a default or a catcher.
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

    /// Ends the step like [`Self::leave_state`], but the Exited event has the same predecessor as
    /// the Succeeded event before it. AWS numbers Parallel and Map like this.
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
            output: leaving.output.clone(),
            assigned: leaving.assigned.clone(),
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

    /// Ends the step and the frame with a failure that nothing caught.
    pub(crate) fn fail_frame(self, failure: Failure) -> Transition {
        self.end_frame(FrameOutcome::Failed(failure))
    }

    /// Ends the step and the frame with this outcome.
    pub(crate) fn end_frame(mut self, outcome: FrameOutcome) -> Transition {
        let last = match (&self.frame.iteration, &outcome) {
            _ if self.context.path.fork_depth() == 0 => Some(execution_end_event(&outcome)),
            (Some(iteration), FrameOutcome::Succeeded(_)) => {
                Some(EventKind::MapIterationSucceeded {
                    name: iteration.map.clone(),
                    index: iteration.index,
                })
            }
            // The Map shows that an iteration has failed, see [`crate::FailedChildEvents`].
            (_, FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_))
            | (None, _) => None,
        };
        if let Some(last) = last {
            self.emit_event(last);
        }
        self.stay_in_state(FramePhase::Ended(outcome))
    }

    /// Returns the total size of all variables in scope in bytes.
    pub(crate) fn variables_size_bytes(&self) -> usize {
        self.frame.variables.size_bytes()
    }

    /// Returns the assigned variables that the state's expressions read.
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

    /// Adds `EvaluationFailed` for a JSONata expression at this location. Returns the failure of
    /// the state.
    pub(crate) fn emit_evaluation_failed(&mut self, text: &str, location: Option<&str>) -> Failure {
        // AWS gives it the predecessor of the Entered event before it, and of the event that says
        // how the children of a Parallel or Map have ended (observed).
        let is_beside = self.events.last().is_some_and(|event| {
            matches!(
                event.kind,
                EventKind::StateEntered { .. }
                    | EventKind::ParallelStateSucceeded
                    | EventKind::ParallelStateFailed
                    | EventKind::MapStateSucceeded
                    | EventKind::MapStateFailed
            )
        });
        let previous = if is_beside { PreviousEvent::Sibling } else { PreviousEvent::Chain };
        self.push_evaluation_failed(text, location, previous)
    }

    /// Adds `EvaluationFailed` for the value of an expression that its field cannot use. AWS lets
    /// that event follow the Entered event (observed). Returns the failure of the state.
    pub(crate) fn emit_unusable_value(&mut self, text: &str, field: &str) -> Failure {
        self.push_evaluation_failed(text, Some(field), PreviousEvent::Chain)
    }

    fn push_evaluation_failed(
        &mut self,
        text: &str,
        location: Option<&str>,
        previous: PreviousEvent,
    ) -> Failure {
        let failure = self.state_failure(error_name::QUERY_EVALUATION_ERROR, text);
        let kind = EventKind::EvaluationFailed {
            failure: failure.clone(),
            location: location.map(str::to_owned),
            state: self.state.name.clone(),
        };
        self.push_event(RecordedEvent::new(previous, kind));
        failure
    }

    /// Adds that the state has failed, if it is a Parallel or Map whose own expression has just
    /// failed (observed).
    pub(crate) fn emit_failed_by_evaluation(&mut self) {
        let last = self.events.last().map(|event| &event.kind);
        if !matches!(last, Some(EventKind::EvaluationFailed { .. })) {
            return;
        }
        match self.state.state_type() {
            StateType::Parallel => self.emit_event(EventKind::ParallelStateFailed),
            StateType::Map => self.emit_event(EventKind::MapStateFailed),
            StateType::Pass
            | StateType::Task
            | StateType::Choice
            | StateType::Wait
            | StateType::Succeed
            | StateType::Fail => {}
        }
    }

    /// Returns whether this step has shown that a task has failed: of the state, or of the child
    /// whose failure it handles.
    pub(crate) fn task_has_failed(&self) -> bool {
        self.events.iter().any(|event| {
            is_failed_task(&event.kind)
                || matches!(event.kind, EventKind::StateAborted(StateType::Task))
        })
    }

    /// Returns the failure of a Choice state without a matching rule and without a default: not
    /// `States.NoChoiceMatched` (observed).
    pub(crate) fn no_choice_matched(&self) -> Failure {
        self.runtime_failure(
            "Failed to transition out of the state. The state does not point to a next state.",
        )
    }

    /// Returns a failure of the state itself. The cause has AWS's wording.
    ///
    /// In a state test, the cause names no event (recorded).
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

    /// Fails a frame whose phase does not fit the type of its state: the record and the definition
    /// do not belong together.
    pub(crate) fn fail_mismatched_record(self) -> Transition {
        let failure = self.runtime_failure("The execution's record does not fit its definition.");
        self.fail_frame(failure)
    }

    /// Returns a `States.Runtime` failure of the state, which nothing can catch.
    pub(crate) fn runtime_failure(&self, text: &str) -> Failure {
        self.state_failure(error_name::RUNTIME, text)
    }
}

/// Returns the last event of an execution that ends with this outcome.
pub(crate) fn execution_end_event(outcome: &FrameOutcome) -> EventKind {
    match outcome {
        FrameOutcome::Succeeded(output) => EventKind::ExecutionSucceeded { output: output.clone() },
        FrameOutcome::Failed(failure) => EventKind::ExecutionFailed(failure.clone()),
        FrameOutcome::TimedOut(failure) => EventKind::ExecutionTimedOut(failure.clone()),
        FrameOutcome::Aborted(failure) => EventKind::ExecutionAborted(failure.clone()),
    }
}
