//! The ports in memory: a store, a queue that is polled, and a seeded random source.
//!
//! Invariant: deterministic. There is no clock, no thread and no I/O: the same calls give the same
//! results, and every future is ready at once.

mod lock;
mod queue;
mod random;
mod store;

pub use lock::lock_unpoisoned;
pub use queue::{MemoryQueue, ReceivedMessage};
pub use random::SeededRandom;
pub use store::{MemoryStore, MemoryStoreError};
