//! The API over ports in memory, where all is done at once.

use std::{future::Future, future::ready, sync::Arc};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use memory_ports::{MemoryQueue, MemoryStore, SeededRandom};
use model::{AccountRegion, TaskResource, Timestamp};
use orchestrator::{
    EngineContext, EngineSettings, Fault,
    ports::{
        CallOutcome, CallRequest, CallSlots, Clock, ComposedPorts, ComputePool, ExecutionLogs,
        ExecutionObserver, TaskCaller,
    },
};
use protocol::StepFunctionsApi;

pub(crate) const ARN_PREFIX: &str = "arn:aws:states:us-east-1:000000000000";
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/orders";
/// The role that no principal may pass.
pub(crate) const DENIED_ROLE: &str = "arn:aws:iam::000000000000:role/admin";
pub(crate) const DEFINITION: &str = r#"{"StartAt": "Work", "States": {
    "Work": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:work",
        "Parameters": {"a.$": "$.a"}, "Next": "End", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}]},
    "End": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}", "End": true}}}"#;

/// A moment of November 2026, at which the clock stands.
const NOW: Timestamp = Timestamp::from_milliseconds(1_796_000_000_000);

/// The API of a deployment that nobody else uses.
pub(crate) struct ApiDouble(StepFunctionsApi<DoublePorts>);

impl ApiDouble {
    pub(crate) fn new() -> Self {
        let settings = EngineSettings {
            activity_poll_milliseconds: 0,
            ..EngineSettings::new(AccountRegion::new("us-east-1", "000000000000"))
        };
        let ports = DoublePorts {
            store: MemoryStore::new(),
            queue: MemoryQueue::new(),
            clock: StandingClock,
            random: SeededRandom::new(1),
        };
        Self(StepFunctionsApi::new(Arc::new(ports), Arc::new(EngineContext::new(settings))))
    }

    pub(crate) fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = Box::pin(self.0.answer_request(request)).now_or_never();
        answer.expect("nothing waits here")
    }
}

pub(crate) struct DoublePorts {
    store: MemoryStore,
    queue: MemoryQueue,
    clock: StandingClock,
    random: SeededRandom,
}

pub(crate) struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn sleep_until(&self, _: Timestamp) -> impl Future<Output = ()> + Send {
        ready(())
    }
}

impl ComposedPorts for DoublePorts {
    type Store = MemoryStore;
    type Queue = MemoryQueue;
    type DeadLetters = MemoryStore;
    type Deaths = MemoryStore;
    type Clock = StandingClock;
    type Random = SeededRandom;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn queue(&self) -> &MemoryQueue {
        &self.queue
    }

    fn dead_letters(&self) -> &MemoryStore {
        &self.store
    }

    fn death_counter(&self) -> &MemoryStore {
        &self.store
    }

    fn clock(&self) -> &StandingClock {
        &self.clock
    }

    fn random(&self) -> &SeededRandom {
        &self.random
    }
}

impl ExecutionObserver for DoublePorts {}

impl ExecutionLogs for DoublePorts {}

impl ComputePool for DoublePorts {}

impl CallSlots for DoublePorts {}

impl TaskCaller for DoublePorts {
    fn can_call(&self, resource: &TaskResource) -> bool {
        matches!(resource, TaskResource::Integration(_))
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        Some(CallOutcome::Succeeded(request.call.payload.clone()))
    }

    fn may_pass_role(
        &self,
        _principal: &str,
        role_arn: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send {
        ready(Ok(!role_arn.starts_with(DENIED_ROLE)))
    }
}
