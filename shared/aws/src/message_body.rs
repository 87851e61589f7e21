//! Messages as SQS bodies. A body is JSON if that is short and SQS accepts its characters.
//! Otherwise it is Base64 of JSON that zstd has compressed. If that is too long, the body is a
//! reference to parts in the table. JSON begins with a brace, a reference with a bracket, and
//! Base64 contains neither.
//!
//! Spec: SQS, `SendMessage` § `MessageBody`: at most 1 MiB, and only characters of XML 1.0.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error,
    item_parts::PartsReference,
    packed_attribute::{compress_json, decompress_json},
};

/// Bytes up to which a message is billed as one request: SQS counts each 64 KiB as one.
const PLAIN_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the largest body, and of all bodies of a batch together. A queue takes that much only if
/// it is told to: many have a quarter of it.
///
/// Spec: `SetQueueAttributes` § `MaximumMessageSize`; `SendMessageBatch`: "the maximum total payload
/// size" is 1 MiB as well.
pub const MESSAGE_BODY_BYTES_MAX: usize = 1 << 20;
/// What a received message is called in errors.
const RECEIVED: &str = "a message";

/// A message, encoded for sending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EncodedMessage {
    /// The SQS body.
    Body(String),
    /// Too large for a body: these compressed bytes are to be stored as parts.
    TooLarge(Vec<u8>),
}

/// A received body, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DecodedMessage<A> {
    /// The message, which the body held entirely.
    Message(A),
    /// The partition key and the parts that hold the message, compressed.
    InParts(String, PartsReference),
}

/// Encodes a message. Errors name `of`.
pub(crate) fn encode_message(of: &str, value: &impl Serialize) -> Result<EncodedMessage, Error> {
    let json = serde_json::to_string(value).map_err(|error| Error::broken(of, error))?;
    if json.len() <= PLAIN_BYTES_MAX && json.chars().all(is_sendable_character) {
        return Ok(EncodedMessage::Body(json));
    }
    let packed = compress_json(of, &json)?;
    let is_sendable =
        base64::encoded_len(packed.len(), true).is_some_and(|len| len <= MESSAGE_BODY_BYTES_MAX);
    Ok(if is_sendable {
        EncodedMessage::Body(BASE64_STANDARD.encode(packed))
    } else {
        EncodedMessage::TooLarge(packed)
    })
}

/// The body that refers to parts of a partition.
pub(crate) fn encode_parts_reference(pk: &str, parts: &PartsReference) -> Result<String, Error> {
    serde_json::to_string(&(pk, parts)).map_err(broken_message)
}

/// Decodes a body.
pub(crate) fn decode_message<A: DeserializeOwned>(body: &str) -> Result<DecodedMessage<A>, Error> {
    if body.starts_with('{') {
        let message = serde_json::from_str(body).map_err(|why| Error::unreadable(RECEIVED, why))?;
        return Ok(DecodedMessage::Message(message));
    }
    if body.starts_with('[') {
        let (pk, parts) = serde_json::from_str(body).map_err(broken_message)?;
        return Ok(DecodedMessage::InParts(pk, parts));
    }
    let packed = BASE64_STANDARD.decode(body).map_err(broken_message)?;
    decompress_json(RECEIVED, &packed).map(DecodedMessage::Message)
}

fn broken_message(reason: impl std::fmt::Display) -> Error {
    Error::broken(RECEIVED, reason)
}

/// Whether XML 1.0 allows a character. JSON escapes control characters, so only these two can
/// occur.
const fn is_sendable_character(character: char) -> bool {
    !matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_message_is_readable() {
        let body = encode_message("e", &serde_json::json!({"a": "é"})).expect("prints");
        assert_eq!(body, EncodedMessage::Body("{\"a\":\"é\"}".to_owned()));
    }

    #[test]
    fn what_may_not_be_sent_is_sent_otherwise() {
        let large = "x".repeat(PLAIN_BYTES_MAX);
        for text in ["\u{FFFF}", "\u{FFFE}", "\u{0}", large.as_str()] {
            let message = serde_json::json!({ "a": text });
            let EncodedMessage::Body(body) = encode_message("e", &message).expect("prints") else {
                panic!("it is short");
            };
            assert!(body.chars().all(|one| is_sendable_character(one) && !one.is_control()));
            assert!(body.len() < PLAIN_BYTES_MAX);
            assert_eq!(
                decode_message(&body).expect("it was just sealed"),
                DecodedMessage::Message(message)
            );
        }
    }

    #[test]
    fn a_body_of_somebody_else_is_no_message() {
        for body in ["", "hello", "aGVsbG8=", "{", "[]"] {
            assert!(decode_message::<model::QueueMessage>(body).is_err(), "{body}");
        }
    }
}
