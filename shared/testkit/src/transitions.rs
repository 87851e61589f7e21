//! The ways out of states.

use std::fmt;

use asl::{
    ChoiceState, Definition, ErrorHandlers, NextOrEnd, QueryLanguage, StateBody, StateDefinition,
    StateKind, WorkflowDefinition,
};
use model::StateName;

/// One way out of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitionRef {
    /// The state.
    pub state: StateName,
    /// Which of its ways.
    pub kind: TransitionKind,
    /// Where it leads; a retry leads back.
    pub target: StateName,
}

/// Which way out of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransitionKind {
    /// `Next`
    Next,
    /// `Choices[n]`
    Rule(usize),
    /// `Default`
    Default,
    /// `Retry[n]`
    Retry(usize),
    /// `Catch[n]`
    Catch(usize),
}

/// `Pick: Choices[0] -> Big`
impl fmt::Display for TransitionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, kind: exit, target } = self;
        match exit {
            TransitionKind::Next => write!(f, "{state}: Next -> {target}"),
            TransitionKind::Rule(index) => write!(f, "{state}: Choices[{index}] -> {target}"),
            TransitionKind::Default => write!(f, "{state}: Default -> {target}"),
            TransitionKind::Retry(index) => write!(f, "{state}: Retry[{index}]"),
            TransitionKind::Catch(index) => write!(f, "{state}: Catch[{index}] -> {target}"),
        }
    }
}

/// Every way out of every state, in the author's order.
pub(crate) fn list_transitions(definition: &Definition) -> Vec<TransitionRef> {
    let mut ways = Vec::new();
    add_workflow(definition, &definition.workflow, &mut ways);
    ways
}

fn add_workflow(
    definition: &Definition,
    workflow: &WorkflowDefinition,
    ways: &mut Vec<TransitionRef>,
) {
    for state in workflow.states.iter().filter_map(|name| definition.find_state(name)) {
        let mut copy = state.clone();
        visit_transitions(&mut copy, &mut |exit, target| {
            ways.push(TransitionRef {
                state: state.name.clone(),
                kind: exit,
                target: target.clone(),
            });
        });
        for inner in state.inner_workflows() {
            add_workflow(definition, inner, ways);
        }
    }
}

/// The definition with each way out of a state leading to a state of its own, which is not there:
/// a step that takes a way says which. `ways` are all ways of the definition.
pub(crate) fn mark_transitions(definition: &Definition, ways: &[TransitionRef]) -> Definition {
    let mut marked = definition.clone();
    for (name, state) in &mut marked.states {
        // Those of one state stand together, in the order in which they are visited.
        let Some(first) = ways.iter().position(|way| way.state == *name) else { continue };
        let mut place = first;
        visit_transitions(state, &mut |_, target| {
            *target = transition_marker(place);
            place += 1;
        });
    }
    marked
}

/// The state to which only the way at that place leads.
pub(crate) fn transition_marker(place: usize) -> StateName {
    StateName::new(&format!("\u{0}{place}"))
}

/// Calls with every way out of a state and its target; a retry's target is the state itself.
fn visit_transitions(
    state: &mut StateDefinition,
    see: &mut impl FnMut(TransitionKind, &mut StateName),
) {
    let name = state.name.clone();
    match &mut state.body {
        StateBody::JsonPath(kind) => visit_kind(&name, kind, see),
        StateBody::Jsonata(kind) => visit_kind(&name, kind, see),
    }
}

fn visit_kind<L: QueryLanguage>(
    name: &StateName,
    kind: &mut StateKind<L>,
    see: &mut impl FnMut(TransitionKind, &mut StateName),
) {
    match kind {
        StateKind::Pass(pass) => visit_next(&mut pass.next, see),
        StateKind::Wait(wait) => visit_next(&mut wait.next, see),
        StateKind::Choice(choice) => visit_choice(choice, see),
        StateKind::Task(task) => {
            visit_next(&mut task.next, see);
            visit_handlers(name, &mut task.handlers, see);
        }
        StateKind::Parallel(parallel) => {
            visit_next(&mut parallel.next, see);
            visit_handlers(name, &mut parallel.handlers, see);
        }
        StateKind::Map(map) => {
            visit_next(&mut map.next, see);
            visit_handlers(name, &mut map.handlers, see);
        }
        StateKind::Succeed(_) | StateKind::Fail(_) => {}
    }
}

fn visit_next(next: &mut NextOrEnd, see: &mut impl FnMut(TransitionKind, &mut StateName)) {
    if let NextOrEnd::State(target) = next {
        see(TransitionKind::Next, target);
    }
}

fn visit_choice<L: QueryLanguage>(
    choice: &mut ChoiceState<L>,
    see: &mut impl FnMut(TransitionKind, &mut StateName),
) {
    for (index, rule) in choice.rules.iter_mut().enumerate() {
        see(TransitionKind::Rule(index), &mut rule.next);
    }
    if let Some(default) = &mut choice.default {
        see(TransitionKind::Default, default);
    }
}

fn visit_handlers<L: QueryLanguage>(
    name: &StateName,
    handlers: &mut ErrorHandlers<L>,
    see: &mut impl FnMut(TransitionKind, &mut StateName),
) {
    for index in 0..handlers.retry.len() {
        see(TransitionKind::Retry(index), &mut name.clone());
    }
    for (index, catcher) in handlers.catch.iter_mut().enumerate() {
        see(TransitionKind::Catch(index), &mut catcher.next);
    }
}
