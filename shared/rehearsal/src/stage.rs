//! The ports of one rehearsal: memory, a clock that is set, and mocks for the world.

mod delegate;

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Mutex, MutexGuard},
};

use memory::{MemoryQueue, MemoryStore, SeededChance};
use model::{Answer, Cue, Failure, Message, Payload, RecordKey, Secret, StateName, error_name};
use orchestrator::ports::{CallOutcome, CallRequest, Caller, Clock, Lane, Log, Queue};

use crate::{Mocks, Trouble, clock::VirtualClock};

/// What chance draws in every rehearsal, so that each goes as the one before it.
const SEED: u64 = 1;

/// Everything that the use cases need.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) store: MemoryStore,
    pub(crate) queue: MemoryQueue,
    pub(crate) clock: VirtualClock,
    chance: SeededChance,
    mocks: &'a Mocks,
    prompter: Mutex<Prompter>,
}

/// What the mocks have done so far.
#[derive(Debug, Default)]
struct Prompter {
    /// Calls of each state.
    calls: BTreeMap<StateName, u32>,
    /// How each call ended that was not given up before.
    outcomes: BTreeMap<RecordKey, CallOutcome>,
    /// The first call that no mock answers.
    trouble: Option<Trouble>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(mocks: &'a Mocks) -> Self {
        Self {
            store: MemoryStore::new(),
            queue: MemoryQueue::new(),
            clock: VirtualClock::new(),
            chance: SeededChance::new(SEED),
            mocks,
            prompter: Mutex::default(),
        }
    }

    /// A call that no mock answers, if there was one.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.prompter().trouble.take()
    }

    /// How the call of a claim ended; one that was given up has timed out.
    pub(crate) fn outcome(&self, claim: &RecordKey) -> CallOutcome {
        self.prompter().outcomes.get(claim).cloned().unwrap_or(CallOutcome::TimedOut)
    }

    fn prompter(&self) -> MutexGuard<'_, Prompter> {
        memory::locked(&self.prompter)
    }

    /// The state that has made a claim.
    async fn claimant(&self, claim: &RecordKey) -> Option<StateName> {
        let record = self.store.load(claim).await.ok().flatten()?;
        Some(record.frame.state.clone())
    }

    fn next_answer(&self, state: &StateName) -> Result<&'a crate::Answer, Trouble> {
        let call = {
            let mut prompter = self.prompter();
            let calls = prompter.calls.entry(state.clone()).or_default();
            *calls += 1;
            *calls - 1
        };
        self.mocks.answer(state, call).ok_or_else(|| {
            let state = state.clone();
            if self.mocks.has(&state) {
                Trouble::NoMoreAnswers { state, call: call + 1 }
            } else {
                Trouble::NoMock { state }
            }
        })
    }
}

impl Caller for Stage<'_> {
    async fn call(&self, request: CallRequest<'_>) -> CallOutcome {
        let claim = RecordKey {
            execution: request.execution.clone(),
            frame: request.frame.clone(),
            number: request.claim,
        };
        let Some(state) = self.claimant(&claim).await else { return CallOutcome::lost() };
        let answer = match self.next_answer(&state) {
            Ok(answer) => answer,
            Err(trouble) => {
                self.prompter().trouble.get_or_insert(trouble);
                // The rehearsal is over.
                return pending().await;
            }
        };
        let at = self.clock.now().plus_milliseconds(answer.milliseconds);
        if let Some(secret) = request.call.secret {
            let sent =
                self.queue.send(answered(&claim, secret, &answer.outcome), Lane::Steps, Some(at));
            if sent.await.is_err() {
                return CallOutcome::lost();
            }
            self.prompter().outcomes.insert(claim, answer.outcome.clone());
            return CallOutcome::Succeeded(Payload::empty_object());
        }
        self.clock.sleep_until(at).await;
        self.prompter().outcomes.insert(claim, answer.outcome.clone());
        answer.outcome.clone()
    }
}

/// What the holder of a task's token sends, or a job that has ended.
fn answered(claim: &RecordKey, secret: Secret, outcome: &CallOutcome) -> Message {
    let answer = match outcome {
        CallOutcome::Succeeded(output) => Answer::Succeeded(output.clone()),
        CallOutcome::Failed(failure) => Answer::Failed(failure.clone()),
        CallOutcome::TimedOut => Answer::Failed(Failure::named(error_name::TIMEOUT)),
    };
    let (execution, frame) = (claim.execution.clone(), claim.frame.clone());
    Message { execution, frame, cue: Cue::Answer { secret, answer } }
}
