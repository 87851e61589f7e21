//! The XML bodies of restXml, and the XML answers of awsQuery and ec2Query.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use super::{bindings::plain, xml_element::Element};
use crate::{
    moments::{instant, parse_moment, write_moment},
    service_model::{
        ListShape, Location, MapShape, Member, Operation, ServiceModel, Shape, StructureShape,
        TimestampFormat,
    },
};

/// Writes the members of a request that are in its body.
///
/// Spec: Smithy 2.0, "AWS restXml protocol".
pub(super) fn write_input(
    model: &ServiceModel,
    operation: &Operation,
    input: &StructureShape,
    members: &Map<String, Value>,
) -> Vec<u8> {
    let element = operation.input_element.as_ref().or(input.element.as_ref());
    let namespace = operation.input_namespace.as_ref().or(input.xml_namespace.as_ref());
    let mut writer = XmlWriter { model, text: String::new() };
    let element = element.map_or("Input", String::as_str);
    writer.structure(element, namespace.map(String::as_str), input, members);
    writer.text.into_bytes()
}

/// Writes the member that is the whole body.
pub(super) fn write_payload(model: &ServiceModel, member: &Member, value: &Value) -> Vec<u8> {
    let mut writer = XmlWriter { model, text: String::new() };
    let own_name = match model.shape(member.shape) {
        Shape::Structure(structure) => structure.element.as_deref(),
        _ => None,
    };
    let name = member.own_wire_name().or(own_name).unwrap_or(&member.name).to_owned();
    writer.member(&name, member, value);
    writer.text.into_bytes()
}

struct XmlWriter<'m> {
    model: &'m ServiceModel,
    text: String,
}

impl XmlWriter<'_> {
    fn open(&mut self, name: &str, attributes: &[(String, String)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            // Writing to a text cannot fail.
            let _ = write!(self.text, " {attribute}=\"{}\"", escaped(value)).is_ok();
        }
        self.text.push('>');
    }

    fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    fn structure(
        &mut self,
        element: &str,
        namespace: Option<&str>,
        structure: &StructureShape,
        given: &Map<String, Value>,
    ) {
        let mut attributes: Vec<(String, String)> =
            namespace.map(|uri| ("xmlns".to_owned(), uri.to_owned())).into_iter().collect();
        let present = structure.members.iter().filter(|member| member.location == Location::Body);
        let present: Vec<(&Member, &Value)> =
            present.filter_map(|member| Some((member, given.get(&member.name)?))).collect();
        for (member, value) in present.iter().filter(|(member, _)| member.is_xml_attribute) {
            let name = member.wire_name();
            if let Some((prefix, _)) = name.split_once(':') {
                attributes.push((format!("xmlns:{prefix}"), XML_SCHEMA_INSTANCE.to_owned()));
            }
            attributes.push((name.to_owned(), plain(value)));
        }
        self.open(element, &attributes);
        for (member, value) in present.iter().filter(|(member, _)| !member.is_xml_attribute) {
            self.member(member.wire_name(), member, value);
        }
        self.close(element);
    }

    fn member(&mut self, name: &str, member: &Member, value: &Value) {
        match (self.model.shape(member.shape), value) {
            (Shape::Structure(structure), Value::Object(given)) => {
                let namespace = member.xml_namespace.as_ref().or(structure.xml_namespace.as_ref());
                self.structure(name, namespace.map(String::as_str), structure, given);
            }
            (Shape::List(list), Value::Array(items)) => self.list(name, member, list, items),
            (Shape::Map(map), Value::Object(entries)) => self.map(name, map, entries),
            (Shape::Timestamp(shape), value) => {
                let format = shape.format.unwrap_or(TimestampFormat::DateTime);
                let written = parse_moment(value).map(|at| write_moment(at, format));
                self.scalar(name, &plain(written.as_ref().unwrap_or(value)));
            }
            (_, value) => self.scalar(name, &plain(value)),
        }
    }

    fn scalar(&mut self, name: &str, text: &str) {
        self.open(name, &[]);
        self.text.push_str(&escaped(text));
        self.close(name);
    }

    fn list(&mut self, name: &str, member: &Member, list: &ListShape, items: &[Value]) {
        if list.is_flattened || member.is_flattened {
            for item in items {
                self.member(name, &list.item, item);
            }
            return;
        }
        self.open(name, &[]);
        let item_name = list.item.own_wire_name().unwrap_or("member");
        for item in items {
            self.member(item_name, &list.item, item);
        }
        self.close(name);
    }

    fn map(&mut self, name: &str, map: &MapShape, entries: &Map<String, Value>) {
        self.open(name, &[]);
        for (key, value) in entries {
            self.open("entry", &[]);
            self.scalar(map.key.own_wire_name().unwrap_or("key"), key);
            self.member(map.value.own_wire_name().unwrap_or("value"), &map.value, value);
            self.close("entry");
        }
        self.close(name);
    }
}

