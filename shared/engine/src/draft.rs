//! A transition in the making.

use asl::{IntegrationPattern, Next, State};
use jsonpath::Draws;
use model::{
    Event, EventKind, EventRef, Failure, Frame, Outcome, Payload, Phase, Previous, Secret,
    StateName, Visit, error_name,
};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    Scene, Transition,
    inspect::{Seen, Watch},
    language::Leaving,
};

/// Collects the events of a step in one state. Consumed by the one call that ends the step.
pub(crate) struct Draft<'a> {
    pub(crate) scene: &'a Scene<'a>,
    pub(crate) state: &'a State,
    pub(crate) visit: Visit,
    pub(crate) draws: Draws,
    /// The secret of the task attempt, where its token may be read.
    pub(crate) secret: Option<Secret>,
    frame: Frame,
    events: Vec<Event>,
    /// What the first event follows, where it is not the one before it in the log.
    first: Previous,
    /// Who watches the step, if it is a test.
    watch: Option<&'a Watch>,
}

impl<'a> Draft<'a> {
    /// A step that enters a state.
    pub(crate) fn entering(scene: &'a Scene<'a>, frame: &Frame, state: &'a State) -> Self {
        let starts_execution = scene.path.depth() == 0 && frame.events <= 1;
        let first = if starts_execution { Previous::Nothing } else { Previous::Chain };
        let visit = Visit {
            entered_at: scene.moment.now,
            entered_event: frame.events + 1,
            retries: Vec::new(),
        };
        Self {
            scene,
            state,
            visit,
            draws: Draws::new(scene.moment.seed),
            secret: frame.answerable(),
            frame: frame.clone(),
            events: Vec::new(),
            first,
            watch: None,
        }
    }

    /// A step within a state that was entered before.
    pub(crate) fn within(
        scene: &'a Scene<'a>,
        frame: &Frame,
        state: &'a State,
        visit: &Visit,
    ) -> Self {
        Self { visit: visit.clone(), first: Previous::Chain, ..Self::entering(scene, frame, state) }
    }

    /// The first event follows that one of another frame.
    pub(crate) fn after(mut self, event: Option<EventRef>) -> Self {
        if let Some(event) = event {
            self.first = Previous::Event(event);
        }
        self
    }

    /// The step is a test that is watched.
    pub(crate) fn watched(self, watch: &'a Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Who watches the step, if it is a test.
    pub(crate) const fn watch(&self) -> Option<&'a Watch> {
        self.watch
    }

    /// Shows a test what a step of the data's flow has come to; nothing otherwise.
    pub(crate) fn saw(&self, seen: Seen, payload: &Payload) {
        if let Some(watch) = self.watch {
            watch.saw(seen, payload);
        }
    }

    /// The children knew of so many events.
    pub(crate) fn having_seen(mut self, events: u64) -> Self {
        self.frame.events = self.frame.events.max(events);
        self
    }

    /// Adds an event that follows the one before it.
    pub(crate) fn emit(&mut self, kind: EventKind) {
        self.push(Event::chained(kind));
    }

    /// Adds an event with a predecessor of its own.
    pub(crate) fn push(&mut self, mut event: Event) {
        let first = std::mem::take(&mut self.first);
        if event.previous == Previous::Chain {
            event.previous = first;
        }
        self.frame.events += 1;
        self.events.push(event);
    }

    /// A new secret for an attempt of a task; its token may be read if the task waits for an answer.
    ///
    /// Not one of the draws, which expressions show and which tell their seed.
    pub(crate) fn new_secret(&mut self, pattern: IntegrationPattern) -> Secret {
        let secret = self.derived("task token");
        self.secret = pattern.waits().then_some(secret);
        secret
    }

