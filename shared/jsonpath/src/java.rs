//! Prints values as Java does, because AWS's messages and results contain Java's text.

pub(crate) mod hash_map;
pub(crate) mod json_refusal;
pub(crate) mod random;

use serde_json::{Number, Value};

/// The Java class that the JSON reader of AWS's path library uses for a value.
pub(crate) fn java_class_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(number) if number.is_f64() => "java.lang.Double",
        Value::Number(number) => match number.as_i64() {
            Some(n) if i32::try_from(n).is_ok() => "java.lang.Integer",
            Some(_) => "java.lang.Long",
            None => "java.math.BigInteger",
        },
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "net.minidev.json.JSONArray",
        Value::Object(_) => "java.util.LinkedHashMap",
    }
}

/// Java's `toString` of a value: texts without quotes, objects as `{a=1, b=2}`, arrays as JSON.
pub(crate) fn java_to_string(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number_text(number),
        Value::Object(members) => {
            let parts: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}={}", java_to_string(value)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) => value.to_string(),
    }
}

/// Java's `toString` of a value that is made of Java's own maps and lists: `{a=1, b=[x, null]}`.
pub(crate) fn map_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number_text(number),
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(map_text).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{name}={}", map_text(value));
            let parts: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

/// A number as Java prints it. Floating-point numbers are printed as by `Double.toString`.
pub(crate) fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(double) if number.is_f64() => double_text(double),
        _ => number.to_string(),
    }
}

/// Java's `Double.toString`: plain from 10^-3 to below 10^7, otherwise with an exponent: `1.0E10`.
pub(crate) fn double_text(double: f64) -> String {
    let magnitude = double.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{double:?}");
    }
    let scientific = format!("{double:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{double_text, java_to_string, map_text};

    #[test]
    fn doubles_print_as_in_java() {
        assert_eq!(double_text(8.95), "8.95");
        assert_eq!(double_text(5.0), "5.0");
        assert_eq!(double_text(1e10), "1.0E10");
        assert_eq!(double_text(1.25e-5), "1.25E-5");
        assert_eq!(double_text(-0.0), "-0.0");
    }

    #[test]
    fn maps_and_lists_print_without_quotes_at_every_depth() {
        let value = json!({"a": "x", "b": [1, "y", {"c": null}], "d": {}});
        assert_eq!(map_text(&value), "{a=x, b=[1, y, {c=null}], d={}}");
    }

    #[test]
    fn objects_print_as_maps_and_arrays_as_json() {
        assert_eq!(java_to_string(&json!({"a": "x", "b": [1, "y"]})), "{a=x, b=[1,\"y\"]}");
    }
}
