//! `States.Base64Encode` and `States.Base64Decode`.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{IntrinsicError, IntrinsicResult, limited_text};

/// `States.Base64Encode(text)`
pub(super) fn base64_encode(arguments: &[Cow<'_, Value>]) -> IntrinsicResult {
    Ok(Value::String(STANDARD.encode(text_argument(arguments)?)))
}

/// `States.Base64Decode(text)`
///
/// AWS never refuses a text: it skips characters outside the alphabet, stops at padding and does
/// not require any. Bytes that are not UTF-8 become replacement characters.
pub(super) fn base64_decode(arguments: &[Cow<'_, Value>]) -> IntrinsicResult {
    let (mut bytes, mut bits, mut bit_count) = (Vec::new(), 0_u32, 0_u32);
    for sextet in
        text_argument(arguments)?.bytes().take_while(|&byte| byte != b'=').filter_map(base64_sextet)
    {
        bits = ((bits << 6) | u32::from(sextet)) & 0xFFFF;
        bit_count += 6;
        if bit_count >= 8 {
            bit_count -= 8;
            // The byte above the bits that are left over.
            bytes.push((bits >> bit_count).to_le_bytes()[0]);
        }
    }
    Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
}

fn text_argument<'a>(arguments: &'a [Cow<'_, Value>]) -> Result<&'a str, IntrinsicError> {
    match arguments {
        [argument] => limited_text(argument.as_str().ok_or(IntrinsicError::InvalidArguments)?),
        _ => Err(IntrinsicError::InvalidArguments),
    }
}

/// The six bits of a character of the standard or the URL-safe alphabet.
fn base64_sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::evaluate;

    #[test]
    fn texts_are_encoded_as_utf_8() {
        assert_eq!(evaluate("States.Base64Encode('✓')", &Value::Null), Ok(json!("4pyT")));
        assert_eq!(evaluate("States.Base64Encode('')", &Value::Null), Ok(json!("")));
        assert!(evaluate("States.Base64Encode(1)", &Value::Null).is_err());
    }

    #[test]
    fn decoding_forgives() {
        let decode = |text: &str| evaluate("States.Base64Decode($)", &json!(text));
        assert_eq!(decode("aGVsbG8="), Ok(json!("hello")));
        assert_eq!(decode(" aGVs!bG8 "), Ok(json!("hello")));
        assert_eq!(decode("YWI=YWI="), Ok(json!("ab")));
        assert_eq!(decode("_-8"), Ok(json!("\u{fffd}\u{fffd}")));
        assert_eq!(decode("A"), Ok(json!("")));
    }

    #[test]
    fn ten_thousand_characters_are_the_most() {
        let data = json!(["a".repeat(10_000), "a".repeat(10_001)]);
        for function in ["Base64Encode", "Base64Decode"] {
            assert!(evaluate(&format!("States.{function}($[0])"), &data).is_ok());
            assert!(evaluate(&format!("States.{function}($[1])"), &data).is_err());
        }
    }
}
