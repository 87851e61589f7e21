//! One visit of a state.
//!
//! ```text
//! HistoryVisit + its events ─▶ VisitRecord ─▶ failure, token, links, data, attempts, events
//!                                          └▶ RecordedTest ─▶ TestState: the way of the data
//! ```

mod attempts;
mod data_path;
mod lambda_logs;
mod page;
mod record;
mod recorded_test;
mod task_token;
mod visit_links;
