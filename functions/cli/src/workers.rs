//! The commands of those who do work for executions: activity, token.

pub(crate) mod activity;
pub(crate) mod token;
mod worker_program;
