//! Activities: the list, one of them, and its tasks.

mod activity;
mod list;
mod take_task;
