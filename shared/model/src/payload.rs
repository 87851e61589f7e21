//! JSON texts that flow through an execution: inputs, outputs, results.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, value::RawValue};

use crate::PayloadAddress;

/// A JSON text, kept verbatim and parsed at most once. Clones share the text and the parsed value.
///
/// It is persisted verbatim inside JSON, so it is not escaped. The log of an execution stores it
/// once ([`crate::StoredRecord`]).
#[derive(Clone)]
pub struct Payload(Arc<PayloadText>);

struct PayloadText {
    text: Box<RawValue>,
    value: OnceLock<Value>,
    /// Where the log of its execution holds the text; unset until it does.
    address: OnceLock<PayloadAddress>,
}

/// The text is not JSON, or nests deeper than [`crate::limits::JSON_DEPTH_MAX`].
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PayloadError(#[from] serde_json::Error);

impl Payload {
    /// Parses a JSON text and keeps it as the user wrote it, inner white space included.
    pub fn parse(text: &str) -> Result<Self, PayloadError> {
        let value: Value = serde_json::from_str(text)?;
        let text = RawValue::from_string(text.trim().to_owned())?;
        Ok(Self::from_parts(text, value.into()))
    }

    /// Serializes a JSON value as compact text.
    ///
    /// # Panics
    /// Never: a JSON value always prints.
    pub fn from_value(value: Value) -> Self {
        let text = serde_json::value::to_raw_value(&value)
            .expect("a JSON value has string keys and finite numbers, so it prints");
        Self::from_parts(text, value.into())
    }

    fn from_parts(text: Box<RawValue>, value: OnceLock<Value>) -> Self {
        Self(Arc::new(PayloadText { text, value, address: OnceLock::new() }))
    }

    /// Returns the payload `{}`.
    pub fn empty_object() -> Self {
        Self::from_value(Value::Object(serde_json::Map::new()))
    }

    /// Returns the JSON text.
    pub fn json_text(&self) -> &str {
        self.0.text.get()
    }

    /// Returns the parsed value. Parses the text on first use.
    ///
    /// # Panics
    /// Never, as long as the store returns the texts that it was given.
    pub fn json_value(&self) -> &Value {
        self.0.value.get_or_init(|| {
            serde_json::from_str(self.0.text.get())
                .expect("only texts that parse become payloads; persisted ones did before")
        })
    }

    /// Returns where the log of the payload's execution holds it, as far as this process knows.
    pub fn address(&self) -> Option<&PayloadAddress> {
        self.0.address.get()
    }

    /// Notes where the log of the payload's execution holds it. The first address stays.
    pub(crate) fn set_address(&self, address: PayloadAddress) {
        self.0.address.get_or_init(|| address);
    }

    /// Returns whether both have the same text. Fast when they share one allocation.
    pub fn has_same_text(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.json_text() == other.json_text()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json_text())
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.has_same_text(other)
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self::from_parts(text, OnceLock::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_keeps_its_text_through_storage() {
        let payload = Payload::parse(" {\"b\": 1.0,\n \"a\": [null]}").expect("valid JSON");
        let stored = serde_json::to_string(&payload).expect("payloads print");
        let loaded: Payload = serde_json::from_str(&stored).expect("stored payloads load");
        assert_eq!(loaded.json_text(), "{\"b\": 1.0,\n \"a\": [null]}");
        assert_eq!(loaded.json_value(), payload.json_value());
    }

    #[test]
    fn a_text_that_nests_too_deep_is_no_payload() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Payload::parse(&deep(crate::limits::JSON_DEPTH_MAX)).is_ok());
        assert!(Payload::parse(&deep(crate::limits::JSON_DEPTH_MAX + 1)).is_err());
    }
}
