//! The ports of one rehearsal: memory, a clock that is set, and mocks for the world.

mod delegate;

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Mutex, MutexGuard},
};

use memory_ports::{MemoryQueue, MemoryStore, SeededRandom};
use model::{
    Failure, MessageKind, Payload, QueueMessage, RecordKey, StateName, TaskCompletion, TaskSecret,
    error_name,
};
use orchestrator::ports::{
    CallOutcome, CallRequest, Clock, MessageQueue, QueueName, RecordLog, TaskCaller,
};

use crate::{OfflineRunError, StateMocks, virtual_clock::VirtualClock};

/// What chance draws in every rehearsal, so that each goes as the one before it.
const SEED: u64 = 1;

/// Everything that the use cases need.
#[derive(Debug)]
pub(crate) struct MockWorld<'a> {
    pub(crate) store: MemoryStore,
    pub(crate) queue: MemoryQueue,
    pub(crate) clock: VirtualClock,
    chance: SeededRandom,
    mocks: &'a StateMocks,
    mock_state: Mutex<MockState>,
}

/// What the mocks have done so far.
#[derive(Debug, Default)]
struct MockState {
    /// Calls of each state.
    calls: BTreeMap<StateName, u32>,
    /// How each call ended that was not given up before.
    outcomes: BTreeMap<RecordKey, CallOutcome>,
    /// The first call that no mock answers.
    unanswered_call: Option<OfflineRunError>,
}

impl<'a> MockWorld<'a> {
    pub(crate) fn new(mocks: &'a StateMocks) -> Self {
        Self {
            store: MemoryStore::new(),
            queue: MemoryQueue::new(),
            clock: VirtualClock::new(),
            chance: SeededRandom::new(SEED),
            mocks,
            mock_state: Mutex::default(),
        }
    }

    /// A call that no mock answers, if there was one.
    pub(crate) fn take_unanswered_call(&self) -> Option<OfflineRunError> {
        self.lock_mock_state().unanswered_call.take()
    }

    /// How the call of a claim ended; one that was given up has timed out.
    pub(crate) fn call_outcome(&self, claim: &RecordKey) -> CallOutcome {
        self.lock_mock_state().outcomes.get(claim).cloned().unwrap_or(CallOutcome::TimedOut)
    }

    fn lock_mock_state(&self) -> MutexGuard<'_, MockState> {
        memory_ports::lock_unpoisoned(&self.mock_state)
    }

    /// The state that has made a claim.
    async fn state_of_claim(&self, claim: &RecordKey) -> Option<StateName> {
        let record = self.store.load_record(claim).await.ok().flatten()?;
        Some(record.frame.state.clone())
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

impl TaskCaller for MockWorld<'_> {
    async fn make_call(&self, request: CallRequest<'_>) -> CallOutcome {
        let claim = RecordKey {
            execution: request.execution.clone(),
            frame: request.frame.clone(),
            number: request.claim,
        };
        let Some(state) = self.state_of_claim(&claim).await else {
            return CallOutcome::worker_lost();
        };
        let answer = match self.next_answer(&state) {
            Ok(answer) => answer,
            Err(error) => {
                self.lock_mock_state().unanswered_call.get_or_insert(error);
                // The rehearsal is over.
                return pending().await;
            }
        };
        let at = self.clock.now().plus_milliseconds(answer.milliseconds);
        if let Some(secret) = request.call.secret {
            let sent = self.queue.send_message(
                answer_message(&claim, secret, &answer.outcome),
                QueueName::Steps,
                Some(at),
            );
            if sent.await.is_err() {
                return CallOutcome::worker_lost();
            }
            self.lock_mock_state().outcomes.insert(claim, answer.outcome.clone());
            return CallOutcome::Succeeded(Payload::empty_object());
        }
        self.clock.sleep_until(at).await;
        self.lock_mock_state().outcomes.insert(claim, answer.outcome.clone());
        answer.outcome.clone()
    }
}

/// What the holder of a task's token sends, or a job that has ended.
fn answer_message(claim: &RecordKey, secret: TaskSecret, outcome: &CallOutcome) -> QueueMessage {
    let answer = match outcome {
        CallOutcome::Succeeded(output) => TaskCompletion::Succeeded(output.clone()),
        CallOutcome::Failed(failure) => TaskCompletion::Failed(failure.clone()),
        CallOutcome::TimedOut => {
            TaskCompletion::Failed(Failure::with_error_name(error_name::TIMEOUT))
        }
    };
    let (execution, frame) = (claim.execution.clone(), claim.frame.clone());
    QueueMessage {
        execution,
        frame,
        kind: MessageKind::CompleteTask { secret, completion: answer },
    }
}
