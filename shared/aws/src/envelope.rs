//! Messages as bodies of SQS: JSON where that may be sent and is short, else Base64 of JSON that
//! zstd has compressed. JSON begins with a brace, which Base64 does not have.
//!
//! Spec: SQS, `SendMessage` § `MessageBody`: at most 1 MiB, and only characters of XML 1.0.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, de::DeserializeOwned};

use crate::Error;

/// Bytes up to which a message is one request: SQS counts each 64 KiB as one.
const PLAIN_BYTES_MAX: usize = 64 * 1024;
/// zstd's own choice between speed and size.
const LEVEL: i32 = 3;

/// The body of a message.
pub(crate) fn sealed(of: &str, value: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_string(value).map_err(|error| Error::broken(of, error))?;
    if json.len() <= PLAIN_BYTES_MAX && json.chars().all(may_be_sent) {
        return Ok(json);
    }
    let packed = zstd::bulk::compress(json.as_bytes(), LEVEL);
    let packed = packed.map_err(|error| Error::broken(of, error))?;
    Ok(BASE64_STANDARD.encode(packed))
}

/// The message of a body.
pub(crate) fn opened<A: DeserializeOwned>(body: &str) -> Result<A, Error> {
    let parsed = |json: &str| serde_json::from_str(json).map_err(broken);
    if body.starts_with('{') {
        return parsed(body);
    }
    let packed = BASE64_STANDARD.decode(body).map_err(broken)?;
    let json = zstd::decode_all(packed.as_slice()).map_err(broken)?;
    parsed(&String::from_utf8(json).map_err(broken)?)
}

fn broken(reason: impl std::fmt::Display) -> Error {
    Error::broken("a message", reason)
}

/// JSON has no other control characters than these, unescaped.
const fn may_be_sent(character: char) -> bool {
    !matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_message_is_readable() {
        assert_eq!(sealed("e", &serde_json::json!({"a": "é"})).expect("prints"), "{\"a\":\"é\"}");
    }

    #[test]
    fn what_may_not_be_sent_is_sent_otherwise() {
        let large = "x".repeat(PLAIN_BYTES_MAX);
        for text in ["\u{FFFF}", "\u{FFFE}", "\u{0}", large.as_str()] {
            let message = serde_json::json!({ "a": text });
            let body = sealed("e", &message).expect("prints");
            assert!(body.chars().all(|one| may_be_sent(one) && !one.is_control()));
            assert!(body.len() < PLAIN_BYTES_MAX);
            let opened: serde_json::Value = opened(&body).expect("it was just sealed");
            assert_eq!(opened, message);
        }
    }

    #[test]
    fn a_body_of_somebody_else_is_no_message() {
        for body in ["", "hello", "aGVsbG8=", "{", "[]"] {
            assert!(opened::<model::Message>(body).is_err(), "{body}");
        }
    }
}
