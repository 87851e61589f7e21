//! The executions of all state machines, or of one.

mod list;
