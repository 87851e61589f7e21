//! The shapes of requests and answers.

use serde::Deserialize;

/// A shape's place in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct ShapeIndex(u32);

impl ShapeIndex {
    pub(super) fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// The shape of a value.
#[derive(Debug, Deserialize)]
pub(crate) enum Shape {
    #[serde(rename = "S")]
    Structure(StructureShape),
    #[serde(rename = "L")]
    List(ListShape),
    #[serde(rename = "M")]
    Map(MapShape),
    #[serde(rename = "s")]
    Text(TextShape),
    #[serde(rename = "i")]
    Integer(NumberShape),
    #[serde(rename = "f")]
    Float(NumberShape),
    #[serde(rename = "b")]
    Boolean {},
    #[serde(rename = "t")]
    Timestamp(TimestampShape),
    #[serde(rename = "B")]
    Blob(BlobShape),
}

/// An object with the given members.
#[derive(Debug, Deserialize)]
pub(crate) struct StructureShape {
    #[serde(rename = "m")]
    pub(crate) members: Vec<Member>,
    #[serde(rename = "r", default)]
    pub(crate) required: Vec<String>,
    /// The member that is the whole body.
    #[serde(rename = "p", default)]
    pub(crate) payload: Option<String>,
    #[serde(rename = "n", default)]
    pub(crate) element: Option<String>,
    #[serde(rename = "x", default)]
    pub(crate) xml_namespace: Option<String>,
    /// Whether it is any JSON value.
    #[serde(rename = "d", default)]
    pub(crate) is_document: bool,
}

impl StructureShape {
    pub(crate) fn find_member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

/// A list.
#[derive(Debug, Deserialize)]
pub(crate) struct ListShape {
    #[serde(rename = "v")]
    pub(crate) item: Member,
    /// Whether an XML list has no element around its items.
    #[serde(rename = "f", default)]
    pub(crate) is_flattened: bool,
}

/// An object with any members.
#[derive(Debug, Deserialize)]
pub(crate) struct MapShape {
    #[serde(rename = "k")]
    pub(crate) key: Member,
    #[serde(rename = "v")]
    pub(crate) value: Member,
    #[serde(rename = "f", default)]
    pub(crate) is_flattened: bool,
}

/// A text.
#[derive(Debug, Deserialize)]
pub(crate) struct TextShape {
    #[serde(rename = "e", default)]
    pub(crate) values: Vec<String>,
    #[serde(rename = "<", default)]
    pub(crate) length_min: Option<f64>,
}

/// Bytes.
#[derive(Debug, Deserialize)]
pub(crate) struct BlobShape {
    #[serde(rename = "<", default)]
    pub(crate) length_min: Option<f64>,
}

/// A number.
#[derive(Debug, Deserialize)]
pub(crate) struct NumberShape {
    #[serde(rename = "<", default)]
    pub(crate) minimum: Option<f64>,
    #[serde(rename = ">", default)]
    pub(crate) maximum: Option<f64>,
}

/// A moment.
#[derive(Debug, Deserialize)]
pub(crate) struct TimestampShape {
    #[serde(rename = "T", default)]
    pub(crate) format: Option<TimestampFormat>,
}

/// How a moment is written.
///
/// Spec: Smithy 2.0, `timestampFormat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum TimestampFormat {
    #[serde(rename = "iso8601")]
    DateTime,
    #[serde(rename = "rfc822")]
    HttpDate,
    #[serde(rename = "unixTimestamp")]
    EpochSeconds,
}

/// A member of a structure, or what a list or a map holds.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a trait of the model")]
pub(crate) struct Member {
    /// Its name in a structure; empty in a list or a map.
    #[serde(rename = "N", default)]
    pub(crate) name: String,
    #[serde(rename = "s")]
    pub(crate) shape: ShapeIndex,
    #[serde(rename = "n", default)]
    location_name: Option<String>,
    #[serde(rename = "l", default)]
    pub(crate) location: Location,
    /// Its name in the ec2 protocol.
    #[serde(rename = "q", default)]
    pub(crate) query_name: Option<String>,
    #[serde(rename = "x", default)]
    pub(crate) xml_namespace: Option<String>,
    /// Whether a request without it gets a fresh token.
    #[serde(rename = "i", default)]
    pub(crate) is_idempotency_token: bool,
    /// Whether it is JSON in a text.
    #[serde(rename = "j", default)]
    pub(crate) is_json_value: bool,
    #[serde(rename = "f", default)]
    pub(crate) is_flattened: bool,
    #[serde(rename = "a", default)]
    pub(crate) is_xml_attribute: bool,
}

impl Member {
    /// Its name on the wire, unless it has none of its own.
    pub(crate) fn own_wire_name(&self) -> Option<&str> {
        self.location_name.as_deref()
    }

    /// Its name on the wire.
    pub(crate) fn wire_name(&self) -> &str {
        self.location_name.as_deref().unwrap_or(&self.name)
    }
}

/// Where a member is in a request or an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Location {
    #[default]
    Body,
    #[serde(rename = "h")]
    Header,
    /// All headers with a prefix.
    #[serde(rename = "H")]
    Headers,
    #[serde(rename = "q")]
    Query,
    #[serde(rename = "u")]
    Uri,
    #[serde(rename = "c")]
    StatusCode,
}
