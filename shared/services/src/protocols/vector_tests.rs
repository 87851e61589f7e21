//! Compares requests and answers with those of botocore, which `models/vectors.py` writes down.
//!
//! VECTORS names a file of other vectors than those of the repository.
//!
//! Invariant: a request says what botocore's says. It differs on purpose where Smithy's specification
//! is stricter: a body of XML, bytes or text has its Content-Type, and a carriage return in XML is
//! escaped, so that it stays one. The vectors also leave out what is spelled differently and means the
//! same: fractions of seconds in requests (three digits here, six there), and checksums after a body
//! instead of in a header.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use ciborium::Value as Cbor;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{AnswerFault, WireRequest, WireResponse, read_response, write_request};
use crate::service_model::find_service;

const COMMITTED: &str = include_str!("../../models/vectors.jsonl");

#[derive(Deserialize)]
struct Vector {
    service: String,
    operation: String,
    members: Map<String, Value>,
    request: ExpectedRequest,
    response: GivenResponse,
    answer: Option<Value>,
    refusal: Option<ExpectedRefusal>,
}

#[derive(Deserialize)]
struct ExpectedRequest {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: BTreeMap<String, String>,
    kind: String,
    body: String,
    host_prefix: Option<String>,
}

#[derive(Deserialize)]
struct GivenResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct ExpectedRefusal {
    code: String,
    message: String,
}

