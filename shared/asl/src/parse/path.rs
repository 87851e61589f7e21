//! Reads JSONPath paths, expressions and payload templates.

use jsonpath::{
    JsonPathExpression, PayloadTemplate, PayloadTemplateSyntaxError, ReferencePath, SourcedPath,
};
use serde_json::Value;

use super::{cursor::DocumentCursor, fields};
use crate::DiagnosticCode;

/// Reads a path into the data or the context object.
///
/// Spec: ASL § Paths.
pub(super) fn parse_sourced_path(cursor: &DocumentCursor<'_>) -> Option<SourcedPath> {
    let Ok(path) = SourcedPath::parse(cursor.expect_string()?) else {
        cursor.refuse("Value must be a valid JSONPath.");
        return None;
    };
    Some(note_path_reads(cursor, path))
}

/// Reads what AWS calls a reference path, where it may also start in the context object.
///
/// Spec: ASL § Reference Paths.
pub(super) fn parse_sourced_reference_path(cursor: &DocumentCursor<'_>) -> Option<SourcedPath> {
    let text = cursor.expect_string()?;
    if !text.starts_with('$') {
        cursor.refuse(NO_DOLLAR);
        return None;
    }
    let Some(path) = SourcedPath::parse(text).ok().filter(SourcedPath::is_definite) else {
        cursor.refuse(NOT_A_REFERENCE);
        return None;
    };
    Some(note_path_reads(cursor, path))
}

/// Reads a path that names one place in the data.
///
/// Spec: ASL § Reference Paths.
pub(super) fn parse_reference_path(cursor: &DocumentCursor<'_>) -> Option<ReferencePath> {
    let text = cursor.expect_string()?;
    if !text.starts_with('$') {
        cursor.refuse(NO_DOLLAR);
        return None;
    }
    let path = ReferencePath::parse(text).ok();
    if path.is_none() {
        cursor.refuse(NOT_A_REFERENCE);
    }
    path
}

const NOT_A_REFERENCE: &str = "Value is not a Reference Path";
const NO_DOLLAR: &str = "Value is not a Reference Path: Reference path didn't start with '$'";

fn note_path_reads(cursor: &DocumentCursor<'_>, path: SourcedPath) -> SourcedPath {
    cursor.report().note_execution_input_read(path.references_execution_input());
    path.visit_variables(&mut |name| cursor.report().note_variable_read(name));
    path
}

/// Reads a path or a call of an intrinsic function.
///
/// Spec: ASL § Intrinsic Functions.
pub(super) fn parse_path_expression(cursor: &DocumentCursor<'_>) -> Option<JsonPathExpression> {
    let Ok(expression) = JsonPathExpression::parse(cursor.expect_string()?) else {
        cursor.refuse("Value must be a valid JSONPath or a valid intrinsic function call");
        return None;
    };
    cursor.report().note_execution_input_read(expression.references_execution_input());
    expression.visit_variables(&mut |name| cursor.report().note_variable_read(name));
    Some(expression)
}

/// Reads a payload template.
///
/// Spec: ASL § Payload Template.
pub(super) fn parse_payload_template(cursor: &DocumentCursor<'_>) -> Option<PayloadTemplate> {
    match PayloadTemplate::parse(cursor.value()) {
        Ok(template) => {
            cursor.report().note_execution_input_read(template.references_execution_input());
            template.visit_variables(&mut |name| cursor.report().note_variable_read(name));
            Some(template)
        }
        Err(errors) => {
            for error in errors {
                let key = error.key;
                let message = match error.mistake {
                    PayloadTemplateSyntaxError::GivenTwice => {
                        let plain = key.strip_suffix(".$").unwrap_or(&key);
                        fields::several_fields_message(&[plain, &key])
                    }
                    PayloadTemplateSyntaxError::NotAString
                    | PayloadTemplateSyntaxError::Syntax(_)
                    | PayloadTemplateSyntaxError::TooDeep => format!(
                        "The value for the field '{key}' must be a valid JSONPath or a valid \
                         intrinsic function call"
                    ),
                };
                cursor.refuse_inside(
                    &pointer_to_location(cursor.value(), &error.pointer),
                    DiagnosticCode::SchemaValidationFailed,
                    message,
                );
            }
            None
        }
    }
}

/// Converts a JSON pointer to AWS's notation: elements as `[0]`, names unescaped.
fn pointer_to_location(root: &Value, pointer: &str) -> String {
    let mut location = String::new();
    let mut value = Some(root);
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        if let Some(Value::Array(elements)) = value {
            location = format!("{location}[{name}]");
            value = name.parse().ok().and_then(|index: usize| elements.get(index));
        } else {
            location = format!("{location}/{name}");
            value = value.and_then(|value| value.get(&name));
        }
    }
    location
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_element_of_a_template_is_located_by_its_index_in_brackets() {
        let template = json!({"a": [{"b/c": {}}], "0": {}});
        assert_eq!(pointer_to_location(&template, "/a/0/b~1c"), "/a[0]/b/c");
        assert_eq!(pointer_to_location(&template, "/0"), "/0");
        assert_eq!(pointer_to_location(&template, ""), "");
    }
}
