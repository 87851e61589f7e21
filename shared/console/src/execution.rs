//! One execution.

mod actions;
mod events;
mod page;
mod read_history;
mod states;
mod timeline;

pub(crate) use read_history::ReadHistories;
