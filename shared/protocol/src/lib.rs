//! The wire API of Step Functions: AWS JSON 1.0 over HTTP ⇄ the use cases of `orchestrator`.
//!
//! ```text
//! http::Request → step_functions_api: X-Amz-Target, body → wire: shapes, constraints → use case
//! http::Response ← step_functions_api ← wire: shapes ← answer | rejection | fault
//! ```
//!
//! [`StepFunctionsApi`] opens and reads no sockets: a Lambda function and a local HTTP server mount
//! the same one.
//!
//! Invariant: signatures (`SigV4`) are not verified here. Access is controlled in front of it: by
//! IAM, or by the address that a local server binds. IAM sees the path of a request, so a body that
//! disagrees with its path is refused ([`OperationPath`]).
//! Invariant: a fault is logged and answered with 500; its text never leaves the process.

mod api_exception;
mod operation_names;
mod operation_path;
mod page_token;
mod request_constraints;
mod role_passing;
mod step_functions_api;
mod wire;

pub use api_exception::ApiException;
pub use operation_names::OPERATION_NAMES;
pub use operation_path::{OperationPath, escape_path};
pub use role_passing::ApiPrincipal;
pub use step_functions_api::{ApiPorts, StepFunctionsApi, requested_operation};
pub use wire::{EXECUTION_TYPE_HEADER, check_start_execution};
