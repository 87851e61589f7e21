//! The store of fan-ins: which child of a fork starts next, and which children have ended.

use std::{future::Future, ops::Range};

use model::{ChildEnd, ChildIndex, FanInBucket, FanInSlots, ForkShape, RecordKey};

use crate::Fault;

/// Stores the slots and the buckets of forks by the key of the record that forks. [`FanInSlots`] and
/// [`FanInBucket`] define what each operation does, and each write is one conditional update. Reads
/// are strongly consistent.
pub trait FanInStore {
    /// Opens the slots of a shard and returns them. Those that exist stay as they are. Once this
    /// returns, they are durable.
    fn open_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shard: u32,
    ) -> impl Future<Output = Result<FanInSlots, Fault>> + Send;

    /// Moves a slot on to the next child, since its holder has ended. Once this returns, that is
    /// durable. Returns the child that this end starts, if any, for every report of the end.
    fn advance_slot(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> impl Future<Output = Result<Option<ChildIndex>, Fault>> + Send;

    /// Returns the slots of those shards in their order; none for a shard that was not opened.
    fn load_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shards: Range<u32>,
    ) -> impl Future<Output = Result<Vec<Option<FanInSlots>>, Fault>> + Send;

    /// Adds the ends of children to their bucket, with how many events these have made, and returns
    /// the bucket. Once this returns, they are durable. Repeating it changes nothing.
    fn add_child_ends(
        &self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> impl Future<Output = Result<FanInBucket, Fault>> + Send;

    /// Returns those buckets in their order. One of which no child has ended is empty.
    fn load_buckets(
        &self,
        fork: &RecordKey,
        buckets: Range<u32>,
    ) -> impl Future<Output = Result<Vec<FanInBucket>, Fault>> + Send;
}
