//! Fan items: which children of a fork have ended.

use std::{future::Future, sync::Arc};

use model::{ChildEnd, ChildIndex, FanIn, FanInUpdate, RecordKey};

use crate::Fault;

/// Fan items by the key of the forking record. The meaning of each operation is [`FanIn`]'s.
pub trait FanInStore {
    /// Once this returns, the fan is durable. A fan that exists stays as it is. Returns it.
    fn open_fan_in(
        &self,
        key: &RecordKey,
        children: u32,
        concurrency: u32,
    ) -> impl Future<Output = Result<FanIn, Fault>> + Send;

    /// One conditional update: once this returns, the child is in the set of the ended ones.
    /// Repeating it changes nothing. None if there is no such fan.
    fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> impl Future<Output = Result<Option<FanInUpdate>, Fault>> + Send;

    /// The fan, strongly consistent; none if it was not opened.
    fn load_fan_in(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<FanIn>>, Fault>> + Send;

    /// Whether the children of all these fans may go on; a fan that was not opened is open.
    fn are_all_open(&self, keys: &[RecordKey]) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// Once this returns, the children that have not ended stop at their next message. May repeat;
    /// closing a fan that was not opened makes it a closed one, without children.
    fn close_fan_in(&self, key: &RecordKey) -> impl Future<Output = Result<(), Fault>> + Send;
}
