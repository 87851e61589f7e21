//! The constraints of AWS's service model, checked before a use case sees the request. One
//! `ValidationException` names all violations.
//!
//! Spec: botocore's model `stepfunctions/2016-11-23`; messages as recorded on AWS.

use std::ops::RangeInclusive;

use model::{
    DeploymentLimits, Failure,
    limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX},
};

use crate::api_exception::ApiException;

/// The violations found so far.
#[derive(Debug, Default)]
pub(crate) struct RequestConstraints {
    limits: DeploymentLimits,
    violations: Vec<String>,
}

/// Whether a message may quote a member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueSensitivity {
    /// The value may be quoted.
    Public,
    /// The model marks the member as sensitive, so its value is left out.
    Sensitive,
}

impl RequestConstraints {
    /// Constraints with a deployment's limits, for requests that contain payloads.
    pub(crate) const fn with_limits(limits: DeploymentLimits) -> Self {
        Self { limits, violations: Vec::new() }
    }

    /// Checks the length of a payload.
    pub(crate) fn check_payload(&mut self, at: &str, value: Option<&str>) {
        self.check_length(at, value, 0..=self.limits.payload_bytes, ValueSensitivity::Sensitive);
    }

    /// Checks that a member is present. Its value is valid only if
    /// [`RequestConstraints::into_result`] succeeds.
    pub(crate) fn require_member<T: Default>(&mut self, at: &str, value: Option<T>) -> T {
        value.unwrap_or_else(|| {
            self.violations.push(format!(
                "Value null at '{at}' failed to satisfy constraint: Member must not be null"
            ));
            T::default()
        })
    }

    /// Checks that an ARN is present, and its length.
    pub(crate) fn require_arn(&mut self, at: &str, value: Option<String>) -> String {
        self.check_length(at, value.as_deref(), 1..=256, ValueSensitivity::Public);
        self.require_member(at, value)
    }

    /// Checks the length of a text, in UTF-16 code units as Java counts them.
    pub(crate) fn check_length(
        &mut self,
        at: &str,
        value: Option<&str>,
        range: RangeInclusive<usize>,
        shown: ValueSensitivity,
    ) {
        let Some(value) = value else { return };
        // No text has more UTF-16 code units than bytes, so most are not counted.
        let is_long = value.len() > *range.end() && value.encode_utf16().count() > *range.end();
        let bound = if value.len() < *range.start() {
            format!("greater than or equal to {}", range.start())
        } else if is_long {
            format!("less than or equal to {}", range.end())
        } else {
            return;
        };
        self.push_violation(at, value, shown, &format!("have length {bound}"));
    }

    /// Checks the members `error` and `cause`, which are never quoted, and reads them.
    pub(crate) fn check_failure(
        &mut self,
        error: Option<String>,
        cause: Option<String>,
    ) -> Failure {
        let members = [("error", &error, ERROR_CHARS_MAX), ("cause", &cause, CAUSE_CHARS_MAX)];
        for (at, value, most) in members {
            self.check_length(at, value.as_deref(), 0..=most, ValueSensitivity::Sensitive);
        }
        Failure { error, cause }
    }

    /// Checks whether a text follows a pattern.
    pub(crate) fn check_pattern(
        &mut self,
        at: &str,
        value: Option<&str>,
        follows: impl FnOnce(&str) -> bool,
        pattern: &str,
    ) {
        let Some(value) = value else { return };
        if !follows(value) {
            let rule = format!("satisfy regular expression pattern: {pattern}");
            self.push_violation(at, value, ValueSensitivity::Public, &rule);
        }
    }

    /// Checks the number of items of a list. `shown` prints it, as Java does.
    pub(crate) fn check_item_count(
        &mut self,
        at: &str,
        count: usize,
        range: RangeInclusive<usize>,
        shown: impl FnOnce() -> String,
    ) {
        let bound = if count < *range.start() {
            format!("greater than or equal to {}", range.start())
        } else if count > *range.end() {
            format!("less than or equal to {}", range.end())
        } else {
            return;
        };
        let rule = format!("have length {bound}");
        self.push_violation(at, &shown(), ValueSensitivity::Public, &rule);
    }

    /// Checks the value of a number.
    pub(crate) fn check_range(&mut self, at: &str, value: Option<i64>, range: RangeInclusive<i64>) {
        let Some(value) = value else { return };
        let bound = if value < *range.start() {
            format!("greater than or equal to {}", range.start())
        } else if value > *range.end() {
            format!("less than or equal to {}", range.end())
        } else {
            return;
        };
        self.push_violation(
            at,
            &value.to_string(),
            ValueSensitivity::Public,
            &format!("have value {bound}"),
        );
    }

