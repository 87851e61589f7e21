//! Who has a store has the ports that it implements, all but the log, which some want to watch.

use std::{future::Future, sync::Arc};

use model::{
    ChildEnd, ChildIndex, Execution, ExecutionId, Fan, FanUpdate, FramePath, Message, Name,
    Outcome, Record, RecordKey, RecordNumber, Redriven, Revision, RevisionId, StateMachine, Status,
    Timestamp,
};

use super::{
    Created, CreatedMachine, DeadLetters, ExecutionPage, Executions, Fans, History, Machines,
};
use crate::Fault;

/// A value of several parts of which one is the store.
pub trait HasStore {
    /// What keeps executions and machines.
    type Store;

    /// The store.
    fn store(&self) -> &Self::Store;
}

impl<T> History for T
where
    T: HasStore + Sync,
    T::Store: History + Sync,
{
    fn records(
        &self,
        execution: &ExecutionId,
    ) -> impl Future<Output = Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault>> + Send
    {
        self.store().records(execution)
    }
}

impl<T> Fans for T
where
    T: HasStore + Sync,
    T::Store: Fans + Sync,
{
    fn open(
        &self,
        key: &RecordKey,
        children: u32,
        concurrency: u32,
    ) -> impl Future<Output = Result<Fan, Fault>> + Send {
        Fans::open(self.store(), key, children, concurrency)
    }

    fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> impl Future<Output = Result<Option<FanUpdate>, Fault>> + Send {
        self.store().end_child(key, child, end)
    }

    fn fan(&self, key: &RecordKey) -> impl Future<Output = Result<Option<Arc<Fan>>, Fault>> + Send {
        self.store().fan(key)
    }

    fn all_open(&self, keys: &[RecordKey]) -> impl Future<Output = Result<bool, Fault>> + Send {
        self.store().all_open(keys)
    }

    fn close(&self, key: &RecordKey) -> impl Future<Output = Result<(), Fault>> + Send {
        Fans::close(self.store(), key)
    }
}

impl<T> Executions for T
where
    T: HasStore + Sync,
    T::Store: Executions + Sync,
{
    fn create(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> impl Future<Output = Result<Created, Fault>> + Send {
        self.store().create(id, execution, first)
    }

    fn execution(
        &self,
        id: &ExecutionId,
    ) -> impl Future<Output = Result<Option<Arc<Execution>>, Fault>> + Send {
        self.store().execution(id)
    }

    fn finish(
        &self,
        id: &ExecutionId,
        redriven: Option<&Redriven>,
        end: (Timestamp, &Outcome),
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().finish(id, redriven, end)
    }

    fn reopen(
        &self,
        id: &ExecutionId,
        redriven: &Redriven,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().reopen(id, redriven)
    }

    fn unstarted(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<Vec<ExecutionId>, Fault>> + Send {
        self.store().unstarted(before)
    }

    fn list(
        &self,
        machine: &Name,
        status: Option<Status>,
        limit: u32,
        after: Option<&str>,
    ) -> impl Future<Output = Result<ExecutionPage, Fault>> + Send {
        self.store().list(machine, status, limit, after)
    }
}

impl<T> Machines for T
where
    T: HasStore + Sync,
    T::Store: Machines + Sync,
{
    fn create_machine(
        &self,
        machine: StateMachine,
    ) -> impl Future<Output = Result<CreatedMachine, Fault>> + Send {
        self.store().create_machine(machine)
    }

    fn put_machine(&self, machine: StateMachine) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().put_machine(machine)
    }

    fn machine(
        &self,
        name: &Name,
    ) -> impl Future<Output = Result<Option<Arc<StateMachine>>, Fault>> + Send {
        self.store().machine(name)
    }

    fn revision(
        &self,
        id: &RevisionId,
    ) -> impl Future<Output = Result<Option<Arc<Revision>>, Fault>> + Send {
        self.store().revision(id)
    }

    fn machines(
        &self,
        limit: u32,
        after: Option<&Name>,
    ) -> impl Future<Output = Result<Vec<Arc<StateMachine>>, Fault>> + Send {
        self.store().machines(limit, after)
    }

    fn delete_machine(&self, name: &Name) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().delete_machine(name)
    }
}

impl<T> DeadLetters for T
where
    T: HasStore + Sync,
    T::Store: DeadLetters + Sync,
{
    fn bury(
        &self,
        message: &Message,
        reason: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().bury(message, reason)
    }
}
