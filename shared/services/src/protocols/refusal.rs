//! What a service says when it refuses a request.

use serde_json::Value;

use super::{
    WireResponse, cbor,
    xml_element::{Element, read_document},
};
use crate::service_model::{Operation, Protocol, ServiceModel, Shape};

/// A request that the service refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The error's code, such as `ResourceNotFoundException`; empty if there is none.
    pub(crate) code: String,
    /// The name of the error in the model. It is the code, unless the service has kept the codes of the
    /// query protocol, which it had before.
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    /// S3's second id.
    pub(crate) extended_request_id: Option<String>,
}

/// Why an answer has no members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AnswerFault {
    Refused(Box<Refusal>),
    /// The service succeeded, and its answer is not what the model says.
    Unreadable {
        status: u16,
        reason: String,
    },
}

/// Reads the refusal in a response.
///
/// Spec: Smithy 2.0, "Operation error serialization" of each protocol.
pub(super) fn read_refusal(
    model: &ServiceModel,
    protocol: Protocol,
    response: &WireResponse,
) -> Refusal {
    let said = match protocol {
        Protocol::Json | Protocol::RestJson => {
            read_fields(response, &serde_json::from_slice(&response.body).unwrap_or_default())
        }
        Protocol::Cbor => {
            read_fields(response, &cbor::read_untyped(&response.body).unwrap_or_default())
        }
        Protocol::RestXml | Protocol::Query | Protocol::Ec2 => read_xml(response),
    };
    let said_by_query = response
        .header("x-amzn-query-error")
        .filter(|_| model.aws_query_compatible)
        .and_then(|error| error.split(';').next())
        .map(str::to_owned);
    let kind = said.code.unwrap_or_default();
    let kind = bare_code(&kind);
    Refusal {
        code: said_by_query.as_deref().map_or(kind, bare_code).to_owned(),
        kind: kind.to_owned(),
        message: said.message.unwrap_or_default(),
        status: response.status,
        request_id: response.request_id().map(str::to_owned).or(said.request_id),
        extended_request_id: response.header("x-amz-id-2").map(str::to_owned),
    }
}

/// Whether the answer of an operation that succeeded by its status is a refusal: S3 sends the status of
/// a long operation before its outcome.
pub(super) fn is_refusal_of_status_200(
    model: &ServiceModel,
    operation: &Operation,
    response: &WireResponse,
) -> bool {
    let is_stream = model.structure(operation.output).is_none_or(|output| {
        let payload = output.payload.as_ref().and_then(|name| output.find_member(name));
        let shape = payload.map(|member| model.shape(member.shape));
        matches!(shape, Some(Shape::Blob(_) | Shape::Text(_)))
    });
    model.id == "S3"
        && response.status == 200
        && !is_stream
        && read_document(&response.body).is_ok_and(|document| document.root().name() == "Error")
}

#[derive(Default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

/// The code without the namespace before it and the address after it.
fn bare_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code)
}

fn read_fields(response: &WireResponse, fields: &Value) -> Said {
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| fields.get(*name)?.as_str());
        found.map(str::to_owned)
    };
    let header = response.header("x-amzn-errortype").map(str::to_owned);
    Said {
        code: header.or_else(|| text(&["__type", "code", "Code"])),
        message: text(&["message", "Message", "errorMessage", "error_description"]),
        request_id: None,
    }
}

fn read_xml(response: &WireResponse) -> Said {
    let Ok(document) = read_document(&response.body) else {
        return read_status(response);
    };
    let root = document.root();
    let error = [&["Error"][..], &["Errors", "Error"][..]]
        .into_iter()
        .find_map(|path| path.iter().try_fold(root, |element, name| element.child(name)))
        .unwrap_or(root);
    let text = |element: Element<'_>, name: &str| element.child(name).map(Element::text);
    let id =
        |element: Element<'_>| text(element, "RequestId").or_else(|| text(element, "RequestID"));
    Said {
        code: text(error, "Code"),
        message: text(error, "Message").or_else(|| text(error, "message")),
        request_id: id(root).or_else(|| id(error)),
    }
}

/// An answer without a body says its error by its status: those of HEAD.
fn read_status(response: &WireResponse) -> Said {
    let code = match response.status {
        404 => "NotFound",
        403 => "Forbidden",
        400 => "BadRequest",
        412 => "PreconditionFailed",
        _ => return Said::default(),
    };
    Said { code: Some(code.to_owned()), ..Said::default() }
}
