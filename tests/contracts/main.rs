//! Do all adapters keep the contracts of their ports? Each port has one suite, which runs against
//! every adapter. A seeded comparison also runs adapters against each other. See `README.md`.

#[macro_use]
mod contract_tests;

mod activities;
mod comparison;
mod data;
mod deaths;
mod deletion;
mod deployment;
mod dynamodb;
mod executions;
mod fan_ins;
mod history;
mod history_limit;
mod job_index;
mod log;
mod machines;
mod ministack;
mod queue;
mod queues;
mod random;
mod rewake;
mod sqs;
mod store_ports;
mod stores;
mod task_answers;
