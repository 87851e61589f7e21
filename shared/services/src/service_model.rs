//! The models of AWS's services: operations, shapes and endpoints, as data.

mod archive;
mod naming;
mod operation;
mod shape;

use std::collections::HashMap;

use serde::Deserialize;

pub(crate) use archive::find_service;
pub(crate) use naming::NameStyle;
pub(crate) use operation::Operation;
pub(crate) use shape::{
    ListShape, Location, MapShape, Member, Shape, ShapeIndex, StructureShape, TimestampFormat,
};

/// The wire protocol of a service.
///
/// Spec: Smithy 2.0, "AWS protocols".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Protocol {
    #[serde(rename = "json")]
    Json,
    #[serde(rename = "rest-json")]
    RestJson,
    #[serde(rename = "rest-xml")]
    RestXml,
    #[serde(rename = "query")]
    Query,
    #[serde(rename = "ec2")]
    Ec2,
    #[serde(rename = "smithy-rpc-v2-cbor")]
    Cbor,
}

/// The model of a service.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceModel {
    /// Its id, such as `Step Functions` has the id `SFN`.
    pub(crate) id: String,
    /// The id as the Java SDK writes it: what its errors begin with.
    pub(crate) prefix: String,
    pub(crate) protocol: Protocol,
    pub(crate) endpoint_prefix: String,
    pub(crate) api_version: String,
    pub(crate) signing_name: String,
    #[serde(default)]
    pub(crate) json_version: Option<String>,
    #[serde(default)]
    pub(crate) target_prefix: Option<String>,
    /// Whether errors have the names of the query protocol, which the service once had.
    #[serde(default)]
    pub(crate) aws_query_compatible: bool,
    operations: HashMap<String, Operation>,
    /// The exception of each error code, as the Java SDK names it.
    pub(crate) exceptions: HashMap<String, String>,
    shapes: Vec<Shape>,
    /// What differs from `<endpoint prefix>.<region>.<suffix>`, by partition or region: the host,
    /// the region and the name to sign for.
    pub(crate) endpoints: HashMap<String, Vec<String>>,
}

impl ServiceModel {
    /// The operation that a Resource names, which begins in lower case.
    pub(crate) fn find_action(&self, action: &str) -> Option<(&str, &Operation)> {
        let mut letters = action.chars();
        let name: String = letters.next()?.to_uppercase().chain(letters).collect();
        self.find_operation(&name)
    }

    /// The operation of this name.
    pub(crate) fn find_operation(&self, name: &str) -> Option<(&str, &Operation)> {
        self.operations.get_key_value(name).map(|(name, operation)| (name.as_str(), operation))
    }

    pub(crate) fn shape(&self, index: ShapeIndex) -> &Shape {
        &self.shapes[index.as_usize()]
    }

    /// The structure of a request or an answer; none if it has no members.
    pub(crate) fn structure(&self, index: Option<ShapeIndex>) -> Option<&StructureShape> {
        match self.shape(index?) {
            Shape::Structure(structure) => Some(structure),
            _ => None,
        }
    }
}
