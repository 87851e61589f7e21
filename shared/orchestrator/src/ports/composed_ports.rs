//! Ports composed of parts: a value that has a store, a queue, a clock and so on implements the
//! ports that these parts implement.

mod activities;
mod jobs;
mod task_caller;

use std::{future::Future, ops::Range, sync::Arc};

use model::{
    ChildEnd, ChildIndex, EndedChild, Execution, ExecutionId, FanInBucket, FanInGate, FanInSlots,
    ForkShape, FrameOutcome, FramePath, MachineVersions, MessageIdentity, QueueMessage, QueueName,
    Record, RecordKey, RecordNumber, RecordOutline, RedriveDetails, ResourceName, Revision,
    RevisionId, StateMachine, Timestamp,
};

use super::{
    AppendOutcome, Clock, DeadLetterQueue, DeathCount, DeathCounter, ExecutionCreation,
    ExecutionFilter, ExecutionPage, ExecutionStore, FanInStore, GateStore, HistoryReader, LogHead,
    LogOrder, MachineCreation, MessageQueue, RandomSource, RecordLog, StateMachineStore,
    StatusWrite,
};
use crate::Fault;

pub use task_caller::WithTaskCaller;

/// A value of several parts, each of which implements some of the ports.
pub trait ComposedPorts {
    /// Stores record logs, histories, fan-ins, executions, state machines and activities.
    type Store;
    /// Sends messages.
    type Queue;
    /// Keeps messages that could not be handled.
    type DeadLetters;
    /// Counts the deaths of messages.
    type Deaths;
    /// Tells the time.
    type Clock;
    /// Generates random numbers.
    type Random;

    /// Returns the store.
    fn store(&self) -> &Self::Store;

    /// Returns the message queue.
    fn queue(&self) -> &Self::Queue;

    /// Returns the dead-letter queue.
    fn dead_letters(&self) -> &Self::DeadLetters;

    /// Returns the counter of deaths.
    fn death_counter(&self) -> &Self::Deaths;

    /// Returns the clock.
    fn clock(&self) -> &Self::Clock;

    /// Returns the random source.
    fn random(&self) -> &Self::Random;
}