    /// Checks the value of a number that may have a fraction.
    pub(crate) fn check_fraction(
        &mut self,
        at: &str,
        value: Option<f64>,
        range: RangeInclusive<f64>,
    ) {
        let Some(value) = value else { return };
        let bound = if value < *range.start() {
            format!("greater than or equal to {}", range.start())
        } else if value > *range.end() {
            format!("less than or equal to {}", range.end())
        } else {
            return;
        };
        let rule = format!("have value {bound}");
        self.push_violation(at, &format!("{value:?}"), ValueSensitivity::Public, &rule);
    }

    /// Checks that a value is one of an enumeration.
    pub(crate) fn check_enum_value(&mut self, at: &str, value: Option<&str>, values: &[&str]) {
        let Some(value) = value else { return };
        if !values.contains(&value) {
            let rule = format!("satisfy enum value set: [{}]", values.join(", "));
            self.push_violation(at, value, ValueSensitivity::Public, &rule);
        }
    }

    /// Checks that a text is ASCII.
    pub(crate) fn check_ascii(&mut self, at: &str, value: Option<&str>) {
        self.check_pattern(at, value, str::is_ascii, r"\p{ASCII}*");
    }

    /// Checks `maxResults` and returns how many items a page has at most. If it is absent or 0, the
    /// default counts.
    pub(crate) fn check_page_size(&mut self, value: Option<i64>) -> u32 {
        use model::limits::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};
        self.check_range("maxResults", value, 0..=i64::from(PAGE_ITEMS_MAX));
        match value.map(u32::try_from) {
            Some(Ok(size)) if size > 0 => size,
            Some(_) | None => PAGE_ITEMS_DEFAULT,
        }
    }

    fn push_violation(&mut self, at: &str, value: &str, shown: ValueSensitivity, rule: &str) {
        let value = match shown {
            ValueSensitivity::Public => format!("Value '{value}'"),
            ValueSensitivity::Sensitive => "Value".to_owned(),
        };
        self.violations
            .push(format!("{value} at '{at}' failed to satisfy constraint: Member must {rule}"));
    }

    /// Succeeds if nothing is violated.
    pub(crate) fn into_result(self) -> Result<(), ApiException> {
        let count = self.violations.len();
        let errors = if count == 1 { "error" } else { "errors" };
        match count {
            0 => Ok(()),
            _ => Err(ApiException::validation_exception(format!(
                "{count} validation {errors} detected: {}",
                self.violations.join("; ")
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(constraints: RequestConstraints) -> String {
        constraints.into_result().expect_err("something is violated").message
    }

    #[test]
    fn a_page_has_at_most_a_thousand_items_and_a_hundred_by_default() {
        let mut constraints = RequestConstraints::default();
        assert_eq!(constraints.check_page_size(None), 100);
        assert_eq!(constraints.check_page_size(Some(0)), 100);
        assert_eq!(constraints.check_page_size(Some(1000)), 1000);
        constraints.check_page_size(Some(1001));
        assert_eq!(
            message(constraints),
            "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy \
             constraint: Member must have value less than or equal to 1000"
        );
    }

    #[test]
    fn all_violations_are_named_at_once() {
        let mut constraints = RequestConstraints::default();
        constraints.require_arn("stateMachineArn", None);
        constraints.check_enum_value("type", Some("FAST"), &["STANDARD", "EXPRESS"]);
        constraints.check_length("input", Some("secret"), 0..=5, ValueSensitivity::Sensitive);
        assert_eq!(
            message(constraints),
            "3 validation errors detected: Value null at 'stateMachineArn' failed to satisfy \
             constraint: Member must not be null; Value 'FAST' at 'type' failed to satisfy \
             constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]; Value at 'input' \
             failed to satisfy constraint: Member must have length less than or equal to 5"
        );
    }

    #[test]
    fn lengths_count_as_java_does() {
        let mut constraints = RequestConstraints::default();
        constraints.check_length("name", Some("éé"), 1..=2, ValueSensitivity::Public);
        assert_eq!(constraints.into_result(), Ok(()));
        let mut constraints = RequestConstraints::default();
        constraints.check_length("name", Some("🦀"), 1..=1, ValueSensitivity::Public);
        assert!(constraints.into_result().is_err());
    }
}
