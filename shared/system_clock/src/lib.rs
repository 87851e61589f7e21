//! The time and the chance of the machine that a process runs on.

mod clock;

pub use clock::SystemClock;
