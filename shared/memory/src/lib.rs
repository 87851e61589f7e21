//! The ports in memory: a store, a queue that is asked what is due, and chance from a seed.
//!
//! Invariant: deterministic. No clock, no thread, no I/O: the same calls give the same answers, and
//! every future is ready at once.

mod chance;
mod lock;
mod queue;
mod store;

pub use chance::SeededChance;
pub use lock::locked;
pub use queue::{MemoryQueue, Received};
pub use store::{Error, MemoryStore};