/// The namespace of the one prefix that attributes of requests have (`xsi:type` of S3's grantees).
const XML_SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#xD;"),
            '\n' => escaped.push_str("&#xA;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Reads the members of a structure from the elements in an element.
pub(super) fn read_structure(
    model: &ServiceModel,
    structure: &StructureShape,
    element: Element<'_>,
) -> Map<String, Value> {
    let mut members = Map::new();
    for member in structure.members.iter().filter(|member| member.location == Location::Body) {
        let name = member.wire_name();
        if member.is_xml_attribute {
            if let Some(value) = element.attribute(name) {
                members.insert(member.name.clone(), value.into());
            }
            continue;
        }
        let flat_name = flattened_item_name(model, member);
        let value = match flat_name {
            Some((item_name, list)) => {
                let items = element.children().filter(|child| child.name() == item_name);
                let items: Vec<Value> =
                    items.map(|item| read_member(model, &list.item, item)).collect();
                (!items.is_empty()).then(|| items.into())
            }
            None => match (model.shape(member.shape), member.is_flattened) {
                (Shape::Map(map), is_flattened) if is_flattened || map.is_flattened => {
                    let entries = element.children().filter(|child| child.name() == name);
                    let entries = read_entries(model, map, &entries.collect::<Vec<_>>());
                    (!entries.is_empty()).then(|| entries.into())
                }
                _ => element.child(name).map(|child| read_member(model, member, child)),
            },
        };
        if let Some(value) = value {
            members.insert(member.name.clone(), value);
        }
    }
    members
}

/// The element of the items of a list that has no element of its own.
fn flattened_item_name<'m>(
    model: &'m ServiceModel,
    member: &'m Member,
) -> Option<(&'m str, &'m ListShape)> {
    match model.shape(member.shape) {
        Shape::List(list) if list.is_flattened || member.is_flattened => {
            let own = list.item.own_wire_name().or_else(|| member.own_wire_name());
            Some((own.unwrap_or(&member.name), list))
        }
        _ => None,
    }
}

/// Reads an element as a value.
pub(super) fn read_member(model: &ServiceModel, member: &Member, element: Element<'_>) -> Value {
    match model.shape(member.shape) {
        Shape::Structure(structure) => read_structure(model, structure, element).into(),
        Shape::List(list) => {
            element.children().map(|item| read_member(model, &list.item, item)).collect()
        }
        Shape::Map(map) => read_entries(model, map, &element.children().collect::<Vec<_>>()).into(),
        Shape::Integer(_) => {
            let text = element.text();
            text.trim().parse::<i64>().map_or_else(|_| text.into(), Value::from)
        }
        Shape::Float(_) => {
            let text = element.text();
            text.trim().parse::<f64>().map_or_else(|_| text.into(), Value::from)
        }
        Shape::Boolean {} => (element.text().trim() == "true").into(),
        Shape::Timestamp(_) => {
            let text = Value::from(element.text());
            parse_moment(&text).map_or(text, |at| instant(at).into())
        }
        Shape::Blob(_) => {
            // It is Base64 already; what is not is kept as bytes.
            let text = element.text();
            let is_base64 = BASE64_STANDARD.decode(text.trim()).is_ok();
            if is_base64 { text.trim().into() } else { BASE64_STANDARD.encode(text).into() }
        }
        Shape::Text(_) => element.text().into(),
    }
}

fn read_entries(
    model: &ServiceModel,
    map: &MapShape,
    entries: &[Element<'_>],
) -> Map<String, Value> {
    let key_name = map.key.own_wire_name().unwrap_or("key");
    let value_name = map.value.own_wire_name().unwrap_or("value");
    let read = entries.iter().filter_map(|entry| {
        let key = entry.child(key_name)?.text();
        Some((key, read_member(model, &map.value, entry.child(value_name)?)))
    });
    read.collect()
}
