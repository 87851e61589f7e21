//! The ports of one Express execution.

use std::future::Future;

use model::{Failure, RecordKey, TaskResource, error_name};
use tracing::error;

use super::{express_queue::ExpressQueue, express_store::ExpressStore};
use crate::{
    EngineContext, Fault,
    frames::KeyedRecord,
    integrations::{is_own_integration, make_own_call},
    ports::{
        CallOutcome, CallRequest, CallSlots, ComposedPorts, ComputePool, ExecutionLogs,
        ExecutionObserver, RecordLog, StepOrigin, StepTime, TaskCaller,
    },
    roles::TaskRole,
};

/// A store and a queue in memory, and all else as the deployment has it.
pub(super) struct ExpressPorts<'a, P> {
    /// The ports of the deployment.
    pub(super) outside: &'a P,
    pub(super) outer_context: &'a EngineContext,
    pub(super) store: ExpressStore,
    pub(super) queue: ExpressQueue,
}

impl<P> ComposedPorts for ExpressPorts<'_, P> {
    type Store = ExpressStore;
    type Queue = ExpressQueue;
    type DeadLetters = ExpressStore;
    type Deaths = ExpressStore;
    type Clock = P;
    type Random = P;

    fn store(&self) -> &ExpressStore {
        &self.store
    }

    fn queue(&self) -> &ExpressQueue {
        &self.queue
    }

    fn dead_letters(&self) -> &ExpressStore {
        &self.store
    }

    fn death_counter(&self) -> &ExpressStore {
        &self.store
    }

    fn clock(&self) -> &P {
        self.outside
    }

    fn random(&self) -> &P {
        self.outside
    }
}

/// An Express execution has no event of its status, and its records are nowhere else.
///
/// Spec: Developer Guide, "Choosing workflow type": no EventBridge status events.
impl<P: Sync> ExecutionObserver for ExpressPorts<'_, P> {}

/// What is logged is written outside.
impl<P: Sync> ExecutionLogs for ExpressPorts<'_, P> {}

/// A call without a slot would keep the run from its other calls, so none is refused.
impl<P> CallSlots for ExpressPorts<'_, P> {}

impl<P: ComputePool + Sync> ComputePool for ExpressPorts<'_, P> {
    fn compute_step<T: Send>(
        &self,
        origin: Option<StepOrigin<'_>>,
        compute: impl FnMut(&StepTime<'_>) -> T + Send,
    ) -> impl Future<Output = Result<T, Fault>> + Send {
        self.outside.compute_step(origin, compute)
    }

    fn read_definition<T: Send>(
        &self,
        read: impl FnOnce() -> T + Send,
    ) -> impl Future<Output = Result<T, Fault>> + Send {
        self.outside.read_definition(read)
    }
}

impl<P: TaskRole> TaskCaller for ExpressPorts<'_, P> {
    fn can_call(&self, resource: &TaskResource) -> bool {
        self.outside.can_call(resource)
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        if is_own_integration(&request.call.resource) {
            return Some(self.make_call_outside(request).await);
        }
        self.outside.make_call(request).await
    }
}

impl<P: TaskRole> ExpressPorts<'_, P> {
    /// Makes a call that Statewright serves itself, which is to have its effect on the deployment.
    async fn make_call_outside(
        &self,
        CallRequest { call, origin, .. }: CallRequest<'_>,
    ) -> CallOutcome {
        let (execution, frame) = (origin.execution.clone(), origin.frame.clone());
        let key = RecordKey { execution, frame, number: origin.claim };
        let Ok(Some(record)) = self.store.load_record(&key).await else {
            return CallOutcome::worker_lost();
        };
        let claim = KeyedRecord { key, record };
        match make_own_call(self.outside, self.outer_context, &claim, call).await {
            Ok(outcome) => outcome,
            Err(fault) => {
                error!(execution = %claim.key.execution, error = &fault as &dyn std::error::Error,
                    "a call of an Express execution could not be made");
                let cause = "Statewright could not make this call.";
                CallOutcome::Failed(Failure::new(error_name::TASK_FAILED, cause))
            }
        }
    }
}
