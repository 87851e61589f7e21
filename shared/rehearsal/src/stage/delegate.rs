//! Which part of a [`Stage`] is which port.

use std::{future::Future, sync::Arc};

use memory::MemoryStore;
use model::{ExecutionId, FramePath, Message, Record, RecordKey, Timestamp};
use orchestrator::{
    Fault,
    ports::{Append, Chance, Clock, HasStore, Head, Lane, Log, Queue},
};

use super::Stage;

impl Log for Stage<'_> {
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

    fn append(
        &self,
        key: &RecordKey,
        record: Record,
    ) -> impl Future<Output = Result<Append, Fault>> + Send {
        self.store.append(key, record)
    }

    fn renew(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store.renew(key, until)
    }
}

impl HasStore for Stage<'_> {
    type Store = MemoryStore;

    fn store(&self) -> &MemoryStore {
        &self.store
    }
}

impl Queue for Stage<'_> {
    fn send(
        &self,
        message: Message,
        lane: Lane,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queue.send(message, lane, at)
    }
}

impl Clock for Stage<'_> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send {
        self.clock.sleep_until(at)
    }
}

impl Chance for Stage<'_> {
    fn seed(&self) -> u128 {
        self.chance.seed()
    }
}
