//! Which part of [`LocalPorts`] is which port.

use std::{future::Future, sync::Arc};

use model::{ExecutionId, FramePath, Message, Record, RecordKey, Timestamp};
use orchestrator::{
    Fault,
    ports::{
        Append, CallOutcome, CallRequest, Caller, Chance, Clock, HasStore, Head, Lane, Log, Queue,
    },
};

use super::LocalPorts;
use crate::Store;

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

impl<C> HasStore for LocalPorts<C> {
    type Store = Store;

    fn store(&self) -> &Store {
        &self.store
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
