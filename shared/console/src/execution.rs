//! One execution.

mod page;
