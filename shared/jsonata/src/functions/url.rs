//! `$encodeUrl` and `$encodeUrlComponent`.

use std::fmt::Write;

use jsonata_core::{evaluator::HostFnResult, value::JValue};

use super::{check_argument_count, text_argument, undefined_result};

/// `$encodeUrl(text)`, which is JavaScript's `encodeURI`.
pub(super) fn encode_url(arguments: &[JValue]) -> HostFnResult {
    percent_encode("encodeUrl", arguments, b";,/?:@&=+$#-_.!~*'()")
}

/// `$encodeUrlComponent(text)`, which is JavaScript's `encodeURIComponent`.
pub(super) fn encode_url_component(arguments: &[JValue]) -> HostFnResult {
    percent_encode("encodeUrlComponent", arguments, b"-_.!~*'()")
}

fn percent_encode(function: &str, arguments: &[JValue], kept: &[u8]) -> HostFnResult {
    check_argument_count(function, arguments, 1)?;
    let Some(text) = text_argument(function, arguments, 0)? else { return undefined_result() };
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    Ok(JValue::from(encoded))
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, failure_cause};

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
    }
}
