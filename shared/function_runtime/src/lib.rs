//! What the Lambda functions of a deployment share: their setup, their handling of events and
//! message batches, and their logs, metrics and status events.
//!
//! Invariant: a message of a batch succeeds or fails alone.
//! Invariant: logs contain names and numbers, never a payload.

mod api_function;
mod batch;
mod deployment;
mod embedded_metrics;
mod environment;
mod execution_starter;
mod fault_metric;
mod http_event;
mod logs;
mod start_request;
mod status_event;
mod status_metrics;
mod status_publisher;
mod task_caller;
#[cfg(test)]
mod testing;
mod visibility;

pub use api_function::ApiFunction;
pub use aws::with_trace_header;
pub use batch::SqsBatchWorker;
pub use deployment::{Deployment, DeploymentPorts};
pub use environment::{EnvironmentError, FunctionEnvironment};
pub use execution_starter::ExecutionStarter;
pub use fault_metric::FaultMetric;
pub use http_event::{HttpEvent, HttpEventError, HttpEventResponse};
pub use logs::init_logging;
pub use services::format_with_causes;
pub use status_publisher::StatusPublisher;
pub use task_caller::{
    CallerConnections, MessageHandling, NoTaskCaller, RemoteTaskCaller, remote_task_caller,
};
