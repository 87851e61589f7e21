//! The answers of services as the results of Tasks.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use crate::{
    moments::{milliseconds, parse_moment},
    protocols::WireResponse,
    service_model::{Member, NameStyle, ServiceModel, Shape, ShapeIndex, StructureShape},
};

/// Spells an answer as Step Functions shows it.
///
/// Spec: Developer Guide, "Passing parameters to a service API"; the forms of moments and of bytes
/// are recorded.
pub(super) fn task_result(
    model: &ServiceModel,
    output: Option<ShapeIndex>,
    style: NameStyle,
    members: Map<String, Value>,
) -> Map<String, Value> {
    match model.structure(output) {
        Some(structure) => Spelling { model, style }.structure(structure, members),
        None => members,
    }
}

struct Spelling<'m> {
    model: &'m ServiceModel,
    style: NameStyle,
}

impl Spelling<'_> {
    fn structure(
        &self,
        structure: &StructureShape,
        mut members: Map<String, Value>,
    ) -> Map<String, Value> {
        let mut spelled = Map::new();
        for member in &structure.members {
            if let Some(value) = members.remove(&member.name) {
                spelled.insert(self.style.task_name(&member.name), self.member(member, value));
            }
        }
        if self.style == NameStyle::Optimised {
            // The first SDK for Java writes its objects by their names.
            spelled.sort_keys();
        }
        spelled
    }

    fn member(&self, member: &Member, value: Value) -> Value {
        match (self.model.shape(member.shape), value) {
            (Shape::Structure(structure), Value::Object(members)) if !structure.is_document => {
                self.structure(structure, members).into()
            }
            (Shape::List(list), Value::Array(items)) => {
                items.into_iter().map(|item| self.member(&list.item, item)).collect()
            }
            (Shape::Map(map), Value::Object(entries)) => {
                let entries = entries.into_iter();
                let spelled = entries.map(|(key, value)| (key, self.member(&map.value, value)));
                Value::Object(spelled.collect())
            }
            (Shape::Blob(_), Value::String(base64)) => text_of_bytes(base64).into(),
            (Shape::Timestamp(_), value) if self.style == NameStyle::Optimised => {
                parse_moment(&value).map_or(value, |at| milliseconds(at).into())
            }
            (_, value) => value,
        }
    }
}

/// Bytes as text; those that are none stay Base64.
fn text_of_bytes(base64: String) -> String {
    let decoded = BASE64_STANDARD.decode(&base64).ok();
    decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(base64)
}

/// The members that the optimised integrations add: what HTTP said.
pub(super) fn with_metadata(
    mut result: Map<String, Value>,
    response: &WireResponse,
) -> Map<String, Value> {
    let mut all = Map::new();
    let mut single = Map::new();
    for (name, value) in &response.headers {
        let name = shown_header_name(name);
        let values = all.entry(name.clone()).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(value.as_str().into());
        }
        single.entry(name).or_insert_with(|| value.as_str().into());
    }
    result.insert(
        "SdkHttpMetadata".to_owned(),
        json!({
            "AllHttpHeaders": all,
            "HttpHeaders": single,
            "HttpStatusCode": response.status,
        }),
    );
    let request_id = response.request_id().unwrap_or_default();
    result.insert("SdkResponseMetadata".to_owned(), json!({ "RequestId": request_id }));
    result.sort_keys();
    result
}

/// A header's name as services write it: HTTP here knows it in lower case only.
pub(super) fn shown_header_name(name: &str) -> String {
    match name {
        "x-amzn-requestid" => "x-amzn-RequestId".to_owned(),
        "x-amzn-trace-id" => "X-Amzn-Trace-Id".to_owned(),
        "x-amzn-remapped-content-length" => "x-amzn-Remapped-Content-Length".to_owned(),
        "x-amz-executed-version" => "X-Amz-Executed-Version".to_owned(),
        "x-amz-log-result" => "X-Amz-Log-Result".to_owned(),
        name if name.starts_with("x-") => name.to_owned(),
        name => {
            let words = name.split('-').map(|word| {
                let mut letters = word.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                first.into_iter().chain(letters).collect::<String>()
            });
            words.collect::<Vec<_>>().join("-")
        }
    }
}
