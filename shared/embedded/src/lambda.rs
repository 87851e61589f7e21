//! AWS Lambda on one machine: functions hosted as child processes.
//!
//! A hosted function is a process that speaks the Lambda Runtime API: it asks its endpoint for
//! the next invocation, answers it, and asks again. Python and Node handlers run in a bootstrap of
//! Statewright; any other function brings its own.
//!
//! Invariant: one process serves one invocation at a time, on an endpoint of its own
//! (`host::tests::lifecycle::concurrent_calls_run_in_processes_of_their_own`), and ends with its host,
//! however that ends (`host::tests::isolation::every_process_ends_when_its_host_is_killed`).
//!
//! Spec: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

mod bootstraps;
mod code_version;
mod environment;
mod function;
mod host;
mod idle_processes;
mod limits;
mod output;
mod platform_error;
mod pool;
mod process;
mod process_group;
mod runtime_api;

pub use function::{CommandLineError, FunctionRuntime, HostedFunction};
pub use host::{
    FunctionCall, FunctionHost, FunctionHostError, FunctionOutcome, FunctionProcessCounts,
    HostSettings, HostedInvocation,
};
pub use limits::*;
pub use output::{OutputLine, OutputSink, OutputStream};
