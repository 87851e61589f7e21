//! Forwards ports to the parts of a [`MockWorld`].

use std::{future::Future, sync::Arc};

use memory_ports::MemoryStore;
use model::{ExecutionId, FramePath, QueueMessage, Record, RecordKey, Timestamp};
use orchestrator::{
    Fault,
    ports::{
        AppendOutcome, Clock, HasStore, LogHead, MessageQueue, QueueName, RandomSource, RecordLog,
    },
};

use super::MockWorld;

impl RecordLog for MockWorld<'_> {
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

    fn append_record(
        &self,
        key: &RecordKey,
        record: Record,
    ) -> impl Future<Output = Result<AppendOutcome, Fault>> + Send {
        self.store.append_record(key, record)
    }

    fn renew_lease(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.renew_lease(key, until)
    }
}

impl HasStore for MockWorld<'_> {
    type Store = MemoryStore;

    fn store(&self) -> &MemoryStore {
        &self.store
    }
}

impl MessageQueue for MockWorld<'_> {
    fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queue.send_message(message, queue_name, at)
    }
}

impl Clock for MockWorld<'_> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send {
        self.clock.sleep_until(at)
    }
}

impl RandomSource for MockWorld<'_> {
    fn random_seed(&self) -> u128 {
        self.chance.random_seed()
    }
}
