//! The clock and the random source of the machine that a process runs on.

mod clock;

pub use clock::SystemClock;
