//! Which part of [`LocalPorts`] is which port.

use std::{future::Future, sync::Arc};

use model::{ExecutionId, FramePath, QueueMessage, Record, RecordKey, Timestamp};
use orchestrator::{
    Fault,
    ports::{
        AppendOutcome, CallOutcome, CallRequest, Clock, HasStore, LogHead, MessageQueue, QueueName,
        RandomSource, RecordLog, TaskCaller,
    },
};

use super::LocalPorts;
use crate::SqliteStore;

impl<C: Sync> RecordLog for LocalPorts<C> {
    fn load_record(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<Record>>, Fault>> + Send {
        self.store.load_record(key)
    }

    fn load_records(
        &self,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<Arc<Record>>, Fault>> + Send {
        self.store.load_records(keys)
    }

    fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> impl Future<Output = Result<Option<LogHead>, Fault>> + Send {
        self.store.load_head(execution, frame)
    }

    async fn append_record(&self, key: &RecordKey, record: Record) -> Result<AppendOutcome, Fault> {
        let appended = self.store.append_record(key, record).await?;
        if let (AppendOutcome::Done(record), Some(watcher)) = (&appended, &self.append_watcher) {
            // A watcher that has gone away misses nothing that it wants.
            drop(watcher.send((key.clone(), Arc::clone(record))));
        }
        Ok(appended)
    }

    fn renew_lease(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.renew_lease(key, until)
    }
}

impl<C> HasStore for LocalPorts<C> {
    type Store = SqliteStore;

    fn store(&self) -> &SqliteStore {
        &self.store
    }
}

impl<C: Sync> MessageQueue for LocalPorts<C> {
    fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queue.send_message(message, queue_name, at)
    }
}

impl<C: TaskCaller + Sync> TaskCaller for LocalPorts<C> {
    fn make_call(&self, request: CallRequest<'_>) -> impl Future<Output = CallOutcome> + Send {
        self.caller.make_call(request)
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

impl<C: Sync> RandomSource for LocalPorts<C> {
    fn random_seed(&self) -> u128 {
        self.clock.random_seed()
    }
}
