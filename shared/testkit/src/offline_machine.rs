//! A state machine that is to be rehearsed.

use std::{collections::BTreeMap, sync::Arc};

use asl::{
    Definition, Diagnostic, IntegrationAction, IntegrationPattern, ItemSource, StateBody,
    StateDefinition, StateKind, TaskResource, TestDefinition,
};
use model::{
    MachineType, ResourceName, Revision, RevisionId, StateMachine, StateName, StateType, Timestamp,
};
use orchestrator::EngineContext;

use crate::{
    transitions::{TransitionRef, list_transitions},
    virtual_clock::EPOCH,
};

/// The name of every rehearsed machine.
const NAME: &str = "machine";
/// The role of every rehearsed machine.
const ROLE: &str = "role/rehearsal";

/// How the resources of tasks end that wait for more than the answer to their call.
const WAITING: [&str; 3] = [".waitForTaskToken", ".sync", ".sync:2"];

/// A definition, whatever its tasks call: mocks answer for them.
#[derive(Debug)]
pub struct OfflineMachine {
    /// The definition's text.
    pub(crate) text: Arc<str>,
    /// The definition.
    pub(crate) definition: Arc<Definition>,
    /// What tasks call that this version of Statewright cannot, by their states.
    pub(crate) resources: BTreeMap<StateName, String>,
    /// Every way out of every state.
    pub(crate) transitions: Vec<TransitionRef>,
}

/// The definition cannot be rehearsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", asl::invalid_definition_message(.0))]
pub struct OfflineMachineError(pub Vec<Diagnostic>);

impl OfflineMachine {
    /// Reads a definition.
    pub fn parse(text: &str) -> Result<Self, OfflineMachineError> {
        let TestDefinition { mut definition, mocked_resources } =
            asl::parse_definition_for_test(text).map_err(OfflineMachineError)?;
        for (name, arn) in &mocked_resources {
            if WAITING.iter().any(|suffix| arn.ends_with(suffix))
                && let Some(state) = definition.states.get_mut(name)
            {
                wait_for_answer(state);
            }
        }
        let definition = Arc::new(definition);
        let ways = list_transitions(&definition);
        Ok(Self { text: text.into(), definition, resources: mocked_resources, transitions: ways })
    }

    /// The ways out of all states.
    pub fn all_transitions(&self) -> &[TransitionRef] {
        &self.transitions
    }

    /// The states in the author's order, outer ones before those inside.
    pub fn state_names(&self) -> Vec<&StateName> {
        let mut states = Vec::new();
        add_states(&self.definition, &self.definition.workflow, &mut states);
        states
    }

    /// A state that can be tested alone but not run: its items come from elsewhere.
    pub(crate) fn map_with_item_reader(&self) -> Option<&StateName> {
        let reads = |body: &StateBody| match body {
            StateBody::JsonPath(StateKind::Map(map)) => map.source == ItemSource::ItemReader,
            StateBody::Jsonata(StateKind::Map(map)) => map.source == ItemSource::ItemReader,
            StateBody::JsonPath(_) | StateBody::Jsonata(_) => false,
        };
        self.definition.states.values().find(|state| reads(&state.body)).map(|state| &state.name)
    }

    pub(crate) fn state_type(&self, state: &StateName) -> Option<StateType> {
        self.definition.find_state(state).map(StateDefinition::state_type)
    }

    /// The machine as the store has it.
    ///
    /// # Panics
    /// Never: the name is a name.
    pub(crate) fn to_state_machine(&self, context: &EngineContext) -> StateMachine {
        let place = &context.account_region;
        let id = RevisionId::new(NAME);
        context.definitions.insert(id.clone(), Arc::clone(&self.definition));
        StateMachine {
            name: ResourceName::parse(NAME).expect("a plain word is a name"),
            machine_type: MachineType::Standard,
            created_at: EPOCH,
            revision: Revision {
                id,
                initial: true,
                definition: Arc::clone(&self.text),
                role_arn: format!("arn:{}:iam::{}:{ROLE}", place.partition, place.account),
                created_at: EPOCH,
            },
            logging: serde_json::Value::Null,
            tracing: serde_json::Value::Null,
            encryption: None,
            tags: Vec::new(),
        }
    }

    /// When every execution starts.
    pub const fn started_at() -> Timestamp {
        EPOCH
    }
}

/// A mock answers for a job as for the holder of a token: once the call has returned.
fn wait_for_answer(state: &mut StateDefinition) {
    let waiting = TaskResource::Integration {
        action: IntegrationAction::LambdaInvoke,
        pattern: IntegrationPattern::WaitForTaskToken,
    };
    match &mut state.body {
        StateBody::JsonPath(StateKind::Task(task)) => task.resource = waiting,
        StateBody::Jsonata(StateKind::Task(task)) => task.resource = waiting,
        StateBody::JsonPath(_) | StateBody::Jsonata(_) => {}
    }
}

fn add_states<'d>(
    definition: &'d Definition,
    workflow: &'d asl::WorkflowDefinition,
    states: &mut Vec<&'d StateName>,
) {
    for name in &workflow.states {
        states.push(name);
        let Some(state) = definition.find_state(name) else { continue };
        for inner in state.inner_workflows() {
            add_states(definition, inner, states);
        }
    }
}
