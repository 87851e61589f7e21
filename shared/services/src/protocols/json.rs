//! The protocols awsJson 1.0 and 1.1, and the JSON bodies of restJson1.

use serde_json::{Map, Value};

use super::WireRequest;
use crate::{
    moments::{instant, parse_moment, write_moment},
    service_model::{
        Location, Member, Operation, Protocol, ServiceModel, Shape, StructureShape, TimestampFormat,
    },
};

/// Spec: Smithy 2.0, "AWS JSON 1.0 protocol".
pub(super) fn write_request(
    model: &ServiceModel,
    name: &str,
    operation: &Operation,
    members: &Map<String, Value>,
) -> WireRequest {
    let body = model.structure(operation.input).map(|input| write_structure(model, input, members));
    let target = format!("{}.{name}", model.target_prefix.as_deref().unwrap_or_default());
    let version = model.json_version.as_deref().unwrap_or("1.0");
    WireRequest {
        method: operation.method.clone(),
        path: operation.uri.clone(),
        headers: vec![
            ("X-Amz-Target".to_owned(), target),
            ("Content-Type".to_owned(), format!("application/x-amz-json-{version}")),
        ],
        body: Value::Object(body.unwrap_or_default()).to_string().into_bytes(),
        ..WireRequest::default()
    }
}

/// Writes the members that are in the body.
pub(super) fn write_structure(
    model: &ServiceModel,
    structure: &StructureShape,
    members: &Map<String, Value>,
) -> Map<String, Value> {
    let in_body = structure.members.iter().filter(|member| member.location == Location::Body);
    in_body
        .filter_map(|member| {
            let value = members.get(&member.name)?;
            Some((member.wire_name().to_owned(), write_member(model, member, value)))
        })
        .collect()
}

/// Writes a value.
pub(super) fn write_member(model: &ServiceModel, member: &Member, value: &Value) -> Value {
    match (model.shape(member.shape), value) {
        (Shape::Structure(structure), Value::Object(members)) if !structure.is_document => {
            write_structure(model, structure, members).into()
        }
        (Shape::List(list), Value::Array(items)) => {
            items.iter().map(|item| write_member(model, &list.item, item)).collect()
        }
        (Shape::Map(map), Value::Object(entries)) => {
            let entries = entries.iter();
            let written =
                entries.map(|(key, value)| (key.clone(), write_member(model, &map.value, value)));
            Value::Object(written.collect())
        }
        (Shape::Timestamp(shape), value) => {
            let format = shape.format.unwrap_or(TimestampFormat::EpochSeconds);
            parse_moment(value).map_or_else(|| value.clone(), |at| write_moment(at, format))
        }
        (_, value) => value.clone(),
    }
}

/// Reads a JSON object as the members of a structure.
///
/// Errors: the text is not JSON.
pub(super) fn read_structure(
    model: &ServiceModel,
    structure: &StructureShape,
    body: &[u8],
) -> Result<Map<String, Value>, String> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match value {
        Value::Object(fields) => Ok(read_members(model, structure, fields)),
        _ => Ok(Map::new()),
    }
}

fn read_members(
    model: &ServiceModel,
    structure: &StructureShape,
    mut fields: Map<String, Value>,
) -> Map<String, Value> {
    let in_body = structure.members.iter().filter(|member| member.location == Location::Body);
    in_body
        .filter_map(|member| {
            let value = fields.remove(member.wire_name()).filter(|value| !value.is_null())?;
            Some((member.name.clone(), read_member(model, member, value)))
        })
        .collect()
}

/// Reads a value.
pub(super) fn read_member(model: &ServiceModel, member: &Member, value: Value) -> Value {
    match (model.shape(member.shape), value) {
        (Shape::Structure(structure), Value::Object(fields)) if !structure.is_document => {
            read_members(model, structure, fields).into()
        }
        (Shape::List(list), Value::Array(items)) => {
            items.into_iter().map(|item| read_member(model, &list.item, item)).collect()
        }
        (Shape::Map(map), Value::Object(entries)) => {
            let entries = entries.into_iter();
            Value::Object(
                entries.map(|(key, value)| (key, read_member(model, &map.value, value))).collect(),
            )
        }
        (Shape::Timestamp(_), value) => parse_moment(&value).map_or(value, |at| instant(at).into()),
        // What botocore reads in the awsJson protocols is the number as it was written.
        (Shape::Float(_), Value::Number(number)) if model.protocol == Protocol::RestJson => {
            number.as_f64().map_or(Value::Number(number), Value::from)
        }
        (_, value) => value,
    }
}
