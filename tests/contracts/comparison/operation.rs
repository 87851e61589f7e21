//! One operation of any port of a store.

use std::fmt::Debug;

use model::{
    ChildEnd, ChildIndex, Execution, ExecutionId, FramePath, Name, Outcome, Record, RecordKey,
    Redriven, RevisionId, StateMachine, Status, Timestamp,
};
use orchestrator::ports::Executions;

use crate::stores::Store;

/// What is asked of both stores.
#[derive(Debug)]
pub(super) enum Operation {
    Create(ExecutionId, Execution, Record),
    Execution(ExecutionId),
    Finish(ExecutionId, Option<Redriven>, Timestamp, Outcome),
    Reopen(ExecutionId, Redriven),
    Unstarted(Timestamp),
    List(Name, Option<Status>, u32),
    Append(RecordKey, Record),
    Load(RecordKey),
    LoadAll(Vec<RecordKey>),
    Head(ExecutionId, FramePath),
    Renew(RecordKey, Timestamp),
    Records(ExecutionId),
    Open(RecordKey, u32, u32),
    EndChild(RecordKey, ChildIndex, ChildEnd),
    Fan(RecordKey),
    AllOpen(Vec<RecordKey>),
    Close(RecordKey),
    CreateMachine(StateMachine),
    PutMachine(StateMachine),
    Machine(Name),
    Revision(RevisionId),
    Machines(u32, Option<Name>),
    DeleteMachine(Name),
}

impl Operation {
    /// What a store answers, as text.
    pub(super) async fn answer(&self, store: &impl Store) -> String {
        match self {
            Self::Create(id, execution, first) => {
                text(store.create(id, execution.clone(), first.clone()).await)
            }
            Self::Execution(id) => text(store.execution(id).await),
            Self::Finish(id, redriven, at, outcome) => {
                text(store.finish(id, redriven.as_ref(), (*at, outcome)).await)
            }
            Self::Unstarted(before) => text(store.unstarted(*before).await.map(|mut ids| {
                ids.sort();
                ids
            })),
            Self::Reopen(id, redriven) => text(store.reopen(id, redriven).await),
            Self::List(machine, status, limit) => list(store, machine, *status, *limit).await,
            Self::Append(key, record) => text(store.append(key, record.clone()).await),
            Self::Load(key) => text(store.load(key).await),
            Self::LoadAll(keys) => text(store.load_all(keys).await),
            Self::Head(id, frame) => text(store.head(id, frame).await),
            Self::Renew(key, until) => text(store.renew(key, *until).await),
            Self::Records(id) => text(store.records(id).await.map(|mut records| {
                records.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
                records
            })),
            Self::Open(key, children, concurrency) => {
                text(store.open(key, *children, *concurrency).await)
            }
            Self::EndChild(key, child, end) => text(store.end_child(key, *child, *end).await),
            Self::Fan(key) => text(store.fan(key).await),
            Self::AllOpen(keys) => text(store.all_open(keys).await),
            Self::Close(key) => text(store.close(key).await),
            Self::CreateMachine(machine) => text(store.create_machine(machine.clone()).await),
            Self::PutMachine(machine) => text(store.put_machine(machine.clone()).await),
            Self::Machine(name) => text(store.machine(name).await),
            Self::Revision(id) => text(store.revision(id).await),
            Self::Machines(limit, after) => text(store.machines(*limit, after.as_ref()).await),
            Self::DeleteMachine(name) => text(store.delete_machine(name).await),
        }
    }
}

fn text<A: Debug, E: Debug>(answer: Result<A, E>) -> String {
    format!("{:?}", answer.expect("no fault"))
}

/// A page token is the store's own, so all pages are read.
async fn list(
    store: &impl Executions,
    machine: &Name,
    status: Option<Status>,
    limit: u32,
) -> String {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = store.list(machine, status, limit, after.as_deref()).await.expect("no fault");
        pages.push(page.executions);
        after = page.next;
        if after.is_none() {
            return format!("{pages:?}");
        }
    }
}
