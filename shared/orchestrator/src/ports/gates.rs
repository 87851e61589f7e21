//! The store of gates: what the children of a fork need to know of it, and when its parent goes on.

use std::{future::Future, sync::Arc};

use model::{EndedChild, FanInGate, ForkShape, RecordKey};

use crate::Fault;

/// Stores gates by the key of the record that forks. [`FanInGate`] defines what each operation does,
/// and each is one conditional update. Reads are strongly consistent.
pub trait GateStore {
    /// Opens a gate and returns it. One that exists stays as it is. Once this returns, it is
    /// durable.
    fn open_gate(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
    ) -> impl Future<Output = Result<FanInGate, Fault>> + Send;

    /// Adds a failed child while the gate is open, and returns the gate. Once this returns, that is
    /// durable. Repeating it changes nothing. Returns none if there is no such gate.
    fn add_failed_child(
        &self,
        fork: &RecordKey,
        failed: EndedChild,
    ) -> impl Future<Output = Result<Option<FanInGate>, Fault>> + Send;

    /// Adds a bucket whose children have all ended, with how many events they have made, and returns
    /// the gate. Once this returns, that is durable. Repeating it changes nothing. Returns none if
    /// there is no such gate.
    fn add_full_bucket(
        &self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> impl Future<Output = Result<Option<FanInGate>, Fault>> + Send;

    /// Closes a gate: once this returns, the children that have not ended stop at their next
    /// message. May be repeated. If it was not opened, this creates a closed one.
    fn close_gate(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Returns the gate; none if it was not opened.
    fn load_gate(
        &self,
        fork: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<FanInGate>>, Fault>> + Send;

    /// Whether the children of all these forks may go on. A gate that was not opened counts as open.
    fn are_gates_open(
        &self,
        forks: &[RecordKey],
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}
