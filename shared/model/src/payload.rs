//! JSON texts that flow through an execution: inputs, outputs, results.

use std::{
    fmt, io,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, value::RawValue};

use crate::{PayloadAddress, limits::JSON_DEPTH_MAX};

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

/// Why a value is not printed as a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadRefusal {
    /// Its text would be longer than it may be.
    #[error("the value is too large for a payload")]
    TooLarge,
    /// It nests deeper than [`crate::limits::JSON_DEPTH_MAX`], so its text could not be read again.
    #[error("the value nests too deep for a payload")]
    TooDeep,
}

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

    /// Serializes a JSON value as compact text of at most `bytes_max` bytes, which can be read again.
    /// A longer text is not made.
    pub fn from_value_within(value: Value, bytes_max: usize) -> Result<Self, PayloadRefusal> {
        if !nests_at_most(&value, JSON_DEPTH_MAX) {
            return Err(PayloadRefusal::TooDeep);
        }
        let mut text = LimitedText { text: Vec::new(), bytes_max };
        // A JSON value always prints, so only the limit refuses it.
        serde_json::to_writer(&mut text, &value).map_err(|_| PayloadRefusal::TooLarge)?;
        let text = String::from_utf8(text.text).map_err(|_| PayloadRefusal::TooLarge)?;
        let text = RawValue::from_string(text).map_err(|_| PayloadRefusal::TooLarge)?;
        Ok(Self::from_parts(text, value.into()))
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

    /// Returns the value for one use. Parses the text if it was not parsed before, and keeps nothing.
    ///
    /// # Panics
    /// Never, for the same reason as [`Self::json_value`].
    pub fn to_value(&self) -> Value {
        self.0.value.get().cloned().unwrap_or_else(|| {
            serde_json::from_str(self.0.text.get())
                .expect("only texts that parse become payloads; persisted ones did before")
        })
    }

    /// Returns whether the text nests deeper than [`crate::limits::JSON_DEPTH_MAX`], so that it
    /// cannot be parsed. Only a payload that was made by [`Self::from_value`] does.
    pub fn nests_too_deep(&self) -> bool {
        let mut depth = 0_usize;
        outside_strings(self.json_text()).any(|byte| {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > JSON_DEPTH_MAX
        })
    }

    /// Returns how long the text is without the white space between its parts, in bytes.
    pub fn compact_bytes(&self) -> usize {
        let text = self.json_text();
        text.len() - outside_strings(text).filter(u8::is_ascii_whitespace).count()
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

/// A text that refuses to grow beyond its limit.
struct LimitedText {
    text: Vec<u8>,
    bytes_max: usize,
}

impl io::Write for LimitedText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.bytes_max - self.text.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether arrays and objects nest at most this deep. Recurses no deeper.
fn nests_at_most(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(items) => depth > 0 && items.iter().all(|item| nests_at_most(item, depth - 1)),
        Value::Object(members) => {
            depth > 0 && members.values().all(|member| nests_at_most(member, depth - 1))
        }
    }
}

/// The bytes of a JSON text that are not inside its strings.
fn outside_strings(text: &str) -> impl Iterator<Item = u8> {
    let (mut is_inside, mut is_escaped) = (false, false);
    text.bytes().filter(move |byte| {
        if !is_inside {
            is_inside = *byte == b'"';
            return true;
        }
        match (is_escaped, byte) {
            (true, _) => is_escaped = false,
            (false, b'\\') => is_escaped = true,
            (false, b'"') => is_inside = false,
            (false, _) => {}
        }
        false
    })
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
        assert!(Payload::parse(&deep(JSON_DEPTH_MAX)).is_ok());
        assert!(Payload::parse(&deep(JSON_DEPTH_MAX + 1)).is_err());
    }

    #[test]
    fn what_is_printed_within_limits_can_be_read_again() {
        let deep = |levels| (0..levels).fold(Value::Null, |value, _| Value::from(vec![value]));
        let print = |value| Payload::from_value_within(value, 1_000);
        let printed = print(deep(JSON_DEPTH_MAX)).expect("it is just not too deep");
        assert!(Payload::parse(printed.json_text()).is_ok() && !printed.nests_too_deep());
        assert_eq!(print(deep(JSON_DEPTH_MAX + 1)).err(), Some(PayloadRefusal::TooDeep));
        assert!(Payload::from_value(deep(JSON_DEPTH_MAX + 1)).nests_too_deep());
        let text = |bytes: usize| print(Value::from("x".repeat(bytes - 2)));
        assert_eq!(text(1_000).map(|text| text.json_text().len()), Ok(1_000));
        assert_eq!(text(1_001).err(), Some(PayloadRefusal::TooLarge));
    }

    #[test]
    fn brackets_and_blanks_inside_strings_count_for_nothing() {
        let payload = Payload::parse(r#" { "a [ \" [" : [ 1 , "[[" ] } "#).expect("valid JSON");
        assert_eq!(payload.compact_bytes(), r#"{"a [ \" [":[1,"[["]}"#.len());
        let brackets = Payload::from_value("[".repeat(JSON_DEPTH_MAX + 1).into());
        assert!(!brackets.nests_too_deep());
    }
}
