//! The parsed state machine. Its types cannot represent an invalid definition.

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
/// All states, nested ones included, are in one table, because state names are unique in the whole
/// definition.
///
/// Spec: ASL § Structure of a State Machine.
#[derive(Clone, Debug)]
pub struct Definition {
    /// `Comment`
    pub comment: Option<String>,
    /// The top-level workflow: its start state and the names of its own states.
    pub workflow: parallel::WorkflowDefinition,
    /// `TimeoutSeconds`: seconds after which an execution times out; `None` if left out.
    pub timeout_seconds: Option<u64>,
    /// Every state by its name.
    pub states: BTreeMap<StateName, StateDefinition>,
    /// Whether some expression may read `$$.Execution.Input`. If none does, the execution input is
    /// not loaded for a transition.
    pub reads_execution_input: bool,
    /// The variables that each state reads; states that read none are left out.
    ///
    /// Spec: API reference, `DescribeStateMachine` § `variableReferences`.
    pub variable_references: BTreeMap<StateName, BTreeSet<String>>,
}

impl Definition {
    /// Whether a state of the workflow, at any nesting depth, reads the variable.
    pub fn reads_variable(&self, workflow: &parallel::WorkflowDefinition, name: &str) -> bool {
        workflow.states.iter().filter_map(|state| self.find_state(state)).any(|state| {
            let reads = self.variable_references.get(&state.name);
            reads.is_some_and(|names| names.contains(name))
                || state.inner_workflows().iter().any(|inner| self.reads_variable(inner, name))
        })
    }

    /// Returns the state of that name, at any nesting depth.
    pub fn find_state(&self, name: &StateName) -> Option<&StateDefinition> {
        self.states.get(name)
    }
}

/// A state: the fields common to all types, and its body.
#[derive(Clone, Debug)]
pub struct StateDefinition {
    /// Name, unique in the definition.
    pub name: StateName,
    /// `Comment`
    pub comment: Option<String>,
    /// The fields of the state's type, in its query language.
    pub body: StateBody,
}

impl StateDefinition {
    /// Returns the state's type, which history events are named after.
    pub const fn state_type(&self) -> StateType {
        match &self.body {
            StateBody::JsonPath(kind) => kind.state_type(),
            StateBody::Jsonata(kind) => kind.state_type(),
        }
    }

    /// Returns the workflows nested in this state: a Parallel's branches or a Map's item processor.
    pub fn inner_workflows(&self) -> &[parallel::WorkflowDefinition] {
        match &self.body {
            StateBody::JsonPath(kind) => kind.inner_workflows(),
            StateBody::Jsonata(kind) => kind.inner_workflows(),
        }
    }

    /// Returns the workflow that the child frame at `index` runs; `None` if the state has no such
    /// child. Every child of a Map runs the item processor.
    pub fn child_workflow(&self, index: ChildIndex) -> Option<&parallel::WorkflowDefinition> {
        match &self.body {
            StateBody::JsonPath(kind) => kind.child_workflow(index),
            StateBody::Jsonata(kind) => kind.child_workflow(index),
        }
    }
}

/// The fields of a state's type, in one of the query languages.
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
    /// Returns the state's type, which history events are named after.
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
