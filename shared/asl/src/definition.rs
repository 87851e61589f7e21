//! A state machine in which illegal states cannot be written.

pub(crate) mod choice;
pub(crate) mod fail;
pub(crate) mod flow;
pub(crate) mod handlers;
pub(crate) mod map;
pub(crate) mod parallel;
pub(crate) mod pass;
pub(crate) mod pattern;
pub(crate) mod succeed;
pub(crate) mod task;
pub(crate) mod wait;

use std::collections::BTreeMap;

use model::{StateName, StateType};

/// A valid state machine.
///
/// All states, nested ones included, stand in one table: names are unique in the whole definition.
///
/// Spec: ASL § Structure of a State Machine.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The author's words.
    pub comment: Option<String>,
    /// The first state and the names of the top level's states, in the author's order.
    pub workflow: parallel::Branch,
    /// Seconds after which an execution ends as timed out.
    pub timeout_seconds: Option<u64>,
    /// Every state by its name.
    pub states: BTreeMap<StateName, State>,
    /// Whether some expression may read `$$.Execution.Input`, so that a step needs it.
    pub reads_execution_input: bool,
}

impl Definition {
    /// The state of that name, wherever it is nested.
    pub fn state(&self, name: &StateName) -> Option<&State> {
        self.states.get(name)
    }
}

/// A state with what all types have.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name.
    pub name: StateName,
    /// The author's words.
    pub comment: Option<String>,
    /// What it does.
    pub kind: StateKind,
}

/// The eight types of state, in the JSONPath query language.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is documented at its type")]
pub enum StateKind {
    Pass(pass::Pass),
    Task(Box<task::Task>),
    Choice(choice::Choice),
    Wait(wait::Wait),
    Succeed(succeed::Succeed),
    Fail(fail::Fail),
    Parallel(Box<parallel::Parallel>),
    Map(Box<map::Map>),
}

impl StateKind {
    /// The type, as history names it.
    pub const fn state_type(&self) -> StateType {
        match self {
            Self::Pass(_) => StateType::Pass,
            Self::Task(_) => StateType::Task,
            Self::Choice(_) => StateType::Choice,
            Self::Wait(_) => StateType::Wait,
            Self::Succeed(_) => StateType::Succeed,
            Self::Fail(_) => StateType::Fail,
            Self::Parallel(_) => StateType::Parallel,
            Self::Map(_) => StateType::Map,
        }
    }
}