    /// What can be derived from the step's seed, for this use alone, and does not tell it.
    pub(crate) fn derived(&self, what: &str) -> Secret {
        let hash = Sha256::new()
            .chain_update(what.as_bytes())
            .chain_update(self.scene.moment.seed.to_be_bytes())
            .finalize();
        let (bits, _) = hash.split_at(size_of::<u128>());
        Secret::new(bits.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte)))
    }

    /// What the frame did before this step.
    pub(crate) const fn phase(&self) -> &Phase {
        &self.frame.phase
    }

    /// The events so far.
    pub(crate) fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// Adds the state's Entered event.
    pub(crate) fn emit_entered(&mut self, input: &Payload) {
        self.visit.entered_event = self.frame.events + 1;
        self.emit(EventKind::StateEntered {
            state: self.state.state_type(),
            name: self.state.name.clone(),
            input: input.clone().into(),
        });
    }

    /// Ends the step: the frame stays in the state.
    pub(crate) fn stay(self, phase: Phase) -> Transition {
        Transition { events: self.events, frame: Frame { phase, ..self.frame } }
    }

    /// Ends the step: the state is left so.
    pub(crate) fn leave(mut self, leaving: Leaving, next: &Next) -> Transition {
        let exited = self.exited(&leaving);
        self.emit(exited);
        self.pass_on(leaving, next)
    }

    /// Ends the step like [`Self::leave`], where the Exited event shares the predecessor of the
    /// Succeeded event before it, as AWS numbers Parallel and Map.
    pub(crate) fn leave_beside(mut self, leaving: Leaving, next: &Next) -> Transition {
        let exited = self.exited(&leaving);
        self.push(Event::sibling(exited));
        self.pass_on(leaving, next)
    }

    fn exited(&self, leaving: &Leaving) -> EventKind {
        EventKind::StateExited {
            state: self.state.state_type(),
            name: self.state.name.clone(),
            output: leaving.output.clone().into(),
            assigned: leaving.assigned.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    fn pass_on(mut self, Leaving { output, assigned }: Leaving, next: &Next) -> Transition {
        if !assigned.is_empty() {
            self.frame.variables.assign(assigned);
        }
        match next {
            Next::State(name) => self.go_to(name.clone(), output),
            Next::End => self.end(Outcome::Succeeded(output)),
        }
    }

    fn go_to(mut self, state: StateName, input: Payload) -> Transition {
        self.frame.state = state;
        self.stay(Phase::Ready { input })
    }

    /// Ends the step and the frame by a failure that nothing caught.
    pub(crate) fn fail(self, failure: Failure) -> Transition {
        self.end(Outcome::Failed(failure))
    }

    /// Ends the step and the frame.
    pub(crate) fn end(mut self, outcome: Outcome) -> Transition {
        let last = match (&self.frame.iteration, &outcome) {
            _ if self.scene.path.depth() == 0 => Some(execution_end(&outcome)),
            (Some(iteration), Outcome::Succeeded(_)) => Some(EventKind::MapIterationSucceeded {
                name: iteration.map.clone(),
                index: iteration.index,
            }),
            (Some(iteration), Outcome::Failed(_) | Outcome::TimedOut(_) | Outcome::Aborted(_)) => {
                Some(EventKind::MapIterationFailed {
                    name: iteration.map.clone(),
                    index: iteration.index,
                })
            }
            (None, _) => None,
        };
        if let Some(last) = last {
            self.emit(last);
        }
        self.stay(Phase::Ended(outcome))
    }

    /// Bytes of all variables in scope.
    pub(crate) fn variables_size_bytes(&self) -> usize {
        self.frame.variables.size_bytes()
    }

    /// The variables that the state's expressions read and that have been assigned.
    pub(crate) fn variables(&self) -> Map<String, Value> {
        if self.frame.variables.is_empty() {
            return Map::new();
        }
        let names = self.scene.definition.variable_references.get(&self.state.name);
        let value =
            |name: &String| Some((name.clone(), self.frame.variables.get(name)?.value().clone()));
        names.into_iter().flatten().filter_map(value).collect()
    }

    /// A JSONata expression of this field has failed: history shows it before the state's own end.
    pub(crate) fn evaluation_failed(&mut self, text: &str, location: Option<&str>) -> Failure {
        let failure = self.failure(error_name::QUERY_EVALUATION_ERROR, text);
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
        self.push(if follows_entered { Event::sibling(kind) } else { Event::chained(kind) });
        failure
    }

    /// Whether the step's last event is a failed evaluation.
    pub(crate) fn evaluation_has_failed(&self) -> bool {
        let last = self.events.last().map(|event| &event.kind);
        matches!(last, Some(EventKind::EvaluationFailed { .. }))
    }

    /// No rule of a Choice holds, and it has no default.
    pub(crate) fn no_choice_matched(&self) -> Failure {
        self.failure(
            error_name::NO_CHOICE_MATCHED,
            "Failed to transition out of the state. The state does not point to a next state.",
        )
    }

    /// A failure of the state itself, with the cause as AWS words it.
    ///
    /// A test has no event to name (recorded).
    pub(crate) fn failure(&self, error: &str, text: &str) -> Failure {
        if self.watch.is_some() {
            return Failure::new(error, text);
        }
        let cause = format!(
            "An error occurred while executing the state '{}' (entered at the event id #{}). {text}",
            self.state.name, self.visit.entered_event
        );
        Failure::new(error, cause)
    }

    /// A failure that nothing can catch.
    pub(crate) fn runtime_failure(&self, text: &str) -> Failure {
        self.failure(error_name::RUNTIME, text)
    }
}

/// The last event of an execution that ends so.
pub(crate) fn execution_end(outcome: &Outcome) -> EventKind {
    match outcome {
        Outcome::Succeeded(output) => {
            EventKind::ExecutionSucceeded { output: output.clone().into() }
        }
        Outcome::Failed(failure) => EventKind::ExecutionFailed(failure.clone()),
        Outcome::TimedOut(failure) => EventKind::ExecutionTimedOut(failure.clone()),
        Outcome::Aborted(failure) => EventKind::ExecutionAborted(failure.clone()),
    }
}
