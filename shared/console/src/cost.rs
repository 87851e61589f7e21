//! What an execution cost.
//!
//! ```text
//! ExecutionVisits ─▶ ExecutionUse: transitions, calls, time ─▶ × prices ─▶ PicoDollars
//! ```
//!
//! Invariant: money is a whole number, so that sums are exact.

mod execution_use;
mod money;
mod prices;
mod section;

pub(crate) use self::section::cost_section;
