//! `States.Hash`.

use std::{borrow::Cow, fmt::Write};

use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{IntrinsicError, IntrinsicResult, limited_text, string::json_text};

/// `States.Hash(data, algorithm)`: lower-case hexadecimal digits.
///
/// A value that is not a text is hashed as its JSON text. The algorithm's name must be spelled as
/// documented.
pub(super) fn hash_data(arguments: &[Cow<'_, Value>]) -> IntrinsicResult {
    let [data, algorithm] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    let data = json_text(data);
    let bytes = limited_text(&data)?.as_bytes();
    let digest = match algorithm.as_str() {
        Some("MD5") => hex_digest::<Md5>(bytes),
        Some("SHA-1") => hex_digest::<Sha1>(bytes),
        Some("SHA-256") => hex_digest::<Sha256>(bytes),
        Some("SHA-384") => hex_digest::<Sha384>(bytes),
        Some("SHA-512") => hex_digest::<Sha512>(bytes),
        _ => return Err(IntrinsicError::InvalidArguments),
    };
    Ok(Value::String(digest))
}

fn hex_digest<D: Digest>(bytes: &[u8]) -> String {
    D::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::evaluate;

    #[test]
    fn the_documented_algorithms_are_known() {
        let hash = |name: &str| evaluate(&format!("States.Hash('hello', '{name}')"), &Value::Null);
        assert_eq!(hash("MD5"), Ok(json!("5d41402abc4b2a76b9719d911017c592")));
        assert_eq!(hash("SHA-1"), Ok(json!("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")));
        for (name, digits) in [("SHA-256", 64), ("SHA-384", 96), ("SHA-512", 128)] {
            let length = hash(name).ok().and_then(|value| value.as_str().map(str::len));
            assert_eq!(length, Some(digits), "{name}");
        }
        for name in ["sha-256", "SHA256", "MD-5", ""] {
            assert!(hash(name).is_err(), "{name}");
        }
    }

    #[test]
    fn values_are_hashed_as_json() {
        let data = json!({"value": {"a": [1]}, "text": r#"{"a":[1]}"#});
        let value = evaluate("States.Hash($.value, 'MD5')", &data);
        assert!(value.is_ok());
        assert_eq!(value, evaluate("States.Hash($.text, 'MD5')", &data));
    }

    #[test]
    fn ten_thousand_characters_are_the_most() {
        assert!(evaluate("States.Hash($, 'MD5')", &json!("a".repeat(10_001))).is_err());
    }
}
