//! What the parts of a URI and a header have in common.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use crate::{
    moments::{parse_moment, write_moment},
    service_model::{Member, ServiceModel, Shape, TimestampFormat},
};

/// Escapes all but the unreserved characters, and those in `keep`.
///
/// Spec: RFC 3986 § 2.3.
pub(crate) fn escape(text: &str, keep: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-_.~".contains(letter) || keep.contains(letter) {
            escaped.push(letter);
        } else {
            // Writing to a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}").is_ok();
        }
    }
    escaped
}

/// Writes the fields of a form, escaped.
pub(crate) fn form_encoded(fields: &[(String, String)]) -> String {
    let fields = fields.iter();
    let written: Vec<String> =
        fields.map(|(name, value)| format!("{}={}", escape(name, ""), escape(value, ""))).collect();
    written.join("&")
}

/// Fills the labels of a host prefix.
///
/// Errors: a label has letters that could end the name of the host.
pub(super) fn fill_host_prefix(
    prefix: &str,
    members: &Map<String, Value>,
) -> Result<String, String> {
    let mut filled = prefix.to_owned();
    for (name, value) in members {
        let label = format!("{{{name}}}");
        if let (Value::String(text), true) = (value, filled.contains(&label)) {
            let is_allowed =
                |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
            if text.is_empty() || !text.chars().all(is_allowed) {
                return Err(format!("The value of the field '{name}' has an invalid format"));
            }
            filled = filled.replace(&label, text);
        }
    }
    Ok(filled)
}

/// Writes a value that is part of a URI or a header.
pub(super) fn write_scalar(
    model: &ServiceModel,
    member: &Member,
    value: &Value,
    default: TimestampFormat,
) -> String {
    if member.is_json_value {
        // A text is JSON already.
        return BASE64_STANDARD.encode(plain(value));
    }
    match (model.shape(member.shape), value) {
        (Shape::Timestamp(shape), value) => {
            let format = shape.format.unwrap_or(default);
            let written = parse_moment(value).map(|at| write_moment(at, format));
            plain(written.as_ref().unwrap_or(value))
        }
        (_, value) => plain(value),
    }
}

/// A text as it is, and of anything else its JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_ends_where_the_model_says() {
        let fill = |account: &str| {
            let members = [("AccountId".to_owned(), account.into())].into_iter().collect();
            fill_host_prefix("{AccountId}.", &members)
        };
        assert_eq!(fill("123456789012"), Ok("123456789012.".to_owned()));
        assert!(fill("a.example/").is_err());
        assert!(fill("").is_err());
    }

    #[test]
    fn all_but_unreserved_characters_are_escaped() {
        assert_eq!(escape("a b/ü~", ""), "a%20b%2F%C3%BC~");
        assert_eq!(escape("a/b", "/"), "a/b");
    }
}
