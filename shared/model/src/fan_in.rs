//! Fan-in: which children of a fork have ended, which child starts next, and when the parent goes on.
//!
//! ```text
//! gate    one per fork            left or not, the failed children, the full buckets
//! slots   one per shard of slots  which child holds each slot, and which child comes next
//! bucket  one per 64 children     the children that have ended
//! ```
//!
//! The end of a child takes these steps in this order, each of which may be repeated: its last record
//! is appended; a failure is added to the gate; its slot is moved on to the next child, which starts;
//! its end is added to its bucket; a full bucket is added to the gate; the parent is told when the
//! gate has all buckets, or too many failures. A running child reads the gate only.
//!
//! Invariant: each item is small and is changed by single conditional updates, so that the end of a
//! child costs the same however many children there are. These types define the updates; every store
//! implements them with the same results (`tests/contracts/fan_ins.rs`).
//! Invariant: ended children, full buckets and failed children are sets, and a slot is moved on by its
//! holder only. So each update is idempotent, and no more children run than there are slots.

mod bucket;
mod gate;
mod items;
mod shape;
mod slots;

pub use bucket::{ChildEnd, FanInBucket};
pub use gate::{EndedChild, FanInGate, GateState};
pub use items::FanInItems;
pub use shape::{ChildStart, ForkMembership, ForkShape, GrantedSlot};
pub use slots::{FanInSlots, ForkSlot, SlotAdvance};
