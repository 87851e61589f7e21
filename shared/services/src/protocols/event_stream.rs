//! Answers that are streams of events.
//!
//! Spec: Smithy 2.0, "Amazon Event Stream Specification".

use serde_json::{Map, Value, json};

use super::{AnswerFault, Refusal, WireResponse};

/// What stands before the headers of a message: its length, theirs, and the checksum of both.
const PRELUDE_BYTES: usize = 12;
/// The checksum at the end of a message.
const CHECKSUM_BYTES: usize = 4;

/// An event, or the error that ends a stream.
#[derive(Debug, Default)]
struct StreamMessage<'b> {
    kind: &'b str,
    event: &'b str,
    /// The name of an exception of the model.
    exception: &'b str,
    error_code: &'b str,
    error_message: &'b str,
    payload: &'b [u8],
}

/// Reads the events of a stream into a list, each an object with the event as the member of its name.
///
/// Errors: the stream says that the operation has failed, or is none.
pub(super) fn read_events(response: &WireResponse) -> Result<Vec<Value>, AnswerFault> {
    let unreadable = |reason: &str| AnswerFault::Unreadable {
        status: response.status,
        reason: reason.to_owned(),
    };
    let mut events = Vec::new();
    let mut rest = &*response.body;
    while !rest.is_empty() {
        let message;
        (message, rest) =
            read_message(rest).ok_or_else(|| unreadable("a message of the stream is broken"))?;
        match message.kind {
            "event" => {
                let event: Value = serde_json::from_slice(message.payload)
                    .map_err(|error| unreadable(&error.to_string()))?;
                let mut named = Map::new();
                named.insert(message.event.to_owned(), event);
                events.push(named.into());
            }
            _ => return Err(AnswerFault::Refused(Box::new(refusal_in(&message, response)))),
        }
    }
    Ok(events)
}

fn refusal_in(message: &StreamMessage<'_>, response: &WireResponse) -> Refusal {
    let said: Value = serde_json::from_slice(message.payload).unwrap_or_else(|_| json!({}));
    let text = said.get("message").or_else(|| said.get("Message")).and_then(Value::as_str);
    // The model names the exception, and the stream the member that it is.
    let code = match message.exception {
        "" => message.error_code.to_owned(),
        member => {
            let mut letters = member.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        }
    };
    Refusal {
        kind: code.clone(),
        code,
        message: text.unwrap_or(message.error_message).to_owned(),
        status: response.status,
        request_id: response.request_id().map(str::to_owned),
        extended_request_id: None,
    }
}

/// The first message, and what comes after it; none if it is broken.
fn read_message(bytes: &[u8]) -> Option<(StreamMessage<'_>, &[u8])> {
    let length = usize::try_from(number(bytes, 0)?).ok()?;
    let headers_length = usize::try_from(number(bytes, 4)?).ok()?;
    let headers_end = PRELUDE_BYTES.checked_add(headers_length)?;
    let payload_end = length.checked_sub(CHECKSUM_BYTES)?;
    let message = bytes.get(..length)?;
    let headers = message.get(PRELUDE_BYTES..headers_end)?;
    let payload = message.get(headers_end..payload_end)?;
    if crc32fast::hash(message.get(..8)?) != number(message, 8)?
        || crc32fast::hash(message.get(..payload_end)?) != number(message, payload_end)?
    {
        return None;
    }
    let mut found = StreamMessage { payload, ..StreamMessage::default() };
    let mut headers = headers;
    while !headers.is_empty() {
        let (name, value);
        (name, value, headers) = read_header(headers)?;
        match name {
            ":message-type" => found.kind = value,
            ":event-type" => found.event = value,
            ":exception-type" => found.exception = value,
            ":error-code" => found.error_code = value,
            ":error-message" => found.error_message = value,
            _ => {}
        }
    }
    Some((found, bytes.get(length..)?))
}

/// The first header with its text, which is empty if it is no text, and what comes after it.
fn read_header(bytes: &[u8]) -> Option<(&str, &str, &[u8])> {
    let name_end = 1 + usize::from(*bytes.first()?);
    let name = std::str::from_utf8(bytes.get(1..name_end)?).ok()?;
    let value = bytes.get(name_end + 1..)?;
    let fixed = match bytes.get(name_end)? {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        9 => 16,
        kind @ (6 | 7) => {
            let length = usize::from(u16::from_be_bytes(value.first_chunk().copied()?));
            let bytes = value.get(2..2 + length)?;
            let text = if *kind == 7 { std::str::from_utf8(bytes).ok()? } else { "" };
            return Some((name, text, value.get(2 + length..)?));
        }
        _ => return None,
    };
    Some((name, "", value.get(fixed..)?))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
        let mut named = Vec::new();
        for (name, value) in headers {
            named.push(u8::try_from(name.len()).expect("a short name"));
            named.extend_from_slice(name.as_bytes());
            named.push(7);
            let length = u16::try_from(value.len()).expect("a short value");
            named.extend_from_slice(&length.to_be_bytes());
            named.extend_from_slice(value.as_bytes());
        }
        let length = |bytes: usize| u32::try_from(bytes).expect("a short message").to_be_bytes();
        let mut bytes = Vec::new();
        bytes.extend(length(PRELUDE_BYTES + named.len() + payload.len() + CHECKSUM_BYTES));
        bytes.extend(length(named.len()));
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes.extend(named);
        bytes.extend_from_slice(payload.as_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    fn response(body: Vec<u8>) -> WireResponse {
        WireResponse { status: 200, body: body.into(), ..WireResponse::default() }
    }

    fn event(name: &str, payload: &str) -> Vec<u8> {
        message(&[(":message-type", "event"), (":event-type", name)], payload)
    }

    #[test]
    fn events_are_read_in_their_order() {
        let body = [event("start", r#"{"a":1}"#), event("stop", "{}")].concat();
        let events = read_events(&response(body)).expect("events");
        assert_eq!(events, [json!({"start": {"a": 1}}), json!({"stop": {}})]);
        assert!(read_events(&response(Vec::new())).expect("no events").is_empty());
    }

    #[test]
    fn an_exception_in_a_stream_is_a_refusal() {
        let headers = [(":message-type", "exception"), (":exception-type", "validationException")];
        let body = [event("start", "{}"), message(&headers, r#"{"message":"too long"}"#)].concat();
        let Err(AnswerFault::Refused(refusal)) = read_events(&response(body)) else {
            panic!("it is refused");
        };
        assert_eq!(
            (refusal.code.as_str(), refusal.message.as_str()),
            ("ValidationException", "too long")
        );
    }

    #[test]
    fn a_broken_stream_is_unreadable() {
        let whole = event("start", r#"{"a":1}"#);
        let mut flipped = whole.clone();
        flipped[20] ^= 1;
        for broken in [flipped, whole[..whole.len() - 1].to_vec(), vec![0; 3]] {
            let read = read_events(&response(broken));
            assert!(matches!(read, Err(AnswerFault::Unreadable { .. })), "{read:?}");
        }
    }
}
