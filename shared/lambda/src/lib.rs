//! What the Lambda functions of a deployment share: how they are set up, how they take batches of
//! messages, and what they tell about themselves.
//!
//! Invariant: a message of a batch succeeds or fails alone.
//! Invariant: logs have names and numbers, never a payload.

mod batch;
mod caller;
mod deployment;
mod environment;
mod http;
mod logs;
mod metrics;
mod order;
mod start;
mod status;
mod status_event;
#[cfg(test)]
mod testing;
mod visibility;

pub use aws::traced;
pub use batch::Worker;
pub use caller::{NoCalls, TaskCalls, task_calls};
pub use deployment::{Deployment, Ports};
pub use environment::{Environment, EnvironmentError};
pub use http::{HttpAnswer, HttpEvent, NoRequest};
pub use logs::begin_logs;
pub use services::with_causes;
pub use start::Starter;
