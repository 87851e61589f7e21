//! The wire protocols: from the members of a request to HTTP, and from HTTP to the members of an
//! answer.
//!
//! Spec: Smithy 2.0, "AWS protocols"; for the query and ec2 protocols, which name their members
//! differently, botocore's serializers.

mod bindings;
mod cbor;
mod event_stream;
mod json;
mod query;
mod refusal;
mod rest;
mod service_headers;
#[cfg(test)]
mod vector_tests;
mod xml_body;
mod xml_element;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::service_model::{Operation, Protocol, ServiceModel, StructureShape};

pub(crate) use bindings::{escape, form_encoded};
pub(crate) use refusal::{AnswerFault, Refusal};

/// An HTTP request without its host and its signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WireRequest {
    pub(crate) method: String,
    /// The path, escaped.
    pub(crate) path: String,
    /// The query, not escaped.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What the host begins with.
    pub(crate) host_prefix: Option<String>,
}

/// An HTTP answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WireResponse {
    pub(crate) status: u16,
    /// The headers as they were written.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl WireResponse {
    /// The value of a header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The id of the request.
    pub(crate) fn request_id(&self) -> Option<&str> {
        let names = ["x-amzn-requestid", "x-amz-request-id", "x-amz-id-1"];
        names.into_iter().find_map(|name| self.header(name))
    }
}

/// Writes the request of an operation, in a protocol that its service has.
///
/// Errors: a member that the URI or the host needs is missing or cannot be there.
pub(crate) fn write_request(
    model: &ServiceModel,
    protocol: Protocol,
    (name, operation): (&str, &Operation),
    members: &Map<String, Value>,
) -> Result<WireRequest, String> {
    let bare_ids = without_kinds(operation, members);
    let members = bare_ids.as_ref().unwrap_or(members);
    let mut request = match protocol {
        Protocol::Json => json::write_request(model, name, operation, members),
        Protocol::Cbor => cbor::write_request(model, name, operation, members),
        Protocol::Query | Protocol::Ec2 => query::write_request(model, name, operation, members),
        Protocol::RestJson | Protocol::RestXml => rest::write_request(model, operation, members)?,
    };
    if let Some(prefix) = &operation.host_prefix {
        request.host_prefix = Some(bindings::fill_host_prefix(prefix, members)?);
    }
    service_headers::add_service_headers(model, (name, operation), &mut request);
    service_headers::add_checksum(model, operation, members, &mut request);
    Ok(request)
}

/// The members with the ids of Route 53 alone, which answers write as `/hostedzone/ID`; none if there
/// are no such ids.
fn without_kinds(
    operation: &Operation,
    members: &Map<String, Value>,
) -> Option<Map<String, Value>> {
    let ids = operation.prefixed_ids.iter().filter_map(|name| {
        let (_, id) = members.get(name)?.as_str()?.rsplit_once('/')?;
        Some((name.clone(), id.into()))
    });
    let ids: Map<String, Value> = ids.collect();
    (!ids.is_empty()).then(|| members.clone().into_iter().chain(ids).collect())
}

/// The name of a member that has no others beside it.
fn only_member(structure: &StructureShape) -> Option<&str> {
    match &*structure.members {
        [member] => Some(&member.name),
        _ => None,
    }
}

/// Reads the members of an answer. Of one that streams events, the stream is the list of them.
///
/// Errors: the service refused the request, or its answer cannot be read.
pub(crate) fn read_response(
    model: &ServiceModel,
    protocol: Protocol,
    operation: &Operation,
    response: &WireResponse,
) -> Result<Map<String, Value>, AnswerFault> {
    if response.status >= 300 || refusal::is_refusal_of_status_200(model, operation, response) {
        return Err(AnswerFault::Refused(Box::new(refusal::read_refusal(
            model, protocol, response,
        ))));
    }
    let Some(output) = model.structure(operation.output) else { return Ok(Map::new()) };
    if operation.streams_events
        && let Some(stream) = output.payload.as_deref().or_else(|| only_member(output))
    {
        let events = event_stream::read_events(response)?;
        return Ok(Map::from_iter([(stream.to_owned(), events.into())]));
    }
    let read = match protocol {
        Protocol::Json => json::read_structure(model, output, &response.body),
        Protocol::Cbor => cbor::read_structure(model, output, &response.body),
        Protocol::Query | Protocol::Ec2 => query::read_response(model, operation, output, response),
        Protocol::RestJson | Protocol::RestXml => rest::read_response(model, output, response),
    };
    read.map_err(|reason| AnswerFault::Unreadable { status: response.status, reason })
}
