//! Wakes running executions whose messages are lost.
//!
//! ```text
//! running executions ─▶ head of each frame that has not ended ─▶ AdvanceFrame(head), at its time
//!                         └ a fork ─▶ its children in flight ─▶ the same; StartFrame if not begun
//!                                     children whose end may not be reported ─▶ the same
//! ```
//!
//! A head says what must happen next, so it needs no message but the one that names it:
//! `messages/advance_frame.rs` steps, or performs the next action again. Messages are hints, so
//! waking a frame whose message is not lost does no harm.

use std::ops::AddAssign;

use futures_util::future::try_join_all;
use model::{
    ChildStart, ExecutionId, ExecutionStatus, FramePath, FramePhase, GateState, MessageKind,
    NextAction, QueueMessage, QueueName, Record, RecordKey, ResourceName, Timestamp,
};
use tracing::error;

use crate::{
    DefinitionCache, Fault,
    frames::{ChildInFlight, find_children_in_flight, schedule_execution_timeout},
    ports::{ExecutionFilter, FanInStore, GateStore},
    roles::RewakeRole,
};

/// State machines, or executions, that one request lists.
const PAGE: u32 = 100;
/// Executions that are woken concurrently.
const CONCURRENT_EXECUTIONS: usize = 16;

/// What a rewake has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RewokenExecutions {
    /// Running executions.
    pub executions: u64,
    /// Heads of their frames that have not been joined.
    pub heads: u64,
    /// Messages that were sent to wake them. A frame that waits for a task token without a timeout
    /// needs none.
    pub messages: u64,
    /// Frames that are not woken, since what is stored of them is broken or of a newer version. The
    /// log names them.
    pub unreadable: u64,
}

/// Wakes every running execution. Once this returns, each of them goes on, whatever messages were
/// lost before; those that start or advance meanwhile may be missed, and need no waking. May be
/// repeated. Memory is that of one page of executions, the paths of their children in flight, and a
/// definition cache.
pub async fn rewake_executions<P: RewakeRole>(ports: &P) -> Result<RewokenExecutions, Fault> {
    let definitions = DefinitionCache::default();
    let mut woken = RewokenExecutions::default();
    let mut after: Option<ResourceName> = None;
    loop {
        let machines = ports.list_machines(PAGE, after.as_ref()).await?;
        let Some(last) = machines.last() else { return Ok(woken) };
        after = Some(last.name.clone());
        for machine in &machines {
            woken += rewake_machine(ports, &definitions, &machine.name).await?;
        }
    }
}

