//! Delegates the ports of [`LocalPorts`] to its parts.

use serde_json::Value;
use std::{future::Future, sync::Arc};

use model::{Record, RecordKey, ServiceJob, TaskCall, TaskResource};
use orchestrator::{
    Fault,
    ports::{
        CallConcurrency, CallOrigin, CallOutcome, CallRequest, CallSlots, ComposedPorts,
        ComputePool, ExecutionObserver, IntegrationMistake, MockedFields, StepOrigin, StepTime,
        TaskCaller,
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

impl<C: TaskCaller> TaskCaller for LocalPorts<C> {
    fn can_call(&self, resource: &TaskResource) -> bool {
        self.caller.can_call(resource)
    }

    fn find_mistakes(
        &self,
        resource: &TaskResource,
        parameters: Option<&Value>,
    ) -> Vec<IntegrationMistake> {
        self.caller.find_mistakes(resource, parameters)
    }

    fn check_mocked_result(
        &self,
        resource: &TaskResource,
        result: &Value,
        fields: MockedFields,
    ) -> Result<(), String> {
        self.caller.check_mocked_result(resource, result, fields)
    }

    fn call_concurrency(&self, call: &TaskCall) -> Option<CallConcurrency> {
        self.caller.call_concurrency(call)
    }

    fn make_call(
        &self,
        request: CallRequest<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send {
        self.caller.make_call(request)
    }

    fn describe_job(
        &self,
        job: &ServiceJob,
        origin: CallOrigin<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send {
        self.caller.describe_job(job, origin)
    }

    fn cancel_job(
        &self,
        job: &ServiceJob,
        origin: CallOrigin<'_>,
    ) -> impl Future<Output = ()> + Send {
        self.caller.cancel_job(job, origin)
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

impl<C> ExecutionObserver for LocalPorts<C> {
    fn record_appended(&self, key: &RecordKey, record: &Arc<Record>) {
        if let Some(watcher) = &self.append_watcher {
            // A send fails only if the watcher is gone, which then does not need the record.
            drop(watcher.send((key.clone(), Arc::clone(record))));
        }
    }
}