#[test]
fn requests_and_answers_are_those_of_botocore() {
    let given = std::env::var("VECTORS").ok();
    let vectors = given.map_or_else(
        || COMMITTED.to_owned(),
        |path| std::fs::read_to_string(path).expect("VECTORS names a file"),
    );
    let mut compared = 0;
    let mut differences = Vec::new();
    for line in vectors.lines() {
        let vector: Vector = serde_json::from_str(line).expect("a vector");
        compared += 1;
        for difference in compare(&vector) {
            differences.push(format!("{} {}: {difference}", vector.service, vector.operation));
        }
    }
    assert!(compared >= 60, "{compared}");
    assert!(
        differences.is_empty(),
        "{} differences in {compared} operations:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

fn compare(vector: &Vector) -> Vec<String> {
    let model = find_service(&vector.service).expect("a service of the archive");
    let (name, operation) = model.find_operation(&vector.operation).expect("an operation");
    let mut differences =
        match write_request(&model, model.protocol, (name, operation), &vector.members) {
            Ok(request) => compare_requests(&vector.request, &request),
            Err(reason) => vec![format!("no request: {reason}")],
        };
    let response = WireResponse {
        status: vector.response.status,
        headers: vector.response.headers.clone(),
        body: decoded(&vector.response.body).into(),
    };
    match read_response(&model, model.protocol, operation, &response) {
        Ok(answer) => {
            let expected = vector.answer.clone().unwrap_or_default();
            note(&mut differences, "answer", &expected, &Value::Object(answer));
        }
        Err(AnswerFault::Unreadable { reason, .. }) => {
            differences.push(format!("the answer cannot be read: {reason}"));
        }
        Err(AnswerFault::Refused(refusal)) => {
            let read = ExpectedRefusal { code: refusal.code, message: refusal.message };
            note(&mut differences, "refusal", &vector.refusal, &Some(read));
        }
    }
    differences
}

fn note<T: PartialEq + std::fmt::Debug>(found: &mut Vec<String>, what: &str, theirs: &T, ours: &T) {
    if theirs != ours {
        found.push(format!("{what}\n  theirs {theirs:?}\n  ours   {ours:?}"));
    }
}

fn decoded(base64: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(base64).expect("Base64")
}

fn compare_requests(theirs: &ExpectedRequest, ours: &WireRequest) -> Vec<String> {
    let mut found = Vec::new();
    note(&mut found, "method", &theirs.method, &ours.method);
    note(&mut found, "path", &theirs.path, &ours.path);
    note(&mut found, "host prefix", &theirs.host_prefix, &ours.host_prefix);
    let sorted = |query: &[(String, String)]| {
        let mut query = query.to_vec();
        query.sort();
        query
    };
    note(&mut found, "query", &sorted(&theirs.query), &sorted(&ours.query));
    let their_body = decoded(&theirs.body);
    let are_bytes_equal = their_body == ours.body;
    let mut headers = BTreeMap::new();
    for (name, value) in &ours.headers {
        let name = name.to_ascii_lowercase();
        let is_habit = name == "content-type"
            && !theirs.headers.contains_key(&name)
            && matches!(&**value, "application/xml" | "application/octet-stream" | "text/plain");
        // The transport says the length itself.
        if !is_habit
            && name != "content-length"
            && headers.insert(name.clone(), value.clone()).is_some()
        {
            found.push(format!("the header {name} is there twice"));
        }
    }
    let mut their_headers = theirs.headers.clone();
    if !are_bytes_equal {
        // The order of the fields is another: the sum can only be there or not.
        for (name, value) in headers.iter_mut().chain(their_headers.iter_mut()) {
            if name.starts_with("x-amz-checksum-") {
                value.clear();
            }
        }
    }
    note(&mut found, "headers", &their_headers, &headers);
    if !are_bytes_equal {
        compare_bodies(&theirs.kind, &their_body, &ours.body, &mut found);
    }
    found
}

fn compare_bodies(kind: &str, theirs: &[u8], ours: &[u8], found: &mut Vec<String>) {
    if theirs.is_empty() || ours.is_empty() || kind == "raw" {
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        return note(found, "body", &text(theirs), &text(ours));
    }
    match kind {
        "json" => {
            let read = |body: &[u8]| serde_json::from_slice::<Value>(body).expect("JSON");
            note(found, "body", &read(theirs), &read(ours));
        }
        "form" => note(found, "body", &form_fields(theirs), &form_fields(ours)),
        "xml" => note(found, "body", &canonical_xml(theirs), &canonical_xml(ours)),
        "cbor" => {
            let read = |body: &[u8]| ciborium::from_reader::<Cbor, _>(body).expect("CBOR");
            note(found, "body", &canonical_cbor(read(theirs)), &canonical_cbor(read(ours)));
        }
        other => found.push(format!("a body of the kind {other}")),
    }
}

fn form_fields(body: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(body).expect("a form is ASCII");
    let mut fields: Vec<(String, String)> = text
        .split('&')
        .map(|field| {
            let (name, value) = field.split_once('=').expect("a field has a value");
            (unescaped(name), unescaped(value))
        })
        .collect();
    fields.sort();
    fields
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let (byte, others) = match (first, others) {
            (b'%', [high, low, others @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("two digits");
                (u8::from_str_radix(digits, 16).expect("two digits"), others)
            }
            (b'+', others) => (b' ', others),
            (byte, others) => (*byte, others),
        };
        bytes.push(byte);
        rest = others;
    }
    String::from_utf8(bytes).expect("a form is UTF-8")
}

/// An element with its namespace, its attributes and its content; the order of elements of different
/// names says nothing.
fn canonical_xml(body: &[u8]) -> String {
    let text = std::str::from_utf8(body).expect("XML is UTF-8");
    let document = roxmltree::Document::parse(text).expect("XML");
    canonical_element(document.root_element())
}

fn canonical_element(node: roxmltree::Node<'_, '_>) -> String {
    let mut attributes: Vec<String> = node
        .attributes()
        .map(|found| format!("{:?}:{}={:?}", found.namespace(), found.name(), found.value()))
        .collect();
    attributes.sort();
    let mut children: Vec<(&str, String)> = node
        .children()
        .filter(roxmltree::Node::is_element)
        .map(|child| (child.tag_name().name(), canonical_element(child)))
        .collect();
    children.sort_by_key(|(name, _)| *name);
    let children: String = children.into_iter().map(|(_, child)| child).collect();
    let text: String =
        node.children().filter(roxmltree::Node::is_text).filter_map(|text| text.text()).collect();
    let name = node.tag_name();
    format!("<{:?}:{} {attributes:?}>{text:?}{children}</>", name.namespace(), name.name())
}

fn canonical_cbor(value: Cbor) -> Cbor {
    match value {
        Cbor::Map(fields) => {
            let mut fields: Vec<(Cbor, Cbor)> =
                fields.into_iter().map(|(key, value)| (key, canonical_cbor(value))).collect();
            fields.sort_by_key(|(key, _)| key.as_text().map(str::to_owned));
            Cbor::Map(fields)
        }
        Cbor::Array(items) => Cbor::Array(items.into_iter().map(canonical_cbor).collect()),
        other => other,
    }
}
