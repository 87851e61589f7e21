//! Do all ports keep their promises? One suite for each port, held against every adapter, and a
//! seeded comparison of adapters with each other. `README.md` says what is compared and how.

#[macro_use]
mod promises;

mod comparison;
mod data;
mod dynamodb;
mod executions;
mod fans;
mod history;
mod log;
mod machines;
mod ministack;
mod queue;
mod queues;
mod random;
mod sqs;
mod stores;
