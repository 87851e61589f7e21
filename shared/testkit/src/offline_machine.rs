//! A state machine that is run offline.

use std::sync::Arc;

use asl::{Definition, Diagnostic, ItemSource, StateBody, StateDefinition, StateKind};
use model::{
    ResourceName, Revision, RevisionId, StateMachine, StateMachineStatus, StateMachineType,
    StateName, StateType, Timestamp,
};
use orchestrator::EngineContext;

use crate::{
    transitions::{MachineTransition, list_transitions},
    virtual_clock::EPOCH,
};

/// The name of every offline machine.
const NAME: &str = "machine";
/// The role of every offline machine.
const ROLE: &str = "role/rehearsal";

/// A state machine for offline runs. Its tasks may call any resource, since mocks answer the calls.
#[derive(Debug)]
pub struct OfflineMachine {
    /// The definition's text.
    pub(crate) text: Arc<str>,
    /// The definition.
    pub(crate) definition: Arc<Definition>,
    /// Every transition of every state.
    pub(crate) transitions: Vec<MachineTransition>,
}

/// The definition is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", asl::invalid_definition_message(.0))]
pub struct OfflineMachineError(pub Vec<Diagnostic>);

impl OfflineMachine {
    /// Parses a definition.
    pub fn parse(text: &str) -> Result<Self, OfflineMachineError> {
        let definition = asl::parse_definition_for_test(text).map_err(OfflineMachineError)?;
        let definition = Arc::new(definition);
        let transitions = list_transitions(&definition);
        Ok(Self { text: text.into(), definition, transitions })
    }

    /// Returns the text of the definition.
    pub fn definition_text(&self) -> &str {
        &self.text
    }

    /// Returns the transitions of all states, in the author's order.
    pub fn all_transitions(&self) -> &[MachineTransition] {
        &self.transitions
    }

    /// Returns the states in the author's order, outer ones before those inside.
    pub fn state_names(&self) -> Vec<&StateName> {
        let mut states = Vec::new();
        add_states(&self.definition, &self.definition.workflow, &mut states);
        states
    }

    /// Returns a Map whose items come from an `ItemReader`, if there is one. It can be tested alone
    /// but not run.
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

    /// Returns the machine as the store has it.
    ///
    /// # Panics
    /// Never: [`NAME`] is a valid name.
    pub(crate) fn to_state_machine(&self, context: &EngineContext) -> StateMachine {
        let account_region = &context.settings.account_region;
        let id = RevisionId::new(NAME);
        context.definitions.insert(id.clone(), Arc::clone(&self.definition));
        StateMachine {
            name: ResourceName::parse(NAME).expect("a plain word is a name"),
            machine_type: StateMachineType::Standard,
            status: StateMachineStatus::Active,
            created_at: EPOCH,
            revision: Revision {
                id,
                initial: true,
                definition: Arc::clone(&self.text),
                role_arn: format!(
                    "arn:{}:iam::{}:{ROLE}",
                    account_region.partition, account_region.account
                ),
                created_at: EPOCH,
                logging: serde_json::Value::Null,
                tracing: serde_json::Value::Null,
                encryption: None,
            },
            tags: Vec::new(),
            created_with_version: None,
            versions: Arc::default(),
        }
    }

    /// Returns the time at which every execution starts.
    pub const fn started_at() -> Timestamp {
        EPOCH
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
