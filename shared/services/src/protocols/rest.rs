//! The protocols restJson1 and restXml: members in the URI, in headers and in the body.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use super::{
    WireRequest, WireResponse,
    bindings::{escape, write_scalar},
    json, xml_body,
    xml_element::{Element, read_document},
};
use crate::{
    moments::{instant, parse_moment},
    service_model::{
        Location, Member, Operation, Protocol, ServiceModel, Shape, StructureShape, TimestampFormat,
    },
};

/// Spec: Smithy 2.0, "HTTP bindings".
pub(super) fn write_request(
    model: &ServiceModel,
    operation: &Operation,
    members: &Map<String, Value>,
) -> Result<WireRequest, String> {
    let (path, fixed) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    let fixed = fixed.split('&').filter(|part| !part.is_empty());
    let query = fixed.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.to_owned(), value.to_owned())
    });
    let mut request = WireRequest {
        method: operation.method.clone(),
        path: path.to_owned(),
        query: query.collect(),
        ..WireRequest::default()
    };
    let Some(input) = model.structure(operation.input) else { return Ok(request) };
    for member in &input.members {
        // Without its label a path is that of another resource: of a bucket instead of an object.
        let value = members.get(&member.name);
        match value.filter(|value| member.location != Location::Uri || value.as_str() != Some("")) {
            Some(value) => bind(model, member, value, &mut request),
            None if member.location == Location::Uri => {
                return Err(format!("The field '{}' is required but was missing", member.name));
            }
            None => {}
        }
    }
    write_body(model, operation, input, members, &mut request);
    Ok(request)
}

/// Puts a member where it is in the request, unless that is the body.
fn bind(model: &ServiceModel, member: &Member, value: &Value, request: &mut WireRequest) {
    let name = member.wire_name();
    match member.location {
        Location::Body | Location::StatusCode => {}
        Location::Uri => {
            let text = write_scalar(model, member, value, TimestampFormat::DateTime);
            let greedy = format!("{{{name}+}}");
            request.path = request
                .path
                .replace(&greedy, &escape(&text, "/"))
                .replace(&format!("{{{name}}}"), &escape(&text, ""));
        }
        Location::Query => bind_query(model, member, value, request),
        // An empty header would be a list of one empty item.
        Location::Header if value.as_array().is_some_and(Vec::is_empty) => {}
        Location::Header => {
            let format = TimestampFormat::HttpDate;
            let text = match (model.shape(member.shape), value) {
                (Shape::List(list), Value::Array(items)) => {
                    let items = items.iter();
                    let written: Vec<String> = items
                        .map(|item| match model.shape(list.item.shape) {
                            Shape::Text(_) => quoted(write_scalar(model, &list.item, item, format)),
                            _ => write_scalar(model, &list.item, item, format),
                        })
                        .collect();
                    written.join(",")
                }
                _ => write_scalar(model, member, value, format),
            };
            request.headers.push((name.to_owned(), text));
        }
        Location::Headers => {
            for (key, value) in value.as_object().into_iter().flatten() {
                let text = write_scalar(model, member, value, TimestampFormat::HttpDate);
                let prefix = member.own_wire_name().unwrap_or_default();
                request.headers.push((format!("{prefix}{key}"), text));
            }
        }
    }
}

/// An item of a list in a header.
fn quoted(item: String) -> String {
    if item.contains([',', '"']) {
        return format!("\"{}\"", item.replace('"', "\\\""));
    }
    item
}

fn bind_query(model: &ServiceModel, member: &Member, value: &Value, request: &mut WireRequest) {
    let name = member.wire_name();
    let write = |member: &Member, value: &Value| {
        write_scalar(model, member, value, TimestampFormat::DateTime)
    };
    match (model.shape(member.shape), value) {
        (Shape::List(list), Value::Array(items)) => {
            let items = items.iter().map(|item| (name.to_owned(), write(&list.item, item)));
            request.query.extend(items);
        }
        (Shape::Map(map), Value::Object(entries)) => {
            for (key, value) in entries {
                match (model.shape(map.value.shape), value) {
                    (Shape::List(list), Value::Array(items)) => {
                        let items = items.iter().map(|item| (key.clone(), write(&list.item, item)));
                        request.query.extend(items);
                    }
                    _ => request.query.push((key.clone(), write(&map.value, value))),
                }
            }
        }
        _ => request.query.push((name.to_owned(), write(member, value))),
    }
}

