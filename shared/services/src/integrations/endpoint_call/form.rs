//! Bodies in the form `application/x-www-form-urlencoded`.

use serde_json::Value;

use crate::protocols::escape;

/// How the items of a list are named.
///
/// Spec: Developer Guide, "Call HTTPS APIs in Step Functions workflows" § `RequestEncodingOptions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArrayFormat {
    /// `a[0]=1&a[1]=2`
    Indices,
    /// `a=1&a=2`
    Repeat,
    /// `a=1,2`
    Commas,
    /// `a[]=1&a[]=2`
    Brackets,
}

impl ArrayFormat {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "INDICES" => Some(Self::Indices),
            "REPEAT" => Some(Self::Repeat),
            "COMMAS" => Some(Self::Commas),
            "BRACKETS" => Some(Self::Brackets),
            _ => None,
        }
    }
}

/// Writes an object as a form.
pub(super) fn encode(value: &Value, arrays: ArrayFormat) -> String {
    let mut fields = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        push(name.clone(), value, arrays, &mut fields);
    }
    let fields = fields.iter();
    let written: Vec<String> =
        fields.map(|(name, value)| format!("{}={}", escape(name, ""), escape(value, ""))).collect();
    written.join("&")
}

fn push(name: String, value: &Value, arrays: ArrayFormat, fields: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                push(format!("{name}[{member}]"), value, arrays, fields);
            }
        }
        Value::Array(items) if arrays == ArrayFormat::Commas => {
            let texts: Vec<String> = items.iter().map(plain).collect();
            fields.push((name, texts.join(",")));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = match arrays {
                    ArrayFormat::Indices | ArrayFormat::Commas => format!("{name}[{index}]"),
                    ArrayFormat::Repeat => name.clone(),
                    ArrayFormat::Brackets => format!("{name}[]"),
                };
                push(name, item, arrays, fields);
            }
        }
        value => fields.push((name, plain(value))),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_written_in_four_ways() {
        let value = json!({"a": [1, "x y"], "metadata": {"k": "v"}});
        for (name, written) in [
            ("INDICES", "a%5B0%5D=1&a%5B1%5D=x%20y&metadata%5Bk%5D=v"),
            ("REPEAT", "a=1&a=x%20y&metadata%5Bk%5D=v"),
            ("COMMAS", "a=1%2Cx%20y&metadata%5Bk%5D=v"),
            ("BRACKETS", "a%5B%5D=1&a%5B%5D=x%20y&metadata%5Bk%5D=v"),
        ] {
            let arrays = ArrayFormat::parse(name).expect("a format");
            assert_eq!(encode(&value, arrays), written);
        }
    }
}
