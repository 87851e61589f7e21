//! The operations of all ports of a store.

use std::fmt::Debug;

use model::{
    ChildEnd, ChildIndex, EndedChild, Execution, ExecutionId, ExecutionStatus, ForkShape,
    FrameOutcome, FramePath, Record, RecordKey, RedriveDetails, ResourceName, RevisionId,
    StateMachine, Timestamp,
};
use orchestrator::{
    Fault,
    ports::{ExecutionFilter, ExecutionStore, StatusWrite},
};

use super::activity_operation::ActivityOperation;
use crate::{data::parse_payload, queues::NEVER, stores::ContractStore};

/// One operation, which runs on both stores.
#[derive(Debug)]
pub(super) enum StoreOperation {
    Create(ExecutionId, Execution, Record),
    Execution(ExecutionId),
    Finish(ExecutionId, Option<RedriveDetails>, Timestamp, FrameOutcome),
    Reopen(ExecutionId, RedriveDetails),
    List(ResourceName, Option<ExecutionStatus>, u32),
    Append(RecordKey, Record),
    Load(RecordKey),
    LoadAll(Vec<RecordKey>),
    Head(ExecutionId, FramePath),
    Renew(RecordKey, Timestamp),
    Records(ExecutionId),
    OpenGate(RecordKey, ForkShape),
    FailChild(RecordKey, EndedChild),
    FillBucket(RecordKey, u32),
    Gate(RecordKey),
    AllOpen(Vec<RecordKey>),
    CloseGate(RecordKey, ForkShape),
    OpenSlots(RecordKey, ForkShape, u32),
    AdvanceSlot(RecordKey, ForkShape, u32, ChildIndex),
    Slots(RecordKey, ForkShape),
    EndChildren(RecordKey, u32, Vec<(ChildIndex, ChildEnd)>),
    Buckets(RecordKey, u32),
    CreateMachine(StateMachine),
    PutMachine(StateMachine),
    Machine(ResourceName),
    Revision(RevisionId),
    Machines(u32, Option<ResourceName>),
    DeleteMachine(ResourceName, Timestamp),
    OfActivity(ActivityOperation),
}

impl StoreOperation {
    /// Runs the operation and returns the store's answer as text.
    pub(super) async fn run_on(&self, store: &impl ContractStore) -> String {
        match self {
            Self::Create(id, execution, first) => {
                debug_text(store.create_execution(id, execution.clone(), first.clone()).await)
            }
            Self::Execution(id) => debug_text(store.load_execution(id).await),
            Self::Finish(id, redriven, at, outcome) => {
                let end = (*at, outcome);
                repeat_text(store.finish_execution(id, redriven.as_ref(), end).await)
            }
            Self::Reopen(id, redriven) => repeat_text(store.reopen_execution(id, redriven).await),
            Self::List(machine, status, limit) => {
                list_all_pages(store, machine, *status, *limit).await
            }
            Self::Append(key, record) => debug_text(store.append_record(key, record.clone()).await),
            Self::Load(key) => debug_text(store.load_record(key).await),
            Self::LoadAll(keys) => debug_text(store.load_records(keys).await),
            Self::Head(id, frame) => debug_text(store.load_head(id, frame).await),
            Self::Renew(key, until) => debug_text(store.renew_lease(key, *until).await),
            Self::Records(id) => debug_text(store.load_all_records(id).await.map(|mut records| {
                records.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
                records
            })),
            Self::OpenGate(fork, shape) => debug_text(store.open_gate(fork, shape).await),
            Self::FailChild(fork, failed) => {
                debug_text(store.add_failed_child(fork, *failed).await)
            }
            Self::FillBucket(fork, bucket) => {
                debug_text(store.add_full_bucket(fork, *bucket, 5).await)
            }
            Self::Gate(fork) => debug_text(store.load_gate(fork).await),
            Self::AllOpen(forks) => debug_text(store.are_gates_open(forks).await),
            Self::CloseGate(fork, shape) => debug_text(store.close_gate(fork, shape).await),
            Self::OpenSlots(fork, shape, shard) => {
                debug_text(store.open_slots(fork, shape, *shard).await)
            }
            Self::AdvanceSlot(fork, shape, slot, ended) => {
                debug_text(store.advance_slot(fork, shape, *slot, *ended).await)
            }
            Self::Slots(fork, shape) => {
                debug_text(store.load_slots(fork, shape, 0..shape.shard_count()).await)
            }
            Self::EndChildren(fork, bucket, ends) => {
                debug_text(store.add_child_ends(fork, *bucket, ends, 3).await)
            }
            Self::Buckets(fork, buckets) => debug_text(store.load_buckets(fork, 0..*buckets).await),
            Self::CreateMachine(machine) => debug_text(store.create_machine(machine.clone()).await),
            Self::PutMachine(machine) => debug_text(store.put_machine(machine.clone()).await),
            Self::Machine(name) => debug_text(store.load_machine(name).await),
            Self::Revision(id) => debug_text(store.load_revision(id).await),
            Self::Machines(limit, after) => {
                debug_text(store.list_machines(*limit, after.as_ref()).await)
            }
            Self::DeleteMachine(name, at) => delete_ended_machine(store, name, *at).await,
            Self::OfActivity(operation) => operation.run_on(store).await,
        }
    }
}

/// Ends what runs of a machine, and deletes it.
async fn delete_ended_machine(
    store: &impl ContractStore,
    name: &ResourceName,
    at: Timestamp,
) -> String {
    let running = ExecutionFilter::of_status(ExecutionStatus::Running);
    let listed = store.list_executions(name, running, 100, None).await.expect("no fault");
    let outcome = FrameOutcome::Succeeded(parse_payload("1"));
    for running in listed.executions {
        let end = (at, &outcome);
        store.finish_execution(&running.id, running.redriven.as_ref(), end).await.expect("ends");
    }
    store.delete_machine(name).await.expect("no fault");
    debug_text(store.sweep_deleting_machine(name, NEVER).await)
}

/// Whether a write of a status was a repeat. Not every store returns the execution with it.
fn repeat_text(written: Result<Option<StatusWrite>, Fault>) -> String {
    debug_text(written.map(|write| write.map(|write| write.repeated)))
}

pub(super) fn debug_text<A: Debug, E: Debug>(answer: Result<A, E>) -> String {
    format!("{:?}", answer.expect("no fault"))
}

/// Reads all pages, since page tokens differ between stores.
async fn list_all_pages(
    store: &impl ExecutionStore,
    machine: &ResourceName,
    status: Option<ExecutionStatus>,
    limit: u32,
) -> String {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .list_executions(
                machine,
                ExecutionFilter { status, ..ExecutionFilter::default() },
                limit,
                after.as_deref(),
            )
            .await
            .expect("no fault");
        pages.push(page.executions);
        after = page.next;
        if after.is_none() {
            return format!("{pages:?}");
        }
    }
}