fn write_body(
    model: &ServiceModel,
    operation: &Operation,
    input: &StructureShape,
    members: &Map<String, Value>,
    request: &mut WireRequest,
) {
    let is_xml = model.protocol == Protocol::RestXml;
    let body_type = if is_xml { "application/xml" } else { "application/json" };
    let (body, content_type) = if let Some(payload) = &input.payload {
        let Some(member) = input.find_member(payload) else { return };
        let value = members.get(payload);
        match (model.shape(member.shape), value) {
            (Shape::Blob(_), Some(Value::String(base64))) => {
                (BASE64_STANDARD.decode(base64).unwrap_or_default(), "application/octet-stream")
            }
            (Shape::Text(_), Some(Value::String(text))) => {
                (text.clone().into_bytes(), "text/plain")
            }
            (Shape::Structure(_), None) if !is_xml => (b"{}".to_vec(), body_type),
            (_, None) => return,
            (_, Some(value)) if is_xml => {
                (xml_body::write_payload(model, member, value), body_type)
            }
            (_, Some(value)) => {
                (json::write_member(model, member, value).to_string().into_bytes(), body_type)
            }
        }
    } else if input.members.iter().any(|member| member.location == Location::Body) {
        let is_in_body = |member: &&Member| {
            member.location == Location::Body && members.contains_key(&member.name)
        };
        if !is_xml {
            let body = json::write_structure(model, input, members);
            (Value::Object(body).to_string().into_bytes(), body_type)
        } else if input.members.iter().any(|member| is_in_body(&member)) {
            (xml_body::write_input(model, operation, input, members), body_type)
        } else {
            return;
        }
    } else {
        return;
    };
    request.body = body;
    if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        request.headers.push(("Content-Type".to_owned(), content_type.to_owned()));
    }
}

/// Reads an answer.
///
/// Errors: its body is not what the model says.
pub(super) fn read_response(
    model: &ServiceModel,
    output: &StructureShape,
    response: &WireResponse,
) -> Result<Map<String, Value>, String> {
    let mut found = read_body(model, output, response)?;
    let mut members = Map::new();
    for member in &output.members {
        let value = match member.location {
            Location::Body => found.remove(&member.name),
            Location::Header => {
                response.header(member.wire_name()).map(|text| read_header(model, member, text))
            }
            Location::Headers => Some(read_headers(member, response)),
            Location::StatusCode => Some(response.status.into()),
            Location::Uri | Location::Query => None,
        };
        if let Some(value) = value {
            members.insert(member.name.clone(), value);
        }
    }
    Ok(members)
}

fn read_body(
    model: &ServiceModel,
    output: &StructureShape,
    response: &WireResponse,
) -> Result<Map<String, Value>, String> {
    let is_xml = model.protocol == Protocol::RestXml;
    let Some(payload) = &output.payload else {
        if !is_xml {
            return json::read_structure(model, output, &response.body);
        }
        if response.body.is_empty() {
            return Ok(Map::new());
        }
        let document = read_document(&response.body)?;
        return Ok(read_unwrapped(model, output, document.root())
            .unwrap_or_else(|| xml_body::read_structure(model, output, document.root())));
    };
    let Some(member) = output.find_member(payload) else { return Ok(Map::new()) };
    let value = match model.shape(member.shape) {
        Shape::Blob(_) => Value::String(BASE64_STANDARD.encode(&response.body)),
        Shape::Text(_) => String::from_utf8_lossy(&response.body).into_owned().into(),
        _ if is_xml => {
            let body = if response.body.is_empty() { b"<empty/>" } else { &*response.body };
            xml_body::read_member(model, member, read_document(body)?.root())
        }
        shape => {
            let empty = if matches!(shape, Shape::List(_)) { &b"[]"[..] } else { b"{}" };
            let body = if response.body.is_empty() { empty } else { &*response.body };
            let value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
            json::read_member(model, member, value)
        }
    };
    Ok([(payload.clone(), value)].into_iter().collect())
}

