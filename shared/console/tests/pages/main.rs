//! Pages over an API whose answers are shaped as AWS's reference says: for what no server here answers, and
//! for lists too long to start.

mod api_double;
mod execution_lists;
mod map_runs;
mod partial_permission;
mod start_form;
mod taken_tasks;
mod visits;
