//! Calls AWS services for Task states, as this process or as a state machine's role. Each optimised
//! service has a module.

mod causes;
pub mod lambda;
mod role;
mod settings;

pub use causes::format_with_causes;
pub use settings::{CallerIdentity, default_sdk_config, lambda_sdk_config};
