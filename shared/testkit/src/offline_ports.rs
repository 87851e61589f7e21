//! The ports of one offline run: a store and a queue in memory, a virtual clock, and mocks that
//! answer calls.

use orchestrator::ports::{
    CallSlots, ComposedPorts, ComputePool, ExecutionLogs, ExecutionObserver,
};
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Mutex, MutexGuard},
};

use memory_ports::{MemoryQueue, MemoryStore, SeededRandom};
use model::{
    Failure, MessageKind, Payload, QueueMessage, StateName, TaskAnswerId, TaskCompletion,
    TaskResource, TaskSecret, error_name,
};
use orchestrator::ports::{CallOutcome, CallRequest, Clock, MessageQueue, QueueName, TaskCaller};

use crate::{OfflineRunError, StateMocks, virtual_clock::VirtualClock};

/// The seed of every offline run, so that a repeated run gives the same result.
const SEED: u64 = 1;

/// All ports of an offline run.
#[derive(Debug)]
pub(crate) struct OfflinePorts<'a> {
    pub(crate) store: MemoryStore,
    pub(crate) queue: MemoryQueue,
    pub(crate) clock: VirtualClock,
    random: SeededRandom,
    mocks: &'a StateMocks,
    mock_state: Mutex<MockState>,
}

/// What the mocks have done so far.
#[derive(Debug, Default)]
struct MockState {
    /// The number of calls that each state has made.
    calls: BTreeMap<StateName, u32>,
    /// The first call that no mock answers.
    unanswered_call: Option<OfflineRunError>,
}

impl<'a> OfflinePorts<'a> {
    pub(crate) fn new(mocks: &'a StateMocks) -> Self {
        Self {
            store: MemoryStore::new(),
            queue: MemoryQueue::new(),
            clock: VirtualClock::new(),
            random: SeededRandom::new(SEED),
            mocks,
            mock_state: Mutex::default(),
        }
    }

    /// Takes the first call that no mock answers, if there was one.
    pub(crate) fn take_unanswered_call(&self) -> Option<OfflineRunError> {
        self.lock_mock_state().unanswered_call.take()
    }

    fn lock_mock_state(&self) -> MutexGuard<'_, MockState> {
        memory_ports::lock_unpoisoned(&self.mock_state)
    }

    fn next_answer(&self, state: &StateName) -> Result<&'a crate::MockAnswer, OfflineRunError> {
        let call = {
            let mut mock_state = self.lock_mock_state();
            let calls = mock_state.calls.entry(state.clone()).or_default();
            *calls += 1;
            *calls - 1
        };
        self.mocks.answer_for_call(state, call).ok_or_else(|| {
            let state = state.clone();
            if self.mocks.has_mock(&state) {
                OfflineRunError::NoMoreAnswers { state, call: call + 1 }
            } else {
                OfflineRunError::NoMock { state }
            }
        })
    }
}

impl TaskCaller for OfflinePorts<'_> {
    fn can_call(&self, _: &TaskResource) -> bool {
        true
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let answer = match self.next_answer(request.state) {
            Ok(answer) => answer,
            Err(error) => {
                self.lock_mock_state().unanswered_call.get_or_insert(error);
                // The offline run ends with that error, so this call never returns.
                return pending().await;
            }
        };
        let at = self.clock.now().plus_milliseconds(answer.milliseconds);
        let Some(secret) = request.call.secret else {
            self.clock.sleep_until(at).await;
            return Some(answer.outcome.clone());
        };
        let message = answer_message(request, secret, &answer.outcome);
        if self.queue.send_message(message, QueueName::Steps, Some(at)).await.is_err() {
            return Some(CallOutcome::worker_lost());
        }
        Some(CallOutcome::Submitted { output: Payload::empty_object(), job: None })
    }
}

impl ExecutionObserver for OfflinePorts<'_> {}

impl ExecutionLogs for OfflinePorts<'_> {}

impl ComputePool for OfflinePorts<'_> {}

impl CallSlots for OfflinePorts<'_> {}

impl ComposedPorts for OfflinePorts<'_> {
    type Store = MemoryStore;
    type Queue = MemoryQueue;
    type DeadLetters = MemoryStore;
    type Deaths = MemoryStore;
    type Clock = VirtualClock;
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

    fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    fn random(&self) -> &SeededRandom {
        &self.random
    }
}

/// The message that the holder of a task token, or a job that has ended, sends for this outcome.
fn answer_message(
    request: CallRequest<'_>,
    secret: TaskSecret,
    outcome: &CallOutcome,
) -> QueueMessage {
    // Each attempt has a secret of its own and is answered once.
    let id = TaskAnswerId::from_bits(0);
    let answer = match outcome {
        CallOutcome::Succeeded(output) | CallOutcome::Submitted { output, .. } => {
            TaskCompletion::Succeeded(id, output.clone())
        }
        // No mock does this.
        CallOutcome::Queued { .. } => TaskCompletion::Succeeded(id, Payload::empty_object()),
        CallOutcome::Failed(failure) | CallOutcome::NotScheduled(failure) => {
            TaskCompletion::Failed(id, failure.clone())
        }
        CallOutcome::TimedOut => {
            TaskCompletion::Failed(id, Failure::with_error_name(error_name::TIMEOUT))
        }
    };
    let (execution, frame) = (request.origin.execution.clone(), request.origin.frame.clone());
    QueueMessage {
        execution,
        frame,
        kind: MessageKind::CompleteTask { secret, completion: answer },
    }
}
