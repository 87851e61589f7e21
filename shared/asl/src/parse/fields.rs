//! Which fields an object may have, must have and must not have together.

use super::{cursor::DocumentCursor, unsupported};

/// A query language as a value; in types it is a [`super::language::ParseLanguage`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum QueryDialect {
    #[default]
    JsonPath,
    Jsonata,
}

impl QueryDialect {
    /// Returns AWS's spelling.
    const fn as_str(self) -> &'static str {
        match self {
            Self::JsonPath => "JSONPath",
            Self::Jsonata => "JSONata",
        }
    }

    const fn other_dialect(self) -> Self {
        match self {
            Self::JsonPath => Self::Jsonata,
            Self::Jsonata => Self::JsonPath,
        }
    }
}

/// The fields that one kind of object may have.
pub(super) struct ObjectSchema {
    /// Fields of both query languages, required or optional.
    pub(super) allowed: &'static [&'static str],
    /// Fields that exist only in JSONPath.
    pub(super) jsonpath: &'static [&'static str],
    /// Fields that exist only in JSONata.
    pub(super) jsonata: &'static [&'static str],
    /// Fields that must be present.
    pub(super) required: &'static [&'static str],
}

impl ObjectSchema {
    /// An object without fields.
    pub(super) const NONE: Self = Self { allowed: &[], jsonpath: &[], jsonata: &[], required: &[] };

    /// Checks that a value is an object, then its field names, which do not depend on the language.
    /// Returns false if it is no object.
    pub(super) fn check(&self, object: &DocumentCursor<'_>) -> bool {
        self.check_in_dialect(object, QueryDialect::JsonPath)
    }

    /// Checks that a value is an object, then its field names. Returns false if it is no object.
    pub(super) fn check_in_dialect(
        &self,
        object: &DocumentCursor<'_>,
        dialect: QueryDialect,
    ) -> bool {
        let is_object = object.expect_object().is_some();
        if is_object {
            self.check_names(object, dialect, |_| false);
        }
        is_object
    }

    /// Checks an object's field names; `others` tells which further names it may have.
    pub(super) fn check_names(
        &self,
        object: &DocumentCursor<'_>,
        dialect: QueryDialect,
        others: impl Fn(&str) -> bool,
    ) {
        let (own, foreign) = match dialect {
            QueryDialect::JsonPath => (self.jsonpath, self.jsonata),
            QueryDialect::Jsonata => (self.jsonata, self.jsonpath),
        };
        for name in object.field_names() {
            if foreign.contains(&name) {
                object.refuse(format!(
                    "The QueryLanguage is set to '{}', but field '{name}' is only supported for \
                     the '{}' QueryLanguage",
                    dialect.as_str(),
                    dialect.other_dialect().as_str()
                ));
            } else if self.allowed.contains(&name) || own.contains(&name) {
                unsupported::refuse_field(object, name);
            } else if !others(name) {
                object.refuse(format!("Field '{name}' is not supported"));
            }
        }
        let missing: Vec<&str> =
            self.required.iter().copied().filter(|name| !object.has_field(name)).collect();
        if !missing.is_empty() {
            object.refuse(format!("These fields are required: [{}]", missing.join(", ")));
        }
    }
}

/// Returns the field of a group of which an object must have exactly one.
pub(super) fn exactly_one<'a, 'n>(
    object: &DocumentCursor<'a>,
    group: &[&'n str],
) -> Option<(&'n str, DocumentCursor<'a>)> {
    let found = at_most_one(object, group)?;
    if found.is_none() {
        object.refuse(no_field_message(group));
    }
    found
}

/// Returns the field of a group that an object has, if any. The outer `None` means several.
#[expect(clippy::option_option, reason = "several, none and one are three things")]
pub(super) fn at_most_one<'a, 'n>(
    object: &DocumentCursor<'a>,
    group: &[&'n str],
) -> Option<Option<(&'n str, DocumentCursor<'a>)>> {
    let mut present = group.iter().filter_map(|name| Some((*name, object.get(name)?)));
    let found = present.next();
    if present.next().is_some() {
        object.refuse(several_fields_message(group));
        return None;
    }
    Some(found)
}

/// Returns AWS's message for an object that has several fields of a group.
pub(super) fn several_fields_message(group: &[&str]) -> String {
    format!("There should only be one of the following fields: [{}]", group.join(", "))
}

/// Returns AWS's message for an object that has no field of a group.
pub(super) fn no_field_message(group: &[&str]) -> String {
    format!("This object should have only one of the following fields: [{}]", group.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::refusals_of;

    #[test]
    fn a_field_of_another_type_of_state_is_refused_at_the_state() {
        assert_eq!(
            refusals_of(json!({"TimeoutSeconds": 0, "Type": "Pass", "End": 0, "Items": 1})),
            [
                "Field 'TimeoutSeconds' is not supported at /States/S",
                "Field 'Items' is not supported at /States/S",
                "Expected value of type [BOOLEAN] at /States/S/End",
            ]
        );
        let handled = ["Choice", "Wait", "Succeed", "Fail", "Pass"];
        let timed = ["Choice", "Wait", "Succeed", "Fail", "Pass", "Parallel", "Map"];
        for (field, types) in
            [("Retry", &handled[..]), ("Catch", &handled), ("TimeoutSeconds", &timed)]
        {
            for state_type in types {
                let refusals = refusals_of(json!({"Type": state_type, field: []}));
                let expected = format!("Field '{field}' is not supported at /States/S");
                assert!(refusals.contains(&expected), "{state_type}: {refusals:?}");
            }
        }
    }

    #[test]
    fn a_field_of_jsonata_is_refused_as_such() {
        assert_eq!(
            refusals_of(json!({"Type": "Pass", "End": true, "Output": 1})),
            ["The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for \
              the 'JSONata' QueryLanguage at /States/S"]
        );
    }

    #[test]
    fn all_missing_fields_are_named_at_once() {
        let branch = json!({"Type": "Parallel", "End": true, "Branches": [{}]});
        assert_eq!(
            refusals_of(branch),
            ["These fields are required: [StartAt, States] at /States/S/Branches[0]"]
        );
    }
}
