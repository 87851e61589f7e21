//! One execution.

mod actions;
mod events;
mod page;
mod read_history;
mod run_definition;
mod states;
mod timeline;
mod visit;

pub(crate) use read_history::ReadHistories;
