//! A state machine that is to be rehearsed.

use std::{collections::BTreeMap, sync::Arc};

use asl::{
    Action, Body, Definition, Diagnostic, IntegrationPattern, Resource, Source, State, StateKind,
    TestDefinition,
};
use model::{
    MachineType, Name, Revision, RevisionId, StateMachine, StateName, StateType, Timestamp,
};
use orchestrator::Tools;

use crate::{
    clock::EPOCH,
    ways::{Way, ways},
};

/// The name of every rehearsed machine.
const NAME: &str = "machine";
/// The role of every rehearsed machine.
const ROLE: &str = "role/rehearsal";

/// How the resources of tasks end that wait for more than the answer to their call.
const WAITING: [&str; 3] = [".waitForTaskToken", ".sync", ".sync:2"];

/// A definition, whatever its tasks call: mocks answer for them.
#[derive(Debug)]
pub struct Machine {
    /// The definition's text.
    pub(crate) text: Arc<str>,
    /// The definition.
    pub(crate) definition: Arc<Definition>,
    /// What tasks call that this version of Statewright cannot, by their states.
    pub(crate) resources: BTreeMap<StateName, String>,
    /// Every way out of every state.
    pub(crate) ways: Vec<Way>,
}

/// The definition cannot be rehearsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", asl::invalid_definition_message(.0))]
pub struct MachineError(pub Vec<Diagnostic>);

impl Machine {
    /// Reads a definition.
    pub fn read(text: &str) -> Result<Self, MachineError> {
        let TestDefinition { mut definition, mocked_resources } =
            asl::parse_for_test(text).map_err(MachineError)?;
        for (name, arn) in &mocked_resources {
            if WAITING.iter().any(|suffix| arn.ends_with(suffix))
                && let Some(state) = definition.states.get_mut(name)
            {
                wait_for_answer(state);
            }
        }
        let definition = Arc::new(definition);
        let ways = ways(&definition);
        Ok(Self { text: text.into(), definition, resources: mocked_resources, ways })
    }

    /// The ways out of all states.
    pub fn ways(&self) -> &[Way] {
        &self.ways
    }

    /// The states in the author's order, outer ones before those inside.
    pub fn states(&self) -> Vec<&StateName> {
        let mut states = Vec::new();
        add_states(&self.definition, &self.definition.workflow, &mut states);
        states
    }

    /// A state that can be tested alone but not run: its items come from elsewhere.
    pub(crate) fn reader(&self) -> Option<&StateName> {
        let reads = |body: &Body| match body {
            Body::JsonPath(StateKind::Map(map)) => map.source == Source::Reader,
            Body::Jsonata(StateKind::Map(map)) => map.source == Source::Reader,
            Body::JsonPath(_) | Body::Jsonata(_) => false,
        };
        self.definition.states.values().find(|state| reads(&state.body)).map(|state| &state.name)
    }

    pub(crate) fn state_type(&self, state: &StateName) -> Option<StateType> {
        self.definition.state(state).map(State::state_type)
    }

    /// The machine as the store has it.
    ///
    /// # Panics
    /// Never: the name is a name.
    pub(crate) fn stored(&self, tools: &Tools) -> StateMachine {
        let place = &tools.place;
        let id = RevisionId::new(NAME);
        tools.definitions.keep(id.clone(), Arc::clone(&self.definition));
        StateMachine {
            name: Name::parse(NAME).expect("a plain word is a name"),
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
fn wait_for_answer(state: &mut State) {
    let waiting = Resource::Integration {
        action: Action::LambdaInvoke,
        pattern: IntegrationPattern::WaitForTaskToken,
    };
    match &mut state.body {
        Body::JsonPath(StateKind::Task(task)) => task.resource = waiting,
        Body::Jsonata(StateKind::Task(task)) => task.resource = waiting,
        Body::JsonPath(_) | Body::Jsonata(_) => {}
    }
}

fn add_states<'d>(
    definition: &'d Definition,
    workflow: &'d asl::Branch,
    states: &mut Vec<&'d StateName>,
) {
    for name in &workflow.states {
        states.push(name);
        let Some(state) = definition.state(name) else { continue };
        for inner in state.workflows() {
            add_states(definition, inner, states);
        }
    }
}
