//! AWS's shapes, one file per family of operations: request JSON → use case → response JSON.
//!
//! Shape: members are named as in AWS's model. Times are seconds since the epoch, with milliseconds
//! in the fraction. A member that is null counts as absent. Unknown members are ignored.

pub(crate) mod callback;
pub(crate) mod execution;
pub(crate) mod history;
pub(crate) mod redrive;
pub(crate) mod start;
pub(crate) mod state_machine;
pub(crate) mod tag;
pub(crate) mod test_state;
pub(crate) mod validate;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    api_exception::{ApiException, OperationError},
    request_constraints::{RequestConstraints, ValueSensitivity},
};

/// The body of an operation's response, or why there is none.
type OperationResult = Result<Bytes, OperationError>;

/// The value of the member `includedData`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IncludedData {
    AllData,
    MetadataOnly,
}

impl IncludedData {
    /// Checks `includedData` and reads it; absent means all data.
    fn check_included_data(constraints: &mut RequestConstraints, value: Option<&str>) -> Self {
        const METADATA_ONLY: &str = "METADATA_ONLY";
        constraints.check_enum_value("includedData", value, &["ALL_DATA", METADATA_ONLY]);
        if value == Some(METADATA_ONLY) { Self::MetadataOnly } else { Self::AllData }
    }
}

/// Bytes of JSON without line breaks when it is a string in JSON, not counting its quotes.
fn escaped_json_bytes(json: &str) -> usize {
    json.len() + json.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

/// Reads a request's body.
fn read_request<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiException> {
    serde_json::from_slice(body)
        .map_err(|error| ApiException::new("SerializationException", error.to_string()))
}

/// Prints a response's body.
///
/// # Panics
/// Never: a response has string keys and finite numbers.
fn print_response(response: &impl Serialize) -> Bytes {
    serde_json::to_vec(response)
        .expect("a response has string keys and finite numbers, so it prints")
        .into()
}

/// The response body of an operation without output.
fn empty_response() -> Bytes {
    Bytes::from_static(b"{}")
}

fn check_next_token(constraints: &mut RequestConstraints, token: Option<&str>, chars_max: usize) {
    constraints.check_length("nextToken", token, 1..=chars_max, ValueSensitivity::Public);
}