async fn rewake_machine<P: RewakeRole>(
    ports: &P,
    definitions: &DefinitionCache,
    machine: &ResourceName,
) -> Result<RewokenExecutions, Fault> {
    let mut woken = RewokenExecutions::default();
    let mut after: Option<String> = None;
    loop {
        let running = ExecutionFilter::of_status(ExecutionStatus::Running);
        let page = ports.list_executions(machine, running, PAGE, after.as_deref()).await?;
        for some in page.executions.chunks(CONCURRENT_EXECUTIONS) {
            let each = some.iter().map(|listed| rewake_execution(ports, definitions, &listed.id));
            for one in try_join_all(each).await? {
                woken += one;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(woken),
        }
    }
}

/// A frame of a running execution, and the message that would start it, with its queue; none if
/// another frame that is woken sends it.
struct OpenFrame {
    path: FramePath,
    start: Option<(ChildStart, QueueName)>,
}

/// Wakes the frames of an execution. One of which something is broken, or of a newer version, waits
/// for a version that can read it, and holds up no other.
async fn rewake_execution<P: RewakeRole>(
    ports: &P,
    definitions: &DefinitionCache,
    execution: &ExecutionId,
) -> Result<RewokenExecutions, Fault> {
    let mut woken = RewokenExecutions { executions: 1, ..RewokenExecutions::default() };
    let mut open = vec![OpenFrame { path: FramePath::ROOT, start: None }];
    while let Some(frame) = open.pop() {
        let path = frame.path.clone();
        match rewake_frame(ports, definitions, execution, frame, &mut woken).await {
            Ok(children) => open.extend(children),
            Err(fault @ (Fault::Unreadable { .. } | Fault::Broken { .. })) => {
                woken.unreadable += 1;
                error!(%execution, frame = %path, %fault,
                    "a frame is left alone; a release that can read it goes on with it, and \
                     DeleteStateMachine removes it with its state machine");
            }
            Err(fault @ (Fault::Port { .. } | Fault::Stopping)) => return Err(fault),
        }
    }
    Ok(woken)
}

/// Wakes a frame, or returns those of its children that must go on before it can.
async fn rewake_frame<P: RewakeRole>(
    ports: &P,
    definitions: &DefinitionCache,
    execution: &ExecutionId,
    OpenFrame { path, start }: OpenFrame,
    woken: &mut RewokenExecutions,
) -> Result<Vec<OpenFrame>, Fault> {
    let wake = match ports.load_head(execution, &path).await? {
        Some(head) => {
            woken.heads += 1;
            if path.fork_depth() == 0 {
                let revision = &head.record.facts.revision;
                definitions.load_definition(ports, execution, revision).await?;
                schedule_execution_timeout(ports, execution, &head.record.facts).await?;
            }
            let (execution, frame) = (execution.clone(), path.clone());
            let key = RecordKey { execution, frame, number: head.number };
            let in_flight = load_children_in_flight(ports, &key, &head.record.frame.phase);
            if let Some(children) = in_flight.await? {
                return Ok(children);
            }
            let advance = MessageKind::AdvanceFrame(head.number);
            wake_time(&head.record).map(|at| (advance, head.record.frame.queue(), Some(at)))
        }
        // A root without a record has been deleted.
        None => start.map(|(start, queue)| (MessageKind::StartFrame(start), queue, None)),
    };
    if let Some((kind, queue, at)) = wake {
        let message = QueueMessage { execution: execution.clone(), frame: path, kind };
        ports.send_message(message, queue, at).await?;
        woken.messages += 1;
    }
    Ok(Vec::new())
}

/// The children of a fork that must go on before it can. Returns none if the frame itself must: it
/// is no fork, its children were never started, or it need not wait for them.
async fn load_children_in_flight<P>(
    ports: &P,
    key: &RecordKey,
    phase: &FramePhase,
) -> Result<Option<Vec<OpenFrame>>, Fault>
where
    P: GateStore + FanInStore + Sync,
{
    let FramePhase::Forked { queues, .. } = phase else { return Ok(None) };
    let Some(gate) = ports.load_gate(key).await? else { return Ok(None) };
    match gate.state() {
        GateState::Open => {}
        GateState::Complete | GateState::Failed(_) | GateState::Closed => return Ok(None),
    }
    let child_frame = |ChildInFlight { child, start }| OpenFrame {
        path: key.frame.child_path(key.number, child),
        start: start.map(|start| (start, queues.queue_of(child))),
    };
    let children = find_children_in_flight(ports, key, &gate).await?;
    Ok(Some(children.into_iter().map(child_frame).collect()))
}

/// When the frame is to be woken, which is at once if that has passed; none if it waits for an
/// answer only, without a timeout.
fn wake_time(head: &Record) -> Option<Timestamp> {
    let frame = &head.frame;
    match frame.next_action() {
        // Its job may have ended, and the message that says so may be lost.
        NextAction::AdvanceAt(_) if frame.awaited_job().is_some() => Some(head.written_at),
        NextAction::AdvanceAt(at) => Some(at),
        NextAction::Advance
        | NextAction::MakeCall { .. }
        | NextAction::StartChildren(_)
        | NextAction::ReportEnd(_) => Some(head.written_at),
        NextAction::Nothing => None,
    }
}

impl AddAssign for RewokenExecutions {
    fn add_assign(&mut self, more: Self) {
        let Self { executions, heads, messages, unreadable } = more;
        self.executions += executions;
        self.heads += heads;
        self.messages += messages;
        self.unreadable += unreadable;
    }
}
