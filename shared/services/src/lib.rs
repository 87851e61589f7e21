//! Calling the services of AWS for Task states, one file per optimised service, and as whom.

mod causes;
pub mod lambda;
mod role;
mod settings;

pub use causes::with_causes;
pub use settings::{Identity, function_settings, machine_settings};
