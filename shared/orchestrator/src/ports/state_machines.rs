//! The store of state machines and their revisions.

use std::{future::Future, sync::Arc};

use model::{MachineVersions, ResourceName, Revision, RevisionId, StateMachine, Timestamp};

use crate::Fault;

/// The result of creating a state machine.
#[derive(Clone, Debug)]
pub enum MachineCreation {
    /// The machine and its first revision are durable.
    Done,
    /// A machine of that name exists; nothing was written.
    Exists(Arc<StateMachine>),
}

/// Stores state machines and all their revisions.
pub trait StateMachineStore {
    /// Writes a machine and its first revision, if there is none of that name. It has published
    /// nothing then.
    fn create_machine(
        &self,
        machine: StateMachine,
    ) -> impl Future<Output = Result<MachineCreation, Fault>> + Send;

    /// Replaces a machine, unless it is gone or being deleted. Its revision is kept beside the
    /// earlier ones, which running executions and versions use; its versions and aliases stay as they
    /// are. Once this returns, it is durable.
    fn put_machine(&self, machine: StateMachine) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Replaces what a machine has published, if `versions.changes` is one more than that of what it
    /// has published so far. Returns whether it was and is durable: not if somebody else was faster,
    /// or the machine is gone or being deleted.
    fn replace_versions(
        &self,
        name: &ResourceName,
        versions: MachineVersions,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// Returns the machine of that name with its newest revision; also one that is being deleted.
    fn load_machine(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<Option<Arc<StateMachine>>, Fault>> + Send;

    /// Returns any revision that was ever made, even one of a deleted machine while executions use
    /// it.
    fn load_revision(
        &self,
        id: &RevisionId,
    ) -> impl Future<Output = Result<Option<Arc<Revision>>, Fault>> + Send;

    /// Returns at most `limit` machines in order of their names, those after `after`. May leave out
    /// those that are being deleted.
    fn list_machines(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> impl Future<Output = Result<Vec<Arc<StateMachine>>, Fault>> + Send;

    /// Deletes a machine. Once this returns, it and its executions are gone, or its status is
    /// `Deleting`, it is listed by [`Self::list_deleting_machines`], and nothing but
    /// [`Self::sweep_deleting_machine`] changes it any more. May be repeated.
    fn delete_machine(&self, name: &ResourceName)
    -> impl Future<Output = Result<(), Fault>> + Send;

    /// Returns the names of at most `limit` machines that are being deleted.
    fn list_deleting_machines(
        &self,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ResourceName>, Fault>> + Send;

    /// Removes what has ended of a machine that is being deleted, and the machine itself once
    /// nothing else is left. Begins no further part after `stop_at`. Returns whether the machine is
    /// gone. May be repeated.
    fn sweep_deleting_machine(
        &self,
        name: &ResourceName,
        stop_at: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}
