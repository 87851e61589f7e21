//! AWS's wire API of Step Functions: JSON 1.0 over HTTP ⇄ the use cases of `orchestrator`.
//!
//! ```text
//! http::Request → serve: X-Amz-Target, body → wire: shapes, constraints → a use case
//!                                      wire: shapes ← answer | rejection | fault
//! ```
//!
//! [`Api`] neither listens nor reads sockets: a Lambda function and a local HTTP server mount the
//! same one.
//!
//! Invariant: signatures (`SigV4`) are not verified here. Who may call is decided in front of it: by
//! IAM at the function's URL, by the address that a local server binds.
//! Invariant: a fault is logged and answered with 500; its words never leave the process.

mod api_exception;
mod page_token;
mod rejection;
mod request_constraints;
mod step_functions_api;
mod wire;

pub use step_functions_api::{ApiPorts, StepFunctionsApi, answer_start_execution};
