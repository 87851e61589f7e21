//! How much a write is billed: a unit for each KB of the item, begun or whole.
//!
//! Spec: Developer Guide, "Item sizes and formats"; "Write consumption".

use serde_json::Value;

/// Bytes of a write unit.
const UNIT_BYTES: usize = 1024;

/// The write units of a put or an update: those of the item after it, or of the item that refused it.
/// 0 for other operations.
pub(super) fn write_units(operation: &str, request: &str, answer: &str) -> usize {
    let parse = |text: &str| -> Value { serde_json::from_str(text).expect("bodies are JSON") };
    let item = match operation {
        "PutItem" => parse(request)["Item"].clone(),
        "UpdateItem" => {
            let answer = parse(answer);
            let refused = answer.get("Item").cloned();
            answer.get("Attributes").cloned().or(refused).unwrap_or(Value::Null)
        }
        _ => return 0,
    };
    item_bytes(&item).div_ceil(UNIT_BYTES).max(1)
}

/// The bytes of an item: of its attributes' names and values.
pub(super) fn item_bytes(item: &Value) -> usize {
    item.as_object().map_or(0, |attributes| {
        attributes.iter().map(|(name, value)| name.len() + attribute_bytes(value)).sum()
    })
}

fn attribute_bytes(attribute: &Value) -> usize {
    let Some((kind, value)) = attribute.as_object().and_then(|typed| typed.iter().next()) else {
        return 0;
    };
    let text_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = || value.as_array().map(Vec::as_slice).unwrap_or_default();
    match kind.as_str() {
        "S" => text_of(value).len(),
        "N" => number_bytes(&text_of(value)),
        "B" => text_of(value).len() * 3 / 4,
        "NS" => list().iter().map(|number| number_bytes(&text_of(number))).sum(),
        "L" => 3 + list().iter().map(|value| 1 + attribute_bytes(value)).sum::<usize>(),
        "BOOL" | "NULL" => 1,
        other => panic!("the store does not use attributes of type {other}"),
    }
}

/// A byte for two significant digits, and one more, or two for a negative number.
fn number_bytes(number: &str) -> usize {
    let digits = number.trim_start_matches('-');
    digits.len().div_ceil(2) + 1 + usize::from(digits.len() < number.len())
}

#[test]
fn an_item_has_the_bytes_of_its_names_and_values() {
    let item = serde_json::json!({ "pk": { "S": "m:é" }, "n": { "N": "-123" },
        "l": { "L": [{ "N": "1" }] }, "set": { "NS": ["10", "7"] }, "yes": { "BOOL": true } });
    assert_eq!(item_bytes(&item), (2 + 4) + (1 + 4) + (1 + 3 + 1 + 2) + (3 + 4) + (3 + 1));
}
