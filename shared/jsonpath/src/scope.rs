//! What expressions see.

use serde_json::{Map, Value};

/// The values paths can be rooted in.
#[derive(Debug, Clone, Copy)]
pub struct JsonPathScope<'v> {
    /// `$`: the state's input, or the result once there is one.
    pub data: &'v Value,
    /// `$$`: the context object.
    pub context: &'v Value,
    /// `$name`: the workflow's variables.
    pub variables: &'v Map<String, Value>,
}
