//! One transition: load → advance → append → wake.

use std::sync::Arc;

use engine::{Moment, Scene, Stimulus, Transition};
use model::{Message, Phase, Record, RecordKey, RecordNumber, Timestamp, Wake};
use tracing::Span;

use crate::{
    Fault, Tools, Verdict,
    commit::{Causes, commit, execution_input},
    join::{Settled, settled},
    look::{Look, look},
    nested,
    ports::{Append, Chance, Clock, Executions, Fans, Lane, Log, Machines, Queue},
    wake::{lane_of, wake},
};

/// How far a message came without a call.
pub(crate) enum Stepped {
    /// To its end.
    Verdict(Verdict),
    /// To a claim: the call is to be made now, by this very delivery.
    Claimed(Claim),
}

/// A claim that this delivery has appended.
pub(crate) struct Claim {
    pub(crate) key: RecordKey,
    pub(crate) record: Arc<Record>,
}

/// "Record `number` is the head of the frame's log; take it on."
pub(crate) async fn step<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
    number: RecordNumber,
) -> Result<Stepped, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Chance + Sync,
{
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let mut key = RecordKey { execution, frame, number };
    let Some(mut record) = ports.load(&key).await? else {
        return Ok(Stepped::Verdict(Verdict::Done));
    };
    Span::current().record("state", record.frame.state.as_str());
    for ahead in 1..=tools.run_ahead.max(1) {
        let (transition, causes) = match next(ports, tools, &key, &record).await? {
            Next::Step(transition, causes) => (*transition, causes),
            Next::Overtaken => return Ok(Stepped::Verdict(Verdict::Later)),
            Next::NotYet(at) => return not_yet(ports, tools, &key, &record, at).await,
        };
        key.number = key.number.next();
        let via = message.cue.via();
        let before = Some(&record.frame);
        let next = commit(ports, &key, via, &record.facts, before, transition, causes).await?;
        let Append::Done(next) = next else { return Ok(Stepped::Verdict(Verdict::Later)) };
        nested::cancel(ports, &key, &record.frame).await?;
        match next.frame.wake() {
            Wake::Call { .. } => return Ok(Stepped::Claimed(Claim { key, record: next })),
            Wake::Now if ahead < tools.run_ahead && stays(ports, tools, &key, &next).await? => {
                record = next;
            }
            Wake::Now | Wake::At(_) | Wake::Nothing | Wake::Fork { .. } | Wake::End(_) => {
                wake(ports, tools, &key, &next).await?;
                break;
            }
        }
    }
    Ok(Stepped::Verdict(Verdict::Done))
}

/// Whether the frame's next state may run in a delivery of the queue `steps`.
async fn stays<P>(ports: &P, tools: &Tools, key: &RecordKey, record: &Record) -> Result<bool, Fault>
where
    P: Machines + Sync,
{
    Ok(lane_of(ports, tools, &key.execution, record).await? == Lane::Steps)
}

/// What a frame does next.
enum Next {
    /// This.
    Step(Box<Transition>, Causes),
    /// Nothing now, and perhaps something then.
    NotYet(Option<Timestamp>),
    /// Another message has taken it on.
    Overtaken,
}

/// Loads what the engine needs and asks it.
async fn next<P>(ports: &P, tools: &Tools, key: &RecordKey, record: &Record) -> Result<Next, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Chance + Sync,
{
    let own = Causes::of(record);
    let (stimulus, causes) = match &record.frame.phase {
        Phase::Ready { .. } | Phase::Waiting { .. } | Phase::Delayed { .. } => (Stimulus::Due, own),
        Phase::Forked { .. } => match settled(ports, tools, key, record).await? {
            Some(Settled { stimulus, causes }) => (stimulus, own.and(causes)),
            None => return Ok(Next::NotYet(None)),
        },
        Phase::Submitted { .. } => match look(ports, tools, key, record).await? {
            Look::Answered(outcome) => (Stimulus::Answered(outcome), own),
            Look::Waits(at) => return Ok(Next::NotYet(Some(at))),
            Look::Overtaken => return Ok(Next::Overtaken),
        },
        Phase::Claimed { .. } | Phase::Ended(_) => return Ok(Next::NotYet(None)),
    };
    let at = match record.frame.wake() {
        Wake::At(at) => Some(at),
        Wake::Now | Wake::Nothing | Wake::Call { .. } | Wake::Fork { .. } | Wake::End(_) => None,
    };
    let transition = engine_step(ports, tools, key, record, stimulus, causes).await?;
    Ok(transition.map_or(Next::NotYet(at), |transition| Next::Step(Box::new(transition), causes)))
}

/// Sets the scene for one frame and lets the engine act on it.
pub(crate) async fn engine_step<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
    stimulus: Stimulus,
    causes: Causes,
) -> Result<Option<Transition>, Fault>
where
    P: Executions + Machines + Clock + Chance + Sync,
{
    let definition = tools.definitions.get(ports, &key.execution, &record.facts.revision).await?;
    let input = execution_input(ports, &definition, &key.execution).await?;
    let scene = Scene {
        definition: &definition,
        place: &tools.place,
        limits: tools.limits,
        execution: &key.execution,
        facts: &record.facts,
        input: input.as_ref(),
        path: &key.frame,
        moment: Moment { now: ports.now().max(causes.at), seed: ports.seed() },
    };
    Ok(engine::advance(&scene, &record.frame, stimulus))
}

/// A message before its time (queues delay by 15 minutes at most, and clocks differ) is sent
/// again; any other is stale. The engine's own reading of the clock has said which it is.
async fn not_yet<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
    at: Option<Timestamp>,
) -> Result<Stepped, Fault>
where
    P: Machines + Queue + Sync,
{
    if let Some(at) = at {
        let lane = lane_of(ports, tools, &key.execution, record).await?;
        let message = Message {
            execution: key.execution.clone(),
            frame: key.frame.clone(),
            cue: model::Cue::Take(key.number),
        };
        ports.send(message, lane, Some(at)).await?;
    }
    Ok(Stepped::Verdict(Verdict::Done))
}