impl<T> RecordLog for T
where
    T: ComposedPorts + Sync,
    T::Store: RecordLog + Sync,
{
    fn load_record(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<Record>>, Fault>> + Send {
        self.store().load_record(key)
    }

    fn load_records(
        &self,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<Arc<Record>>, Fault>> + Send {
        self.store().load_records(keys)
    }

    fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> impl Future<Output = Result<Option<LogHead>, Fault>> + Send {
        self.store().load_head(execution, frame)
    }

    fn append_record(
        &self,
        key: &RecordKey,
        record: Record,
    ) -> impl Future<Output = Result<AppendOutcome, Fault>> + Send {
        self.store().append_record(key, record)
    }

    fn renew_lease(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().renew_lease(key, until)
    }
}

impl<T> MessageQueue for T
where
    T: ComposedPorts + Sync,
    T::Queue: MessageQueue + Sync,
{
    fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queue().send_message(message, queue_name, at)
    }

    fn send_messages(
        &self,
        messages: Vec<(QueueMessage, QueueName)>,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.queue().send_messages(messages)
    }
}

impl<T> Clock for T
where
    T: ComposedPorts,
    T::Clock: Clock,
{
    fn now(&self) -> Timestamp {
        self.clock().now()
    }

    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send {
        self.clock().sleep_until(at)
    }
}

impl<T> RandomSource for T
where
    T: ComposedPorts,
    T::Random: RandomSource,
{
    fn random_seed(&self) -> u128 {
        self.random().random_seed()
    }
}

impl<T> HistoryReader for T
where
    T: ComposedPorts + Sync,
    T::Store: HistoryReader + Sync,
{
    fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> impl Future<Output = Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault>> + Send
    {
        self.store().load_all_records(execution)
    }

    fn load_outlines(
        &self,
        execution: &ExecutionId,
        after: Option<&(FramePath, RecordNumber)>,
    ) -> impl Future<Output = Result<Vec<(FramePath, RecordNumber, RecordOutline)>, Fault>> + Send
    {
        self.store().load_outlines(execution, after)
    }

    fn load_log_page(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
        from: Option<RecordNumber>,
        order: LogOrder,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(RecordNumber, Arc<Record>)>, Fault>> + Send {
        self.store().load_log_page(execution, frame, from, order, limit)
    }

    fn has_child_frames(
        &self,
        execution: &ExecutionId,
    ) -> impl Future<Output = Result<bool, Fault>> + Send {
        self.store().has_child_frames(execution)
    }
}

impl<T> GateStore for T
where
    T: ComposedPorts + Sync,
    T::Store: GateStore + Sync,
{
    fn open_gate(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
    ) -> impl Future<Output = Result<FanInGate, Fault>> + Send {
        self.store().open_gate(fork, shape)
    }

    fn add_failed_child(
        &self,
        fork: &RecordKey,
        failed: EndedChild,
    ) -> impl Future<Output = Result<Option<FanInGate>, Fault>> + Send {
        self.store().add_failed_child(fork, failed)
    }

    fn add_full_bucket(
        &self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> impl Future<Output = Result<Option<FanInGate>, Fault>> + Send {
        self.store().add_full_bucket(fork, bucket, events)
    }

    fn close_gate(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().close_gate(fork, shape)
    }

    fn load_gate(
        &self,
        fork: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<FanInGate>>, Fault>> + Send {
        self.store().load_gate(fork)
    }

    fn are_gates_open(
        &self,
        forks: &[RecordKey],
    ) -> impl Future<Output = Result<bool, Fault>> + Send {
        self.store().are_gates_open(forks)
    }
}

impl<T> FanInStore for T
where
    T: ComposedPorts + Sync,
    T::Store: FanInStore + Sync,
{
    fn open_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shard: u32,
    ) -> impl Future<Output = Result<FanInSlots, Fault>> + Send {
        self.store().open_slots(fork, shape, shard)
    }

    fn advance_slot(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> impl Future<Output = Result<Option<ChildIndex>, Fault>> + Send {
        self.store().advance_slot(fork, shape, slot, ended)
    }

    fn load_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shards: Range<u32>,
    ) -> impl Future<Output = Result<Vec<Option<FanInSlots>>, Fault>> + Send {
        self.store().load_slots(fork, shape, shards)
    }

    fn add_child_ends(
        &self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> impl Future<Output = Result<FanInBucket, Fault>> + Send {
        self.store().add_child_ends(fork, bucket, ends, events)
    }

    fn load_buckets(
        &self,
        fork: &RecordKey,
        buckets: Range<u32>,
    ) -> impl Future<Output = Result<Vec<FanInBucket>, Fault>> + Send {
        self.store().load_buckets(fork, buckets)
    }
}

impl<T> ExecutionStore for T
where
    T: ComposedPorts + Sync,
    T::Store: ExecutionStore + Sync,
{
    fn create_execution(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> impl Future<Output = Result<ExecutionCreation, Fault>> + Send {
        self.store().create_execution(id, execution, first)
    }

    fn load_execution(
        &self,
        id: &ExecutionId,
    ) -> impl Future<Output = Result<Option<Arc<Execution>>, Fault>> + Send {
        self.store().load_execution(id)
    }

    fn finish_execution(
        &self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        end: (Timestamp, &FrameOutcome),
    ) -> impl Future<Output = Result<Option<StatusWrite>, Fault>> + Send {
        self.store().finish_execution(id, redriven, end)
    }

    fn reopen_execution(
        &self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> impl Future<Output = Result<Option<StatusWrite>, Fault>> + Send {
        self.store().reopen_execution(id, redriven)
    }

    fn list_executions(
        &self,
        machine: &ResourceName,
        filter: ExecutionFilter,
        limit: u32,
        after: Option<&str>,
    ) -> impl Future<Output = Result<ExecutionPage, Fault>> + Send {
        self.store().list_executions(machine, filter, limit, after)
    }
}

impl<T> StateMachineStore for T
where
    T: ComposedPorts + Sync,
    T::Store: StateMachineStore + Sync,
{
    fn create_machine(
        &self,
        machine: StateMachine,
    ) -> impl Future<Output = Result<MachineCreation, Fault>> + Send {
        self.store().create_machine(machine)
    }

    fn put_machine(&self, machine: StateMachine) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().put_machine(machine)
    }

    fn replace_versions(
        &self,
        name: &ResourceName,
        versions: MachineVersions,
    ) -> impl Future<Output = Result<bool, Fault>> + Send {
        self.store().replace_versions(name, versions)
    }

    fn load_machine(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<Option<Arc<StateMachine>>, Fault>> + Send {
        self.store().load_machine(name)
    }

    fn load_revision(
        &self,
        id: &RevisionId,
    ) -> impl Future<Output = Result<Option<Arc<Revision>>, Fault>> + Send {
        self.store().load_revision(id)
    }

    fn list_machines(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> impl Future<Output = Result<Vec<Arc<StateMachine>>, Fault>> + Send {
        self.store().list_machines(limit, after)
    }

    fn delete_machine(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().delete_machine(name)
    }

    fn list_deleting_machines(
        &self,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ResourceName>, Fault>> + Send {
        self.store().list_deleting_machines(limit)
    }

    fn sweep_deleting_machine(
        &self,
        name: &ResourceName,
        stop_at: Timestamp,
    ) -> impl Future<Output = Result<bool, Fault>> + Send {
        self.store().sweep_deleting_machine(name, stop_at)
    }
}

impl<T> DeadLetterQueue for T
where
    T: ComposedPorts + Sync,
    T::DeadLetters: DeadLetterQueue + Sync,
{
    fn put_dead_letter(
        &self,
        message: &QueueMessage,
        reason: &str,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.dead_letters().put_dead_letter(message, reason, at)
    }
}

impl<T> DeathCounter for T
where
    T: ComposedPorts + Sync,
    T::Deaths: DeathCounter + Sync,
{
    fn load_deaths(
        &self,
        message: &MessageIdentity,
    ) -> impl Future<Output = Result<Option<DeathCount>, Fault>> + Send {
        self.death_counter().load_deaths(message)
    }

    fn put_deaths(
        &self,
        message: &MessageIdentity,
        count: DeathCount,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.death_counter().put_deaths(message, count)
    }

    fn clear_deaths(
        &self,
        message: &MessageIdentity,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.death_counter().clear_deaths(message)
    }
}
