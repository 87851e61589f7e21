//! All ports of an AWS deployment in one value.

use std::{
    future::{Future, ready},
    sync::Arc,
};

use model::{ExecutionId, ExecutionStatus, Record, RecordKey, limits::STEP_MILLISECONDS_MAX};
use orchestrator::{
    Fault,
    ports::{
        CallSlots, Clock, ComposedPorts, ComputePool, ExecutionObserver, StatusChange, StepOrigin,
        StepTime, TaskCaller, WithTaskCaller,
    },
};

use crate::{DynamoDbTable, SqsQueues};

/// The ports of an AWS deployment. `T` is the clock and the random source, `C` makes the calls of
/// Task states, `O` observes changes of status.
#[derive(Clone, Debug)]
pub struct AwsPorts<T, C, O> {
    /// Record logs, histories, fan-ins, executions, state machines and activities.
    pub table: DynamoDbTable,
    /// The message queues and the dead-letter queue.
    pub queues: SqsQueues<T>,
    /// The clock and the random source.
    pub clock: T,
    /// Makes the calls of Task states.
    pub caller: C,
    /// Observes changes of status.
    pub observer: O,
}

impl<T: Clock, C, O> AwsPorts<T, C, O> {
    /// Opens the connections to DynamoDB and SQS, so that the first message or request need not wait
    /// for DNS and TLS. A request that fails is of no consequence.
    pub async fn open_connections(&self) {
        tokio::join!(self.table.open_connection(), self.queues.open_connection());
    }
}

impl<T, C, O> ComposedPorts for AwsPorts<T, C, O> {
    type Store = DynamoDbTable;
    type Queue = SqsQueues<T>;
    type DeadLetters = SqsQueues<T>;
    type Deaths = DynamoDbTable;
    type Clock = T;
    type Random = T;

    fn store(&self) -> &DynamoDbTable {
        &self.table
    }

    fn queue(&self) -> &SqsQueues<T> {
        &self.queues
    }

    fn dead_letters(&self) -> &SqsQueues<T> {
        &self.queues
    }

    fn death_counter(&self) -> &DynamoDbTable {
        &self.table
    }

    fn clock(&self) -> &T {
        &self.clock
    }

    fn random(&self) -> &T {
        &self.clock
    }
}

impl<T, C: TaskCaller, O> WithTaskCaller for AwsPorts<T, C, O> {
    type Caller = C;

    fn task_caller(&self) -> &C {
        &self.caller
    }
}

impl<T, C, O: ExecutionObserver> ExecutionObserver for AwsPorts<T, C, O> {
    fn observes_status(&self) -> bool {
        self.observer.observes_status()
    }

    fn status_changed(
        &self,
        change: &StatusChange,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.observer.status_changed(change)
    }

    fn record_appended(&self, key: &RecordKey, record: &Arc<Record>) {
        self.observer.record_appended(key, record);
    }

    fn express_run_ended(&self, id: &ExecutionId, status: ExecutionStatus) {
        self.observer.express_run_ended(id, status);
    }
}

/// AWS bounds the calls of each Lambda function itself.
impl<T, C, O> CallSlots for AwsPorts<T, C, O> {}

/// Computes at once: a Lambda function has one processor at most, and serves one batch or request.
impl<T: Clock + Sync, C: Sync, O: Sync> ComputePool for AwsPorts<T, C, O> {
    fn compute_step<R: Send>(
        &self,
        _: Option<StepOrigin<'_>>,
        mut compute: impl FnMut(&StepTime<'_>) -> R + Send,
    ) -> impl Future<Output = Result<R, Fault>> + Send {
        let clock = &self.clock;
        let began = clock.now().as_milliseconds();
        let remaining = || {
            let spent = clock.now().as_milliseconds().saturating_sub(began);
            STEP_MILLISECONDS_MAX.saturating_sub(u64::try_from(spent).unwrap_or_default())
        };
        ready(Ok(compute(&StepTime::new(&remaining))))
    }
}
