//! The first record of a child frame.

use engine::{Moment, Origin, Scene};
use model::{ChildIndex, EventRef, Message, Phase, Record, RecordKey, RecordNumber, Wake};

use crate::{
    Fault, Tools, Verdict,
    commit::{Causes, commit, execution_input},
    join::last_event,
    ports::{Append, Chance, Clock, Executions, Fans, Log, Machines, Queue},
    redrive,
    step::{Claim, Stepped},
    wake::wake,
};

/// "The frame, a child, is to begin."
pub(crate) async fn begin_child<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
) -> Result<Stepped, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Chance + Sync,
{
    let done = Ok(Stepped::Verdict(Verdict::Done));
    let Some((parent, fork, child)) = message.frame.parent() else { return done };
    let execution = message.execution.clone();
    let fork = RecordKey { execution: execution.clone(), frame: parent, number: fork };
    let Some(parent) = ports.load(&fork).await? else { return done };
    let (origin, causes) = origin(ports, &fork, &parent, child).await?;

    let definition = tools.definitions.get(ports, &execution, &parent.facts.revision).await?;
    let input = execution_input(ports, &definition, &execution).await?;
    let scene = Scene {
        definition: &definition,
        place: &tools.place,
        limits: tools.limits,
        execution: &execution,
        facts: &parent.facts,
        input: input.as_ref(),
        path: &message.frame,
        moment: Moment { now: ports.now().max(causes.at), seed: ports.seed() },
    };
    let earlier = match &parent.frame.phase {
        Phase::Forked { resumes: Some(fork), .. } => {
            redrive::earlier(ports, scene.execution, fork, child).await?
        }
        Phase::Forked { resumes: None, .. }
        | Phase::Ready { .. }
        | Phase::Waiting { .. }
        | Phase::Claimed { .. }
        | Phase::Submitted { .. }
        | Phase::Delayed { .. }
        | Phase::Ended(_) => None,
    };
    let transition = match earlier {
        Some(earlier) => Some(earlier.go_on(origin.events, scene.moment.now)),
        None => engine::begin_child(&scene, &parent.frame, child, &origin),
    };
    let Some(transition) = transition else { return done };

    let key = RecordKey { execution, frame: message.frame.clone(), number: RecordNumber::FIRST };
    let via = message.cue.via();
    let first = commit(ports, &key, via, &parent.facts, None, transition, causes).await?;
    let Append::Done(record) = first else { return Ok(Stepped::Verdict(Verdict::Later)) };
    match record.frame.wake() {
        Wake::Call { .. } => Ok(Stepped::Claimed(Claim { key, record })),
        Wake::Now | Wake::At(_) | Wake::Nothing | Wake::Fork { .. } | Wake::End(_) => {
            wake(ports, tools, &key, &record).await?;
            done
        }
    }
}

/// What the child follows: the fork, or the end of the child in whose place it starts.
async fn origin<P>(
    ports: &P,
    fork: &RecordKey,
    parent: &Record,
    child: ChildIndex,
) -> Result<(Origin, Causes), Fault>
where
    P: Log + Fans,
{
    let starts_with_fork = match &parent.frame.phase {
        Phase::Forked { concurrency, .. } => child.get() < *concurrency,
        Phase::Ready { .. }
        | Phase::Waiting { .. }
        | Phase::Claimed { .. }
        | Phase::Submitted { .. }
        | Phase::Delayed { .. }
        | Phase::Ended(_) => true,
    };
    let starter = if starts_with_fork {
        None
    } else {
        ports.fan(fork).await?.and_then(|fan| fan.starter(child))
    };
    let causes = Causes::of(parent);
    let Some((starter, last)) = starter else {
        let after = last_event(ports, fork.clone(), 0).await?;
        return Ok((Origin { after, events: parent.frame.events }, causes));
    };
    let frame = fork.frame.child(fork.number, starter);
    let key = RecordKey { execution: fork.execution.clone(), frame, number: last };
    let ended = ports.load(&key).await?;
    // AWS numbers the next MapIterationStarted as following what MapIterationSucceeded follows.
    let after: EventRef = last_event(ports, key, 1).await?;
    let events = ended.as_ref().map_or(parent.frame.events, |record| record.frame.events);
    let causes = ended.map_or(causes, |record| causes.and(Causes::of(&record)));
    Ok((Origin { after, events }, causes))
}
