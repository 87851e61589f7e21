//! The ports in memory: a store, a queue that is asked what is due, and chance from a seed.
//!
//! Invariant: deterministic. No clock, no thread, no I/O: the same calls give the same answers, and
//! every future is ready at once.

mod lock;
mod queue;
mod random;
mod store;

pub use lock::lock_unpoisoned;
pub use queue::{MemoryQueue, ReceivedMessage};
pub use random::SeededRandom;
pub use store::{MemoryStore, MemoryStoreError};
