//! A state machine in which illegal states cannot be written.

pub(crate) mod choice;
pub(crate) mod fail;
pub(crate) mod flow;
pub(crate) mod handlers;
pub(crate) mod language;
pub(crate) mod map;
pub(crate) mod parallel;
pub(crate) mod pass;
pub(crate) mod pattern;
pub(crate) mod succeed;
pub(crate) mod task;
pub(crate) mod wait;

use std::collections::{BTreeMap, BTreeSet};

use model::{ChildIndex, StateName, StateType};

use self::language::{JsonPath, Jsonata, QueryLanguage};

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
    pub workflow: parallel::WorkflowDefinition,
    /// Seconds after which an execution ends as timed out.
    pub timeout_seconds: Option<u64>,
    /// Every state by its name.
    pub states: BTreeMap<StateName, StateDefinition>,
    /// Whether some expression may read `$$.Execution.Input`, so that a step needs it.
    pub reads_execution_input: bool,
    /// The variables that each state reads; states that read none are left out.
    ///
    /// Spec: API reference, `DescribeStateMachine` § `variableReferences`.
    pub variable_references: BTreeMap<StateName, BTreeSet<String>>,
}

impl Definition {
    /// Whether a state of a workflow, at whatever depth, reads a variable.
    pub fn reads_variable(&self, workflow: &parallel::WorkflowDefinition, name: &str) -> bool {
        workflow.states.iter().filter_map(|state| self.find_state(state)).any(|state| {
            let reads = self.variable_references.get(&state.name);
            reads.is_some_and(|names| names.contains(name))
                || state.inner_workflows().iter().any(|inner| self.reads_variable(inner, name))
        })
    }

    /// The state of that name, wherever it is nested.
    pub fn find_state(&self, name: &StateName) -> Option<&StateDefinition> {
        self.states.get(name)
    }
}

/// A state with what all types have.
#[derive(Clone, Debug)]
pub struct StateDefinition {
    /// Its name.
    pub name: StateName,
    /// The author's words.
    pub comment: Option<String>,
    /// What it does, in its query language.
    pub body: StateBody,
}

impl StateDefinition {
    /// The type, as history names it.
    pub const fn state_type(&self) -> StateType {
        match &self.body {
            StateBody::JsonPath(kind) => kind.state_type(),
            StateBody::Jsonata(kind) => kind.state_type(),
        }
    }

    /// The workflows inside it: a Parallel's branches, a Map's processor.
    pub fn inner_workflows(&self) -> &[parallel::WorkflowDefinition] {
        match &self.body {
            StateBody::JsonPath(kind) => kind.inner_workflows(),
            StateBody::Jsonata(kind) => kind.inner_workflows(),
        }
    }

    /// The workflow that a child of this state runs; none if the state has no such child.
    pub fn child_workflow(&self, index: ChildIndex) -> Option<&parallel::WorkflowDefinition> {
        match &self.body {
            StateBody::JsonPath(kind) => kind.child_workflow(index),
            StateBody::Jsonata(kind) => kind.child_workflow(index),
        }
    }
}

/// A state's kind in one of the query languages.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "variants are the languages' own names")]
pub enum StateBody {
    JsonPath(StateKind<JsonPath>),
    Jsonata(StateKind<Jsonata>),
}

/// The eight types of state.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is documented at its type")]
pub enum StateKind<L: QueryLanguage> {
    Pass(pass::PassState<L>),
    Task(Box<task::TaskState<L>>),
    Choice(choice::ChoiceState<L>),
    Wait(wait::WaitState<L>),
    Succeed(succeed::SucceedState<L>),
    Fail(fail::FailState<L>),
    Parallel(Box<parallel::ParallelState<L>>),
    Map(Box<map::MapState<L>>),
}

impl<L: QueryLanguage> StateKind<L> {
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
    fn child_workflow(&self, index: ChildIndex) -> Option<&parallel::WorkflowDefinition> {
        if let Self::Map(map) = self {
            return Some(&map.processor);
        }
        self.inner_workflows().get(index.as_usize())
    }

    fn inner_workflows(&self) -> &[parallel::WorkflowDefinition] {
        match self {
            Self::Parallel(parallel) => &parallel.branches,
            Self::Map(map) => std::slice::from_ref(&map.processor),
            Self::Pass(_)
            | Self::Task(_)
            | Self::Choice(_)
            | Self::Wait(_)
            | Self::Succeed(_)
            | Self::Fail(_) => &[],
        }
    }
}