/// Reads an answer whose root is the element of its only member: that of S3's
/// `GetBucketLocation`.
fn read_unwrapped(
    model: &ServiceModel,
    output: &StructureShape,
    root: Element<'_>,
) -> Option<Map<String, Value>> {
    let [member] = &*output.members else { return None };
    let is_text = matches!(model.shape(member.shape), Shape::Text(_));
    if !is_text || member.location != Location::Body || member.wire_name() != root.name() {
        return None;
    }
    let text = root.text();
    let value = (!text.is_empty()).then(|| (member.name.clone(), text.into()));
    Some(value.into_iter().collect())
}

fn read_headers(member: &Member, response: &WireResponse) -> Value {
    let prefix = member.own_wire_name().unwrap_or_default().to_ascii_lowercase();
    let headers = response.headers.iter().filter_map(|(name, value)| {
        let is_meant = name.to_ascii_lowercase().starts_with(&prefix);
        is_meant.then(|| (name[prefix.len()..].to_owned(), Value::from(value.as_str())))
    });
    Value::Object(headers.collect())
}

fn read_header(model: &ServiceModel, member: &Member, text: &str) -> Value {
    if member.is_json_value {
        let decoded = BASE64_STANDARD.decode(text).ok();
        let value = decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        return value.unwrap_or_else(|| text.into());
    }
    match model.shape(member.shape) {
        Shape::Integer(_) => text.trim().parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Shape::Float(_) => text.trim().parse::<f64>().map_or_else(|_| text.into(), Value::from),
        Shape::Boolean {} => (text.trim() == "true").into(),
        Shape::Timestamp(_) => {
            parse_moment(&text.into()).map_or_else(|| text.into(), |at| instant(at).into())
        }
        Shape::List(list) => {
            let items = text.split(',').map(|item| read_header(model, &list.item, item.trim()));
            items.collect()
        }
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        protocols::{AnswerFault, WireResponse, read_response, write_request},
        service_model::find_service,
    };

    fn read(name: &str, body: &'static str) -> Result<serde_json::Value, String> {
        let model = find_service("s3").expect("a service");
        let (_, operation) = model.find_operation(name).expect("an operation");
        let response = WireResponse { status: 200, body: body.into(), ..WireResponse::default() };
        let answer = read_response(&model, model.protocol, operation, &response);
        answer.map(Into::into).map_err(|fault| match fault {
            AnswerFault::Refused(refusal) => refusal.code,
            AnswerFault::Unreadable { reason, .. } => reason,
        })
    }

    #[test]
    fn a_label_of_a_path_is_never_empty() {
        let model = find_service("s3").expect("a service");
        let operation = model.find_operation("DeleteObject").expect("an operation");
        let members = json!({"Bucket": "b", "Key": ""});
        let members = members.as_object().expect("an object");
        let written = write_request(&model, model.protocol, operation, members);
        assert_eq!(written, Err("The field 'Key' is required but was missing".to_owned()));
    }

    #[test]
    fn the_root_of_an_answer_can_be_its_only_member() {
        let region = "<LocationConstraint xmlns=\"s3\">eu-west-1</LocationConstraint>";
        let expected = json!({"LocationConstraint": "eu-west-1"});
        assert_eq!(read("GetBucketLocation", region), Ok(expected));
        assert_eq!(read("GetBucketLocation", "<LocationConstraint/>"), Ok(json!({})));
    }

    #[test]
    fn an_answer_of_s3_can_be_a_refusal_in_spite_of_its_status() {
        let error = "<Error><Code>InternalError</Code><Message>again</Message></Error>";
        assert_eq!(read("CopyObject", error), Err("InternalError".to_owned()));
        let object = read("GetObject", error).expect("an object may be anything");
        assert!(object["Body"].is_string());
    }
}
