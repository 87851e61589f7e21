//! The protocol rpcv2Cbor.

use base64::{Engine, prelude::BASE64_STANDARD};
use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

use super::WireRequest;
use crate::{
    moments::{instant, milliseconds, parse_moment},
    service_model::{Member, Operation, ServiceModel, Shape, StructureShape},
};

/// The tag of a number of seconds since 1970.
///
/// Spec: RFC 8949 § 3.4.2.
const EPOCH_TAG: u64 = 1;

/// Spec: Smithy 2.0, "Smithy RPC v2 CBOR protocol".
pub(super) fn write_request(
    model: &ServiceModel,
    name: &str,
    operation: &Operation,
    members: &Map<String, Value>,
) -> WireRequest {
    let service = model.target_prefix.as_deref().unwrap_or_default();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut request = WireRequest {
        method: "POST".to_owned(),
        path: format!("/service/{service}/operation/{name}"),
        headers: vec![
            header("smithy-protocol", "rpc-v2-cbor"),
            header("accept", "application/cbor"),
        ],
        ..WireRequest::default()
    };
    if let Some(input) = model.structure(operation.input) {
        request.headers.push(header("content-type", "application/cbor"));
        // A vector takes any number of bytes.
        let _ = ciborium::into_writer(&write_structure(model, input, members), &mut request.body)
            .is_ok();
    }
    request
}

fn write_structure(
    model: &ServiceModel,
    structure: &StructureShape,
    given: &Map<String, Value>,
) -> Cbor {
    let members = structure.members.iter().filter_map(|member| {
        let value = given.get(&member.name)?;
        Some((Cbor::Text(member.wire_name().to_owned()), write_member(model, member, value)))
    });
    Cbor::Map(members.collect())
}

fn write_member(model: &ServiceModel, member: &Member, value: &Value) -> Cbor {
    match (model.shape(member.shape), value) {
        (Shape::Structure(structure), Value::Object(given)) if !structure.is_document => {
            write_structure(model, structure, given)
        }
        (Shape::List(list), Value::Array(items)) => {
            Cbor::Array(items.iter().map(|item| write_member(model, &list.item, item)).collect())
        }
        (Shape::Map(map), Value::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| {
                (Cbor::Text(key.clone()), write_member(model, &map.value, value))
            });
            Cbor::Map(entries.collect())
        }
        (Shape::Blob(_), Value::String(base64)) => {
            Cbor::Bytes(BASE64_STANDARD.decode(base64).unwrap_or_default())
        }
        (Shape::Timestamp(_), value) => write_moment(value),
        (Shape::Float(_), Value::Number(number)) => {
            Cbor::Float(number.as_f64().unwrap_or_default())
        }
        (_, value) => Cbor::serialized(value).unwrap_or(Cbor::Null),
    }
}

fn write_moment(value: &Value) -> Cbor {
    let Some(at) = parse_moment(value) else { return Cbor::Null };
    let milliseconds = milliseconds(at);
    let seconds = if milliseconds % 1_000 == 0 {
        Cbor::from(milliseconds / 1_000)
    } else {
        #[allow(clippy::cast_precision_loss, reason = "milliseconds of this era fit")]
        let milliseconds = milliseconds as f64;
        Cbor::from(milliseconds / 1_000.0)
    };
    Cbor::Tag(EPOCH_TAG, Box::new(seconds))
}

/// Reads the members of an answer.
///
/// Errors: the body is not CBOR.
pub(super) fn read_structure(
    model: &ServiceModel,
    output: &StructureShape,
    body: &[u8],
) -> Result<Map<String, Value>, String> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match read(body)? {
        Cbor::Map(fields) => Ok(read_members(model, output, fields)),
        _ => Ok(Map::new()),
    }
}

/// Reads a body as JSON would say it.
///
/// Errors: the body is not CBOR.
pub(super) fn read_untyped(body: &[u8]) -> Result<Value, String> {
    read(body)?.deserialized().map_err(|error| error.to_string())
}

fn read(body: &[u8]) -> Result<Cbor, String> {
    ciborium::from_reader(body).map_err(|error| error.to_string())
}

fn read_members(
    model: &ServiceModel,
    structure: &StructureShape,
    fields: Vec<(Cbor, Cbor)>,
) -> Map<String, Value> {
    let mut found: Map<String, Value> = Map::new();
    for (key, value) in fields {
        let is_meant = |member: &&Member| Some(member.wire_name()) == key.as_text();
        if let (Some(member), false) =
            (structure.members.iter().find(is_meant), matches!(value, Cbor::Null))
        {
            found.insert(member.name.clone(), read_member(model, member, value));
        }
    }
    let in_order = structure.members.iter();
    in_order.filter_map(|member| found.remove_entry(&member.name)).collect()
}

fn read_member(model: &ServiceModel, member: &Member, value: Cbor) -> Value {
    match (model.shape(member.shape), value) {
        (Shape::Structure(structure), Cbor::Map(fields)) if !structure.is_document => {
            read_members(model, structure, fields).into()
        }
        (Shape::List(list), Cbor::Array(items)) => {
            items.into_iter().map(|item| read_member(model, &list.item, item)).collect()
        }
        (Shape::Map(map), Cbor::Map(entries)) => {
            let entries = entries.into_iter().filter_map(|(key, value)| {
                Some((key.into_text().ok()?, read_member(model, &map.value, value)))
            });
            Value::Object(entries.collect())
        }
        (Shape::Timestamp(_), Cbor::Tag(_, seconds)) => {
            let seconds = number(&seconds);
            parse_moment(&seconds).map_or(seconds, |at| instant(at).into())
        }
        (Shape::Blob(_), Cbor::Bytes(bytes)) => BASE64_STANDARD.encode(bytes).into(),
        (Shape::Float(_), value) => number(&value),
        (_, value) => value.deserialized().unwrap_or_default(),
    }
}

fn number(value: &Cbor) -> Value {
    match value {
        Cbor::Float(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        other => other.deserialized().unwrap_or_default(),
    }
}
