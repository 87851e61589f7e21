//! What every store has to do, in terms of the ports alone.

pub(super) mod executions;
pub(super) mod fans;
pub(super) mod log;
pub(super) mod machines;
