//! Which part of [`LocalPorts`] is which port.

use std::{future::Future, sync::Arc};

use model::{
    ChildEnd, ChildIndex, Execution, ExecutionId, Fan, FanUpdate, FramePath, Message, Name,
    Outcome, Record, RecordKey, RecordNumber, Redriven, Revision, RevisionId, StateMachine, Status,
    Timestamp,
};
use orchestrator::{
    Fault,
    ports::{
        Append, CallOutcome, CallRequest, Caller, Chance, Clock, Created, CreatedMachine,
        DeadLetters, ExecutionPage, Executions, Fans, Head, History, Lane, Log, Machines, Queue,
    },
};

use super::LocalPorts;

impl<C: Sync> Log for LocalPorts<C> {
    fn load(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<Record>>, Fault>> + Send {
        self.store.load(key)
    }

    fn load_all(
        &self,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<Arc<Record>>, Fault>> + Send {
        self.store.load_all(keys)
    }

    fn head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> impl Future<Output = Result<Option<Head>, Fault>> + Send {
        self.store.head(execution, frame)
    }

    async fn append(&self, key: &RecordKey, record: Record) -> Result<Append, Fault> {
        let appended = self.store.append(key, record).await?;
        if let (Append::Done(record), Some(watcher)) = (&appended, &self.appended) {
            // A watcher that has gone away misses nothing that it wants.
            drop(watcher.send((key.clone(), Arc::clone(record))));
        }
        Ok(appended)
    }

    fn renew(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.renew(key, until)
    }
}

impl<C: Sync> History for LocalPorts<C> {
    fn records(
        &self,
        execution: &ExecutionId,
    ) -> impl Future<Output = Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault>> + Send
    {
        self.store.records(execution)
    }
}

impl<C: Sync> Fans for LocalPorts<C> {
    fn open(
        &self,
        key: &RecordKey,
        children: u32,
        concurrency: u32,
    ) -> impl Future<Output = Result<Fan, Fault>> + Send {
        Fans::open(&self.store, key, children, concurrency)
    }

    fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> impl Future<Output = Result<Option<FanUpdate>, Fault>> + Send {
        self.store.end_child(key, child, end)
    }

    fn fan(&self, key: &RecordKey) -> impl Future<Output = Result<Option<Arc<Fan>>, Fault>> + Send {
        self.store.fan(key)
    }

    fn all_open(&self, keys: &[RecordKey]) -> impl Future<Output = Result<bool, Fault>> + Send {
        self.store.all_open(keys)
    }

    fn close(&self, key: &RecordKey) -> impl Future<Output = Result<(), Fault>> + Send {
        Fans::close(&self.store, key)
    }
}

impl<C: Sync> Executions for LocalPorts<C> {
    fn create(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> impl Future<Output = Result<Created, Fault>> + Send {
        self.store.create(id, execution, first)
    }

    fn execution(
        &self,
        id: &ExecutionId,
    ) -> impl Future<Output = Result<Option<Arc<Execution>>, Fault>> + Send {
        self.store.execution(id)
    }

    fn finish(
        &self,
        id: &ExecutionId,
        redriven: Option<&Redriven>,
        end: (Timestamp, &Outcome),
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.finish(id, redriven, end)
    }

    fn reopen(
        &self,
        id: &ExecutionId,
        redriven: &Redriven,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.reopen(id, redriven)
    }

    fn unstarted(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<Vec<ExecutionId>, Fault>> + Send {
        self.store.unstarted(before)
    }

    fn list(
        &self,
        machine: &Name,
        status: Option<Status>,
        limit: u32,
        after: Option<&str>,
    ) -> impl Future<Output = Result<ExecutionPage, Fault>> + Send {
        self.store.list(machine, status, limit, after)
    }
}

impl<C: Sync> Machines for LocalPorts<C> {
    fn create_machine(
        &self,
        machine: StateMachine,
    ) -> impl Future<Output = Result<CreatedMachine, Fault>> + Send {
        self.store.create_machine(machine)
    }

    fn put_machine(&self, machine: StateMachine) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.put_machine(machine)
    }

    fn machine(
        &self,
        name: &Name,
    ) -> impl Future<Output = Result<Option<Arc<StateMachine>>, Fault>> + Send {
        self.store.machine(name)
    }

    fn revision(
        &self,
        id: &RevisionId,
    ) -> impl Future<Output = Result<Option<Arc<Revision>>, Fault>> + Send {
        self.store.revision(id)
    }

    fn machines(
        &self,
        limit: u32,
        after: Option<&Name>,
    ) -> impl Future<Output = Result<Vec<Arc<StateMachine>>, Fault>> + Send {
        self.store.machines(limit, after)
    }

    fn delete_machine(&self, name: &Name) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.delete_machine(name)
    }
}

impl<C: Sync> Queue for LocalPorts<C> {
    fn send(
        &self,
        message: Message,
        lane: Lane,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queue.send(message, lane, at)
    }
}

impl<C: Sync> DeadLetters for LocalPorts<C> {
    fn bury(
        &self,
        message: &Message,
        reason: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.bury(message, reason)
    }
}

impl<C: Caller + Sync> Caller for LocalPorts<C> {
    fn call(&self, request: CallRequest<'_>) -> impl Future<Output = CallOutcome> + Send {
        self.caller.call(request)
    }

    fn mocked(&self, request: CallRequest<'_>) -> impl Future<Output = Option<CallOutcome>> + Send {
        self.caller.mocked(request)
    }
}

impl<C: Sync> Clock for LocalPorts<C> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send {
        self.clock.sleep_until(at)
    }
}

impl<C: Sync> Chance for LocalPorts<C> {
    fn seed(&self) -> u128 {
        self.clock.seed()
    }
}
