//! Map Runs: those of an execution, and one of them.

mod counts;
mod list;
mod map_run;
mod update;
