//! Ports and use cases: everything between a message or an API call and the engine.
//!
//! The way of one message: [`handle`] → load → `engine::advance` → append → wake → acknowledge.
//!
//! Invariant: nothing is sent before it is durable; nothing is acknowledged before it is sent.
//! Invariant: no AWS SDK, no HTTP type, no `if local` (`tests/tidy`).

mod begin_child;
mod commit;
mod definitions;
mod fault;
mod handle;
mod join;
mod outside;
mod perform;
pub mod ports;
mod step;
mod tools;
mod wake;

pub use definitions::Definitions;
pub use fault::Fault;
pub use handle::{Verdict, handle};
pub use tools::Tools;
