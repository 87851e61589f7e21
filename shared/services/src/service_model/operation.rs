//! The operations of a service.

use serde::Deserialize;

use super::ShapeIndex;

/// An operation of a service.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a trait of the model")]
pub(crate) struct Operation {
    #[serde(rename = "m")]
    pub(crate) method: String,
    /// The path with its labels, and perhaps a query.
    #[serde(rename = "u")]
    pub(crate) uri: String,
    #[serde(rename = "i", default)]
    pub(crate) input: Option<ShapeIndex>,
    #[serde(rename = "o", default)]
    pub(crate) output: Option<ShapeIndex>,
    /// The name of the XML element of the request.
    #[serde(rename = "n", default)]
    pub(crate) input_element: Option<String>,
    #[serde(rename = "x", default)]
    pub(crate) input_namespace: Option<String>,
    /// The XML element around the members of the answer.
    #[serde(rename = "w", default)]
    pub(crate) result_wrapper: Option<String>,
    #[serde(rename = "h", default)]
    pub(crate) host_prefix: Option<String>,
    /// Whether requests are signed.
    #[serde(rename = "a", default = "signed")]
    pub(crate) is_signed: bool,
    #[serde(rename = "U", default)]
    pub(crate) unsigned_payload: bool,
    /// Whether the request must have a checksum of its body.
    #[serde(rename = "c", default)]
    pub(crate) requires_checksum: bool,
    /// The member that selects the algorithm of the checksum.
    #[serde(rename = "C", default)]
    pub(crate) checksum_member: Option<String>,
    /// Members that are ids of Route 53, which answers write with their kind before them.
    #[serde(rename = "I", default)]
    pub(crate) prefixed_ids: Vec<String>,
    /// Whether it says which endpoints to use.
    #[serde(rename = "D", default)]
    pub(crate) discovers_endpoints: bool,
    /// Whether the request or the answer is a stream of events.
    #[serde(rename = "E", default)]
    pub(crate) streams_events: bool,
    /// Whether Step Functions refuses the operation.
    #[serde(rename = "R", default)]
    is_refused: bool,
}

const fn signed() -> bool {
    true
}

impl Operation {
    /// Whether a Task can call it.
    ///
    /// Spec: Developer Guide, "Supported AWS SDK service integrations" § unsupported operations.
    pub(crate) const fn is_offered(&self) -> bool {
        !self.streams_events && !self.is_refused
    }
}
