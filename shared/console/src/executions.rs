//! The executions of all state machines, of one, or of a Map Run.

mod bulk_action;
mod bulk_pages;
mod conditions;
mod filter_form;
mod list;
mod merged_lists;
mod rows;
mod scan;
mod start_window;

pub(crate) use self::bulk_action::BulkAction;
