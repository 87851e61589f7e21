//! State machines and their revisions.

use std::{future::Future, sync::Arc};

use model::{ResourceName, Revision, RevisionId, StateMachine};

use crate::Fault;

/// What became of a creation.
#[derive(Clone, Debug)]
pub enum MachineCreation {
    /// The machine and its first revision are durable.
    Done,
    /// There is a machine of that name; nothing was written.
    Exists(Arc<StateMachine>),
}

/// State machine items.
pub trait StateMachineStore {
    /// Writes a machine and its revision if there is none of that name.
    fn create_machine(
        &self,
        machine: StateMachine,
    ) -> impl Future<Output = Result<MachineCreation, Fault>> + Send;

    /// Replaces a machine; its revision is kept beside the earlier ones, which running executions
    /// use. Once this returns it is durable.
    fn put_machine(&self, machine: StateMachine) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The machine of that name with its newest revision.
    fn load_machine(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<Option<Arc<StateMachine>>, Fault>> + Send;

    /// Any revision that was ever made, of a deleted machine too while executions use it.
    fn load_revision(
        &self,
        id: &RevisionId,
    ) -> impl Future<Output = Result<Option<Arc<Revision>>, Fault>> + Send;

    /// All machines, in order of their names, at most `limit`, after that name.
    fn list_machines(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> impl Future<Output = Result<Vec<Arc<StateMachine>>, Fault>> + Send;

    /// Once this returns, the machine is gone and so are its executions. May repeat.
    fn delete_machine(&self, name: &ResourceName)
    -> impl Future<Output = Result<(), Fault>> + Send;
}
