//! The ways out of states.

use std::fmt;

use asl::{Body, Branch, Choice, Definition, Handlers, Language, Next, State, StateKind};
use model::StateName;

/// One way out of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The state.
    pub state: StateName,
    /// Which of its ways.
    pub exit: Exit,
    /// Where it leads; a retry leads back.
    pub target: StateName,
}

/// Which way out of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
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
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, exit, target } = self;
        match exit {
            Exit::Next => write!(f, "{state}: Next -> {target}"),
            Exit::Rule(index) => write!(f, "{state}: Choices[{index}] -> {target}"),
            Exit::Default => write!(f, "{state}: Default -> {target}"),
            Exit::Retry(index) => write!(f, "{state}: Retry[{index}]"),
            Exit::Catch(index) => write!(f, "{state}: Catch[{index}] -> {target}"),
        }
    }
}

/// Every way out of every state, in the author's order.
pub(crate) fn ways(definition: &Definition) -> Vec<Way> {
    let mut ways = Vec::new();
    add_workflow(definition, &definition.workflow, &mut ways);
    ways
}

fn add_workflow(definition: &Definition, workflow: &Branch, ways: &mut Vec<Way>) {
    for state in workflow.states.iter().filter_map(|name| definition.state(name)) {
        let mut copy = state.clone();
        visit(&mut copy, &mut |exit, target| {
            ways.push(Way { state: state.name.clone(), exit, target: target.clone() });
        });
        for inner in state.workflows() {
            add_workflow(definition, inner, ways);
        }
    }
}

/// The definition with each way out of a state leading to a state of its own, which is not there:
/// a step that takes a way says which. `ways` are all ways of the definition.
pub(crate) fn marked(definition: &Definition, ways: &[Way]) -> Definition {
    let mut marked = definition.clone();
    for (name, state) in &mut marked.states {
        // Those of one state stand together, in the order in which they are visited.
        let Some(first) = ways.iter().position(|way| way.state == *name) else { continue };
        let mut place = first;
        visit(state, &mut |_, target| {
            *target = mark(place);
            place += 1;
        });
    }
    marked
}

/// The state to which only the way at that place leads.
pub(crate) fn mark(place: usize) -> StateName {
    StateName::new(&format!("\u{0}{place}"))
}

/// Calls with every way out of a state and its target; a retry's target is the state itself.
fn visit(state: &mut State, see: &mut impl FnMut(Exit, &mut StateName)) {
    let name = state.name.clone();
    match &mut state.body {
        Body::JsonPath(kind) => visit_kind(&name, kind, see),
        Body::Jsonata(kind) => visit_kind(&name, kind, see),
    }
}

fn visit_kind<L: Language>(
    name: &StateName,
    kind: &mut StateKind<L>,
    see: &mut impl FnMut(Exit, &mut StateName),
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

fn visit_next(next: &mut Next, see: &mut impl FnMut(Exit, &mut StateName)) {
    if let Next::State(target) = next {
        see(Exit::Next, target);
    }
}

fn visit_choice<L: Language>(choice: &mut Choice<L>, see: &mut impl FnMut(Exit, &mut StateName)) {
    for (index, rule) in choice.rules.iter_mut().enumerate() {
        see(Exit::Rule(index), &mut rule.next);
    }
    if let Some(default) = &mut choice.default {
        see(Exit::Default, default);
    }
}

fn visit_handlers<L: Language>(
    name: &StateName,
    handlers: &mut Handlers<L>,
    see: &mut impl FnMut(Exit, &mut StateName),
) {
    for index in 0..handlers.retry.len() {
        see(Exit::Retry(index), &mut name.clone());
    }
    for (index, catcher) in handlers.catch.iter_mut().enumerate() {
        see(Exit::Catch(index), &mut catcher.next);
    }
}
