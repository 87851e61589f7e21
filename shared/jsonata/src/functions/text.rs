//! `$parse`.

use jsonata_core::{evaluator::HostFnResult, value::JValue};
use serde_json::Value;

use super::{check_argument_count, text_argument, thrown_error, undefined_result};
use crate::convert;

/// `$parse(text)`: the value that a JSON text stands for.
pub(super) fn parse_json_text(arguments: &[JValue]) -> HostFnResult {
    check_argument_count("parse", arguments, 1)?;
    let Some(text) = text_argument("parse", arguments, 0)? else { return undefined_result() };
    let value: Value = serde_json::from_str(text)
        .map_err(|error| thrown_error(format!("Invalid JSON: {error}")))?;
    Ok(convert::to_engine(&value))
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, failure_cause};

    #[test]
    fn json_text_is_parsed() {
        assert_eq!(
            evaluated_value(r#"$parse('{"b":[1,2.5],"a":null}')"#),
            r#"{"b":[1,2.5],"a":null}"#
        );
        assert_eq!(evaluated_value("$parse('[1]')"), "[1]");
        assert!(
            failure_cause("$parse('{')").contains("threw an error during evaluation: Invalid JSON")
        );
        assert!(failure_cause("$parse($nope)").contains("returned nothing"));
    }
}
