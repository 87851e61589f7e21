//! Who has a store has the ports that it implements, all but the log, which some want to watch.

use std::{future::Future, sync::Arc};

use model::{
    ChildEnd, ChildIndex, Execution, ExecutionId, ExecutionStatus, FanIn, FanInUpdate,
    FrameOutcome, FramePath, QueueMessage, Record, RecordKey, RecordNumber, RedriveDetails,
    ResourceName, Revision, RevisionId, StateMachine, Timestamp,
};

use super::{
    DeadLetterQueue, ExecutionCreation, ExecutionPage, ExecutionStore, FanInStore, HistoryReader,
    MachineCreation, StateMachineStore, StatusWrite,
};
use crate::Fault;

/// A value of several parts of which one is the store.
pub trait HasStore {
    /// What keeps executions and machines.
    type Store;

    /// The store.
    fn store(&self) -> &Self::Store;
}

impl<T> HistoryReader for T
where
    T: HasStore + Sync,
    T::Store: HistoryReader + Sync,
{
    fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> impl Future<Output = Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault>> + Send
    {
        self.store().load_all_records(execution)
    }
}

impl<T> FanInStore for T
where
    T: HasStore + Sync,
    T::Store: FanInStore + Sync,
{
    fn open_fan_in(
        &self,
        key: &RecordKey,
        children: u32,
        concurrency: u32,
    ) -> impl Future<Output = Result<FanIn, Fault>> + Send {
        FanInStore::open_fan_in(self.store(), key, children, concurrency)
    }

    fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> impl Future<Output = Result<Option<FanInUpdate>, Fault>> + Send {
        self.store().end_child(key, child, end)
    }

    fn load_fan_in(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<FanIn>>, Fault>> + Send {
        self.store().load_fan_in(key)
    }

    fn are_all_open(&self, keys: &[RecordKey]) -> impl Future<Output = Result<bool, Fault>> + Send {
        self.store().are_all_open(keys)
    }

    fn close_fan_in(&self, key: &RecordKey) -> impl Future<Output = Result<(), Fault>> + Send {
        FanInStore::close_fan_in(self.store(), key)
    }
}

impl<T> ExecutionStore for T
where
    T: HasStore + Sync,
    T::Store: ExecutionStore + Sync,
{
    fn create_execution(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> impl Future<Output = Result<ExecutionCreation, Fault>> + Send {
        self.store().create_execution(id, execution, first)
    }

    fn load_execution(
        &self,
        id: &ExecutionId,
    ) -> impl Future<Output = Result<Option<Arc<Execution>>, Fault>> + Send {
        self.store().load_execution(id)
    }

    fn finish_execution(
        &self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        end: (Timestamp, &FrameOutcome),
    ) -> impl Future<Output = Result<Option<StatusWrite>, Fault>> + Send {
        self.store().finish_execution(id, redriven, end)
    }

    fn reopen_execution(
        &self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> impl Future<Output = Result<Option<StatusWrite>, Fault>> + Send {
        self.store().reopen_execution(id, redriven)
    }

    fn find_unstarted_executions(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<Vec<ExecutionId>, Fault>> + Send {
        self.store().find_unstarted_executions(before)
    }

    fn list_executions(
        &self,
        machine: &ResourceName,
        status: Option<ExecutionStatus>,
        limit: u32,
        after: Option<&str>,
    ) -> impl Future<Output = Result<ExecutionPage, Fault>> + Send {
        self.store().list_executions(machine, status, limit, after)
    }
}

impl<T> StateMachineStore for T
where
    T: HasStore + Sync,
    T::Store: StateMachineStore + Sync,
{
    fn create_machine(
        &self,
        machine: StateMachine,
    ) -> impl Future<Output = Result<MachineCreation, Fault>> + Send {
        self.store().create_machine(machine)
    }

    fn put_machine(&self, machine: StateMachine) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().put_machine(machine)
    }

    fn load_machine(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<Option<Arc<StateMachine>>, Fault>> + Send {
        self.store().load_machine(name)
    }

    fn load_revision(
        &self,
        id: &RevisionId,
    ) -> impl Future<Output = Result<Option<Arc<Revision>>, Fault>> + Send {
        self.store().load_revision(id)
    }

    fn list_machines(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> impl Future<Output = Result<Vec<Arc<StateMachine>>, Fault>> + Send {
        self.store().list_machines(limit, after)
    }

    fn delete_machine(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().delete_machine(name)
    }
}

impl<T> DeadLetterQueue for T
where
    T: HasStore + Sync,
    T::Store: DeadLetterQueue + Sync,
{
    fn bury_message(
        &self,
        message: &QueueMessage,
        reason: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().bury_message(message, reason)
    }
}
