//! Checks a mocked result against the shape of an API's response. The error messages are recorded.

use serde_json::Value;

/// How strictly a mocked result is checked against the API response that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MockResponseValidationMode {
    /// `STRICT`: required fields must be present, and present fields must be valid.
    Strict,
    /// `PRESENT`: present fields must be valid.
    Present,
    /// `NONE`: nothing is checked.
    Off,
}

/// The shape that a value must have.
#[derive(Clone, Copy)]
pub(super) enum FieldShape {
    /// A text, a blob or a time: a string of at least `chars_min` characters.
    Text { chars_min: usize },
    /// A number from `minimum` to `maximum`, both included.
    Number { minimum: f64, maximum: f64 },
    /// One of these strings.
    Enum(&'static [&'static str]),
    /// An array of any number of these.
    List(&'static FieldShape),
    /// An object; fields that are not named may be anything.
    Object(&'static [ResponseField]),
}

/// A field of an object.
#[derive(Clone, Copy)]
pub(super) struct ResponseField {
    pub(super) name: &'static str,
    pub(super) shape: FieldShape,
    pub(super) need: FieldNeed,
}

/// Whether `STRICT` requires a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldNeed {
    Required,
    Optional,
}

/// Checks the fields of a value. The error is about the first field that is wrong, in the order of
/// `fields`.
pub(super) fn check_response(
    fields: &[ResponseField],
    value: &Value,
    validation: MockResponseValidationMode,
) -> Result<(), String> {
    if validation == MockResponseValidationMode::Off {
        return Ok(());
    }
    for ResponseField { name, shape, need } in fields {
        match value.get(name).filter(|value| !value.is_null()) {
            Some(value) => check_value(*shape, name, value, validation)?,
            None if *need == FieldNeed::Required
                && validation == MockResponseValidationMode::Strict =>
            {
                return Err(format!("Required field '{name}' is missing"));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_value(
    shape: FieldShape,
    name: &str,
    value: &Value,
    validation: MockResponseValidationMode,
) -> Result<(), String> {
    let fails = |rule: &str| Err(format!("Field '{name}' {rule}"));
    match shape {
        FieldShape::Text { chars_min } => match value.as_str() {
            None => fails("must be a string"),
            Some(text) if text.chars().count() < chars_min => {
                fails("is smaller than the minimum length")
            }
            Some(_) => Ok(()),
        },
        FieldShape::Number { minimum, maximum } => match value.as_f64() {
            None => fails("must be a number"),
            Some(number) if number < minimum => fails("is less than the minimum value"),
            Some(number) if number > maximum => fails("exceeds the maximum value"),
            Some(_) => Ok(()),
        },
        FieldShape::Enum(values) => match value.as_str() {
            None => fails("must be a string"),
            Some(text) if !values.contains(&text) => fails("is not an expected value"),
            Some(_) => Ok(()),
        },
        FieldShape::List(element) => match value.as_array() {
            None => fails("must be an array"),
            Some(values) => {
                values.iter().try_for_each(|value| check_value(*element, name, value, validation))
            }
        },
        FieldShape::Object(fields) => {
            if !value.is_object() {
                return fails("must be an object");
            }
            check_response(fields, value, validation)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: &[ResponseField] = &[
        ResponseField {
            name: "Id",
            shape: FieldShape::Text { chars_min: 2 },
            need: FieldNeed::Required,
        },
        ResponseField {
            name: "Sizes",
            shape: FieldShape::List(&FieldShape::Object(&[ResponseField {
                name: "Size",
                shape: FieldShape::Number { minimum: 1.0, maximum: 9.0 },
                need: FieldNeed::Optional,
            }])),
            need: FieldNeed::Optional,
        },
        ResponseField { name: "Hue", shape: FieldShape::Enum(&["RED"]), need: FieldNeed::Optional },
    ];

    #[expect(clippy::needless_pass_by_value, reason = "tests read better without borrows")]
    fn strictly(value: Value) -> String {
        check_response(FIELDS, &value, MockResponseValidationMode::Strict).err().unwrap_or_default()
    }

    #[test]
    fn the_first_field_that_does_not_fit_is_named_by_its_last_name() {
        for (value, words) in [
            (json!({"id": "lower case"}), "Required field 'Id' is missing"),
            (json!({"Id": true}), "Field 'Id' must be a string"),
            (json!({"Id": "x"}), "Field 'Id' is smaller than the minimum length"),
            (json!({"Id": "xx", "Sizes": {}}), "Field 'Sizes' must be an array"),
            (json!({"Id": "xx", "Sizes": [1]}), "Field 'Sizes' must be an object"),
            (
                json!({"Id": "xx", "Sizes": [{"Size": 1}, {"Size": "2"}]}),
                "Field 'Size' must be a number",
            ),
            (
                json!({"Id": "xx", "Sizes": [{"Size": 0}]}),
                "Field 'Size' is less than the minimum value",
            ),
            (
                json!({"Id": "xx", "Sizes": [{"Size": 10}]}),
                "Field 'Size' exceeds the maximum value",
            ),
            (json!({"Id": "xx", "Hue": "BLUE"}), "Field 'Hue' is not an expected value"),
            (json!({"Id": "xx", "Unknown": 1}), ""),
        ] {
            assert_eq!(strictly(value), words);
        }
    }

    #[test]
    fn what_is_not_there_need_not_be_valid() {
        assert_eq!(check_response(FIELDS, &json!({}), MockResponseValidationMode::Present), Ok(()));
        assert!(
            check_response(FIELDS, &json!({"Id": 1}), MockResponseValidationMode::Present).is_err()
        );
        assert_eq!(
            check_response(FIELDS, &json!({"Id": 1}), MockResponseValidationMode::Off),
            Ok(())
        );
    }
}
