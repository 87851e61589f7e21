//! All ports of an AWS deployment in one value.

use std::{future::Future, sync::Arc};

use model::{ExecutionId, FramePath, QueueMessage, Record, RecordKey, Timestamp};
use orchestrator::{
    Fault,
    ports::{
        AppendOutcome, CallOutcome, CallRequest, Clock, DeadLetterQueue, HasStore, LogHead,
        MessageQueue, QueueName, RandomSource, RecordLog, TaskCaller,
    },
};

use crate::{DynamoDbTable, SqsQueues};

/// The ports of an AWS deployment.
///
/// Each port trait delegates to the field that implements it, so use cases take one value.
#[derive(Clone, Debug)]
pub struct AwsPorts<T, C> {
    /// Record logs, histories, fan-ins, executions and state machines.
    pub table: DynamoDbTable,
    /// The message queues and the dead-letter queue.
    pub queues: SqsQueues<T>,
    /// The clock and the random source.
    pub clock: T,
    /// Makes the calls of Task states.
    pub caller: C,
}

impl<T, C> HasStore for AwsPorts<T, C> {
    type Store = DynamoDbTable;

    fn store(&self) -> &DynamoDbTable {
        &self.table
    }
}

impl<T: Sync, C: Sync> RecordLog for AwsPorts<T, C> {
    fn load_record(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<Record>>, Fault>> + Send {
        self.table.load_record(key)
    }

    fn load_records(
        &self,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<Arc<Record>>, Fault>> + Send {
        self.table.load_records(keys)
    }

    fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> impl Future<Output = Result<Option<LogHead>, Fault>> + Send {
        self.table.load_head(execution, frame)
    }

    fn append_record(
        &self,
        key: &RecordKey,
        record: Record,
    ) -> impl Future<Output = Result<AppendOutcome, Fault>> + Send {
        self.table.append_record(key, record)
    }

    fn renew_lease(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.table.renew_lease(key, until)
    }
}

impl<T: Clock + Send + Sync, C: Sync> MessageQueue for AwsPorts<T, C> {
    fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queues.send_message(message, queue_name, at)
    }

    fn send_messages(
        &self,
        messages: Vec<(QueueMessage, QueueName)>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queues.send_messages(messages)
    }
}

impl<T: Clock + Send + Sync, C: Sync> DeadLetterQueue for AwsPorts<T, C> {
    fn bury_message(
        &self,
        message: &QueueMessage,
        reason: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queues.bury_message(message, reason)
    }
}

impl<T: Sync, C: TaskCaller + Sync> TaskCaller for AwsPorts<T, C> {
    fn make_call(&self, request: CallRequest<'_>) -> impl Future<Output = CallOutcome> + Send {
        self.caller.make_call(request)
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

impl<T: RandomSource + Sync, C: Sync> RandomSource for AwsPorts<T, C> {
    fn random_seed(&self) -> u128 {
        self.clock.random_seed()
    }
}
