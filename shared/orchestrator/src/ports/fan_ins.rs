//! The store of fan-ins: which children of a fork have ended.

use std::{future::Future, sync::Arc};

use model::{ChildEnd, ChildIndex, FanIn, FanInUpdate, RecordKey};

use crate::Fault;

/// Stores fan-ins by the key of the record that forks. [`FanIn`] defines what each operation does.
pub trait FanInStore {
    /// Opens a fan-in and returns it. One that exists stays as it is. Once this returns, it is
    /// durable.
    fn open_fan_in(
        &self,
        key: &RecordKey,
        children: u32,
        concurrency: u32,
    ) -> impl Future<Output = Result<FanIn, Fault>> + Send;

    /// Adds a child to the set of the ended ones, by one conditional update. Once this returns,
    /// that is durable. Repeating it changes nothing. Returns none if there is no such fan-in.
    fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> impl Future<Output = Result<Option<FanInUpdate>, Fault>> + Send;

    /// Returns the fan-in, strongly consistent; none if it was not opened.
    fn load_fan_in(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<FanIn>>, Fault>> + Send;

    /// Whether the children of all these forks may go on. A fan-in that was not opened counts as
    /// open.
    fn are_fan_ins_open(
        &self,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// Closes a fan-in: once this returns, the children that have not ended stop at their next
    /// message. May be repeated. If it was not opened, this creates a closed one without children.
    fn close_fan_in(&self, key: &RecordKey) -> impl Future<Output = Result<(), Fault>> + Send;
}
