//! Calling the services of AWS for Task states, one file per optimised service, and as whom.

mod causes;
pub mod lambda;
mod role;
mod settings;

pub use causes::format_with_causes;
pub use settings::{CallerIdentity, default_sdk_config, lambda_sdk_config};
