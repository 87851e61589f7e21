//! The parts of a deployment together.

use std::{future::Future, sync::Arc};

use model::{ExecutionId, FramePath, Message, Record, RecordKey, Timestamp};
use orchestrator::{
    Fault,
    ports::{
        Append, CallOutcome, CallRequest, Caller, Chance, Clock, DeadLetters, HasStore, Head, Lane,
        Log, Queue,
    },
};

use crate::{Queues, Table};

/// The ports of a deployment.
///
/// Each trait is implemented by the part that has it; use cases see one value.
#[derive(Clone, Debug)]
pub struct AwsPorts<T, C> {
    /// Log, history, fans, executions, machines.
    pub table: Table,
    /// What comes next, and what nobody could handle.
    pub queues: Queues<T>,
    /// Time and chance.
    pub clock: T,
    /// Calls of Task states.
    pub caller: C,
}

impl<T, C> HasStore for AwsPorts<T, C> {
    type Store = Table;

    fn store(&self) -> &Table {
        &self.table
    }
}

impl<T: Sync, C: Sync> Log for AwsPorts<T, C> {
    fn load(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<Record>>, Fault>> + Send {
        self.table.load(key)
    }

    fn load_all(
        &self,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<Arc<Record>>, Fault>> + Send {
        self.table.load_all(keys)
    }

    fn head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> impl Future<Output = Result<Option<Head>, Fault>> + Send {
        self.table.head(execution, frame)
    }

    fn append(
        &self,
        key: &RecordKey,
        record: Record,
    ) -> impl Future<Output = Result<Append, Fault>> + Send {
        self.table.append(key, record)
    }

    fn renew(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.table.renew(key, until)
    }
}

impl<T: Clock + Send + Sync, C: Sync> Queue for AwsPorts<T, C> {
    fn send(
        &self,
        message: Message,
        lane: Lane,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queues.send(message, lane, at)
    }

    fn send_all(
        &self,
        messages: Vec<(Message, Lane)>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queues.send_all(messages)
    }
}

impl<T: Clock + Send + Sync, C: Sync> DeadLetters for AwsPorts<T, C> {
    fn bury(
        &self,
        message: &Message,
        reason: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queues.bury(message, reason)
    }
}

impl<T: Sync, C: Caller + Sync> Caller for AwsPorts<T, C> {
    fn call(&self, request: CallRequest<'_>) -> impl Future<Output = CallOutcome> + Send {
        self.caller.call(request)
    }
}

impl<T: Clock + Sync, C: Sync> Clock for AwsPorts<T, C> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send {
        self.clock.sleep_until(at)
    }
}

impl<T: Chance + Sync, C: Sync> Chance for AwsPorts<T, C> {
    fn seed(&self) -> u128 {
        self.clock.seed()
    }
}
