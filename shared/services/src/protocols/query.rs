//! The protocols awsQuery and ec2Query: a form in, XML out.

use serde_json::{Map, Value};

use super::{
    WireRequest, WireResponse,
    bindings::{form_encoded, plain},
    xml_body,
    xml_element::read_document,
};
use crate::{
    moments::{parse_moment, write_moment},
    service_model::{
        Member, Operation, Protocol, ServiceModel, Shape, StructureShape, TimestampFormat,
    },
};

/// Spec: Smithy 2.0, "AWS query protocol", "AWS EC2 query protocol".
pub(super) fn write_request(
    model: &ServiceModel,
    name: &str,
    operation: &Operation,
    members: &Map<String, Value>,
) -> WireRequest {
    let mut form =
        FormWriter { model, is_ec2: model.protocol == Protocol::Ec2, fields: Vec::new() };
    form.push("Action".to_owned(), name);
    form.push("Version".to_owned(), &model.api_version);
    if let Some(input) = model.structure(operation.input) {
        form.structure("", input, members);
    }
    let content_type = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
    WireRequest {
        method: operation.method.clone(),
        path: operation.uri.clone(),
        headers: vec![("Content-Type".to_owned(), content_type)],
        body: form_encoded(&form.fields).into_bytes(),
        ..WireRequest::default()
    }
}

struct FormWriter<'m> {
    model: &'m ServiceModel,
    is_ec2: bool,
    fields: Vec<(String, String)>,
}

impl FormWriter<'_> {
    fn push(&mut self, name: String, value: &str) {
        self.fields.push((name, value.to_owned()));
    }

    fn structure(&mut self, prefix: &str, structure: &StructureShape, given: &Map<String, Value>) {
        for member in &structure.members {
            if let Some(value) = given.get(&member.name) {
                let name = self.member_name(member);
                let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                self.member(name, member, value);
            }
        }
    }

    fn member_name(&self, member: &Member) -> String {
        if !self.is_ec2 {
            return member.wire_name().to_owned();
        }
        if let Some(name) = &member.query_name {
            return name.clone();
        }
        let Some(name) = member.own_wire_name() else { return member.name.clone() };
        let mut letters = name.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    fn member(&mut self, name: String, member: &Member, value: &Value) {
        match (self.model.shape(member.shape), value) {
            (Shape::Structure(structure), Value::Object(given)) => {
                self.structure(&name, structure, given);
            }
            (Shape::List(list), Value::Array(items)) => {
                let is_flattened = list.is_flattened || member.is_flattened;
                self.list(name, &list.item, is_flattened, items);
            }
            (Shape::Map(map), Value::Object(entries)) => {
                let is_flattened = map.is_flattened || member.is_flattened;
                let prefix = if is_flattened { name } else { format!("{name}.entry") };
                let key_name = map.key.own_wire_name().unwrap_or("key");
                let value_name = map.value.own_wire_name().unwrap_or("value");
                for (index, (key, value)) in entries.iter().enumerate() {
                    let entry = format!("{prefix}.{}", index + 1);
                    self.push(format!("{entry}.{key_name}"), key);
                    self.member(format!("{entry}.{value_name}"), &map.value, value);
                }
            }
            (Shape::Timestamp(shape), value) => {
                let format = shape.format.unwrap_or(TimestampFormat::DateTime);
                let written = parse_moment(value).map(|at| write_moment(at, format));
                self.push(name, &plain(written.as_ref().unwrap_or(value)));
            }
            (_, value) => self.push(name, &plain(value)),
        }
    }

    fn list(&mut self, name: String, item: &Member, is_flattened: bool, items: &[Value]) {
        if self.is_ec2 {
            for (index, value) in items.iter().enumerate() {
                self.member(format!("{name}.{}", index + 1), item, value);
            }
            return;
        }
        if items.is_empty() {
            self.push(name, "");
            return;
        }
        let prefix = match (is_flattened, item.own_wire_name()) {
            (true, Some(item_name)) => {
                let outer = name.rsplit_once('.').map(|(outer, _)| format!("{outer}."));
                format!("{}{item_name}", outer.unwrap_or_default())
            }
            (true, None) => name,
            (false, item_name) => format!("{name}.{}", item_name.unwrap_or("member")),
        };
        for (index, value) in items.iter().enumerate() {
            self.member(format!("{prefix}.{}", index + 1), item, value);
        }
    }
}

/// Reads the XML of an answer.
///
/// Errors: it is not XML.
pub(super) fn read_response(
    model: &ServiceModel,
    operation: &Operation,
    output: &StructureShape,
    response: &WireResponse,
) -> Result<Map<String, Value>, String> {
    if response.body.is_empty() {
        return Ok(Map::new());
    }
    let document = read_document(&response.body)?;
    let root = document.root();
    let wrapped = operation.result_wrapper.as_ref().and_then(|name| root.child(name));
    Ok(xml_body::read_structure(model, output, wrapped.unwrap_or(root)))
}
