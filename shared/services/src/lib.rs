//! Calls AWS services for Task states, as this process or as a state machine's role.
//! `integrations.rs` is the catalogue of what can be called.

mod causes;
mod integrations;
mod role;
mod settings;

pub use causes::format_with_causes;
pub use integrations::{ServiceCaller, is_supported, lambda};
pub use settings::{
    CallerIdentity, RegionPreference, default_sdk_config, lambda_sdk_config, named_endpoint,
    with_endpoint, with_region,
};
