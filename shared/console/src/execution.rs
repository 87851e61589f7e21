//! One execution.

mod page;
mod timeline;
