//! Delegates the ports of [`LocalPorts`] to its parts.

use std::{future::Future, sync::Arc};

use model::{ExecutionId, ExecutionStatus, Record, RecordKey, TaskCall};
use orchestrator::{
    Fault,
    ports::{
        CallSlots, ComposedPorts, ComputePool, ExecutionLogBatch, ExecutionLogs, ExecutionObserver,
        StepOrigin, StepTime, TaskCaller, WithTaskCaller,
    },
};
use system_clock::SystemClock;

use super::{LocalDeathCounter, LocalPorts, delivery_place};
use crate::{LocalQueue, SqliteStore};

impl<C> ComposedPorts for LocalPorts<C> {
    type Store = SqliteStore;
    type Queue = LocalQueue;
    type DeadLetters = SqliteStore;
    type Deaths = LocalDeathCounter;
    type Clock = SystemClock;
    type Random = SystemClock;

    fn store(&self) -> &SqliteStore {
        &self.store
    }

    fn queue(&self) -> &LocalQueue {
        &self.queue
    }

    fn dead_letters(&self) -> &SqliteStore {
        &self.store
    }

    fn death_counter(&self) -> &LocalDeathCounter {
        &self.deaths
    }

    fn clock(&self) -> &SystemClock {
        &self.clock
    }

    fn random(&self) -> &SystemClock {
        &self.clock
    }
}

impl<C: TaskCaller> WithTaskCaller for LocalPorts<C> {
    type Caller = C;

    fn task_caller(&self) -> &C {
        &self.caller
    }
}

impl<C: TaskCaller> CallSlots for LocalPorts<C> {
    fn take_call_slot(&self, call: &TaskCall) -> bool {
        match self.caller.call_concurrency(call) {
            Some(concurrency) => delivery_place::take_slot(&self.call_slots, concurrency),
            None => true,
        }
    }
}

impl<C: Sync> ComputePool for LocalPorts<C> {
    fn compute_step<T: Send>(
        &self,
        origin: Option<StepOrigin<'_>>,
        compute: impl FnMut(&StepTime<'_>) -> T + Send,
    ) -> impl Future<Output = Result<T, Fault>> + Send {
        self.compute.compute_step(origin, compute)
    }

    fn read_definition<T: Send>(
        &self,
        read: impl FnOnce() -> T + Send,
    ) -> impl Future<Output = Result<T, Fault>> + Send {
        self.compute.read_definition(read)
    }
}

impl<C: Sync> ExecutionLogs for LocalPorts<C> {
    fn write_log(&self, batch: ExecutionLogBatch<'_>) -> impl Future<Output = ()> + Send {
        self.execution_log.write_log(batch)
    }
}

impl<C> ExecutionObserver for LocalPorts<C> {
    fn express_run_ended(&self, _: &ExecutionId, status: ExecutionStatus) {
        self.counts.count_express_end(status);
    }

    fn record_appended(&self, key: &RecordKey, record: &Arc<Record>) {
        self.counts.count_record(key, record);
        if let Some(watcher) = &self.append_watcher {
            // A send fails only if the watcher is gone, which then does not need the record.
            drop(watcher.send((key.clone(), Arc::clone(record))));
        }
    }
}
