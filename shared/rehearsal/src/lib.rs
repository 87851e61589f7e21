//! Rehearsals: state machines run offline, on the same engine and use cases, with mocks in the
//! place of the world and a clock that jumps; and files of test cases made of them.
//!
//! Invariant: a rehearsal takes no real time, calls nothing and goes the same way each time.

mod clock;
mod execution;
pub mod history;
mod machine;
mod mocks;
mod reached;
mod stage;
mod state;
#[cfg(test)]
mod tests;
mod ways;

pub use execution::{Rehearsed, Trouble, rehearse};
pub use machine::{Machine, MachineError};
pub use mocks::{Answer, Mocks, MocksError};
pub use reached::Reached;
pub use state::{Probe, Probed, probe};
pub use ways::{Exit, Way};
