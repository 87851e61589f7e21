//! `$base64encode`, `$base64decode`, and the functions of URLs.

use std::fmt::Write;

use super::Arguments;
use crate::{
    datum::{Datum, quote_json},
    thrown::{CodedError, Evaluated, Thrown},
};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `$base64encode(text)`: as in jsonata-js, of each UTF-16 code unit the lower byte.
pub(super) fn base64_encode<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 32)?;
    let _charge = arguments.meter().charge(2 * text.len())?;
    let bytes: Vec<u8> = text.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect();
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            if index <= chunk.len() {
                let sextet = (bits >> (18 - 6 * index)) & 63;
                encoded.push(char::from(ALPHABET[sextet as usize]));
            } else {
                encoded.push('=');
            }
        }
    }
    arguments.text_result(encoded)
}

/// `$base64decode(text)`: a character for each byte. Other text than base64 is an internal error
/// (observed on AWS).
pub(super) fn base64_decode<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 32)?;
    let _charge = arguments.meter().charge(2 * text.len())?;
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let mut decoded = String::with_capacity(digits.len());
    for chunk in digits.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for digit in chunk {
            let sextet = ALPHABET.iter().position(|known| known == digit);
            let sextet = sextet.and_then(|sextet| u32::try_from(sextet).ok());
            bits = bits << 6 | sextet.ok_or(Thrown::Internal)?;
        }
        if chunk.len() == 1 {
            return Err(Thrown::Internal);
        }
        bits <<= 6 * (4 - chunk.len());
        let bytes = bits.to_be_bytes();
        decoded.extend(bytes.iter().skip(1).take(chunk.len() - 1).map(|byte| char::from(*byte)));
    }
    arguments.text_result(decoded)
}

/// What `encodeURI` keeps.
const URL_KEPT: &[u8] = b";,/?:@&=+$#-_.!~*'()";

/// What `encodeURIComponent` keeps.
const COMPONENT_KEPT: &[u8] = b"-_.!~*'()";

/// What `decodeURI` does not decode.
const URL_RESERVED: &[u8] = b";/?:@&=+$,#";

pub(super) fn encode_url<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    percent_encode(arguments, URL_KEPT)
}

pub(super) fn encode_url_component<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    percent_encode(arguments, COMPONENT_KEPT)
}

fn percent_encode<'a>(arguments: Arguments<'_, 'a>, kept: &[u8]) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 32)?;
    let _charge = arguments.meter().charge(3 * text.len())?;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    arguments.text_result(encoded)
}

pub(super) fn decode_url<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    percent_decode(arguments, "decodeUrl", URL_RESERVED)
}

pub(super) fn decode_url_component<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    percent_decode(arguments, "decodeUrlComponent", b"")
}

fn percent_decode<'a>(
    arguments: Arguments<'_, 'a>,
    function: &'static str,
    reserved: &[u8],
) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 32)?;
    let _charge = arguments.meter().charge(text.len())?;
    match percent_decoded(text, reserved) {
        Some(decoded) => arguments.text_result(decoded),
        None => Err(Thrown::Coded(Box::new(CodedError {
            code: "D3140",
            value: Some(quote_json(text)),
            function,
            ..CodedError::default()
        }))),
    }
}

/// The decoded text; `None` if it is malformed.
fn percent_decoded(text: &str, reserved: &[u8]) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            decoded.push(*first);
            rest = after;
            continue;
        }
        let digit = |index: usize| char::from(*after.get(index)?).to_digit(16);
        let byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
        if reserved.contains(&byte) {
            decoded.extend_from_slice(&rest[..3]);
        } else {
            decoded.push(byte);
        }
        rest = &rest[3..];
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, failure_cause, thrown_message};

    #[test]
    fn what_a_url_may_hold_is_kept() {
        assert_eq!(
            evaluated_value("$encodeUrl('a b/ü?x=[1]&y=\"')"),
            "\"a%20b/%C3%BC?x=%5B1%5D&y=%22\""
        );
        assert_eq!(
            evaluated_value("$encodeUrlComponent('a b/ü?x=(1)')"),
            "\"a%20b%2F%C3%BC%3Fx%3D(1)\""
        );
        assert_eq!(evaluated_value("('a b').$encodeUrl()"), "\"a%20b\"");
        assert!(
            failure_cause("$encodeUrl(1)").contains("T0410: Argument 1 of function \"encodeUrl\"")
        );
        assert_eq!(evaluated_value("$decodeUrl('%C3%BC%3F')"), "\"ü%3F\"");
        assert_eq!(
            thrown_message("$decodeUrlComponent('%')"),
            r#"D3140: Malformed URL passed to $decodeUrlComponent(): "%""#
        );
    }

    #[test]
    fn base64_is_decoded_strictly() {
        assert_eq!(evaluated_value("$base64encode('myuser:mypass')"), "\"bXl1c2VyOm15cGFzcw==\"");
        assert_eq!(evaluated_value("$base64decode('bXl1c2VyOm15cGFzcw==')"), "\"myuser:mypass\"");
        assert!(
            failure_cause("$base64decode('!!!')")
                .ends_with("threw an internal error during evaluation.")
        );
    }
}
