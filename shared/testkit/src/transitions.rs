//! Every transition of a definition.

use std::fmt;

use asl::{
    ChoiceState, Definition, ErrorHandlers, NextOrEnd, QueryLanguage, StateBody, StateKind,
    WorkflowDefinition,
};
use model::{StateName, TransitionKind, TransitionRef};

/// One transition of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineTransition {
    /// Which transition out of which state.
    pub reference: TransitionRef,
    /// The state that it leads to; a retry leads back.
    pub target: StateName,
}

/// `Pick: Choices[0] -> Big`
impl fmt::Display for MachineTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reference: TransitionRef { state, kind }, target } = self;
        match kind {
            TransitionKind::Retry(_) => write!(f, "{state}: {kind}"),
            TransitionKind::Next
            | TransitionKind::ChoiceRule(_)
            | TransitionKind::Default
            | TransitionKind::Catch(_) => write!(f, "{state}: {kind} -> {target}"),
        }
    }
}

/// Every transition out of every state, in the author's order.
pub(crate) fn list_transitions(definition: &Definition) -> Vec<MachineTransition> {
    let mut transitions = Vec::new();
    add_workflow(definition, &definition.workflow, &mut transitions);
    transitions
}

fn add_workflow(
    definition: &Definition,
    workflow: &WorkflowDefinition,
    transitions: &mut Vec<MachineTransition>,
) {
    for state in workflow.states.iter().filter_map(|name| definition.find_state(name)) {
        let found = match &state.body {
            StateBody::JsonPath(kind) => transitions_of_kind(&state.name, kind),
            StateBody::Jsonata(kind) => transitions_of_kind(&state.name, kind),
        };
        transitions.extend(found.into_iter().map(|(kind, target)| MachineTransition {
            reference: TransitionRef { state: state.name.clone(), kind },
            target,
        }));
        for inner in state.inner_workflows() {
            add_workflow(definition, inner, transitions);
        }
    }
}

/// The transitions of one state, each with its target.
type StateTransitions = Vec<(TransitionKind, StateName)>;

fn transitions_of_kind<L: QueryLanguage>(
    name: &StateName,
    kind: &StateKind<L>,
) -> StateTransitions {
    match kind {
        StateKind::Pass(pass) => next_transition(&pass.next),
        StateKind::Wait(wait) => next_transition(&wait.next),
        StateKind::Choice(choice) => choice_transitions(choice),
        StateKind::Task(task) => with_handlers(name, &task.next, &task.handlers),
        StateKind::Parallel(parallel) => with_handlers(name, &parallel.next, &parallel.handlers),
        StateKind::Map(map) => with_handlers(name, &map.next, &map.handlers),
        StateKind::Succeed(_) | StateKind::Fail(_) => Vec::new(),
    }
}

fn next_transition(next: &NextOrEnd) -> StateTransitions {
    match next {
        NextOrEnd::State(target) => vec![(TransitionKind::Next, target.clone())],
        NextOrEnd::End => Vec::new(),
    }
}

fn choice_transitions<L: QueryLanguage>(choice: &ChoiceState<L>) -> StateTransitions {
    let rules = (0..).zip(&choice.rules);
    let rules = rules.map(|(index, rule)| (TransitionKind::ChoiceRule(index), rule.next.clone()));
    let default = choice.default.iter().map(|target| (TransitionKind::Default, target.clone()));
    rules.chain(default).collect()
}

fn with_handlers<L: QueryLanguage>(
    name: &StateName,
    next: &NextOrEnd,
    handlers: &ErrorHandlers<L>,
) -> StateTransitions {
    let mut transitions = next_transition(next);
    let retriers = (0..).zip(&handlers.retry);
    transitions.extend(retriers.map(|(index, _)| (TransitionKind::Retry(index), name.clone())));
    let catchers = (0..).zip(&handlers.catch);
    transitions.extend(
        catchers.map(|(index, catcher)| (TransitionKind::Catch(index), catcher.next.clone())),
    );
    transitions
}
