//! The constraints of AWS's service model, checked before a use case sees the request; every
//! violation is named in one `ValidationException`.
//!
//! Spec: botocore's model `stepfunctions/2016-11-23`; messages as recorded on AWS.

use std::ops::RangeInclusive;

use model::Limits;

use crate::exception::Exception;

/// The violations found so far.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    limits: Limits,
    violations: Vec<String>,
}

/// Whether a message may quote a member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// It may.
    Open,
    /// The model calls the member sensitive.
    Sensitive,
}

impl Constraints {
    /// Those of a deployment with these limits, where payloads are among the members.
    pub(crate) const fn within(limits: Limits) -> Self {
        Self { limits, violations: Vec::new() }
    }

    /// The length of a JSON text of a user's.
    pub(crate) fn payload(&mut self, at: &str, value: Option<&str>) {
        self.length(at, value, 0..=self.limits.payload_bytes, Shown::Sensitive);
    }

    /// A member that must be there. Its value counts once [`Constraints::finish`] has passed.
    pub(crate) fn required<T: Default>(&mut self, at: &str, value: Option<T>) -> T {
        value.unwrap_or_else(|| {
            self.violations.push(format!(
                "Value null at '{at}' failed to satisfy constraint: Member must not be null"
            ));
            T::default()
        })
    }

    /// An ARN that must be there.
    pub(crate) fn arn(&mut self, at: &str, value: Option<String>) -> String {
        self.length(at, value.as_deref(), 1..=256, Shown::Open);
        self.required(at, value)
    }

    /// The length of a text, in UTF-16 code units as Java counts them.
    pub(crate) fn length(
        &mut self,
        at: &str,
        value: Option<&str>,
        range: RangeInclusive<usize>,
        shown: Shown,
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
        self.violated(at, value, shown, &format!("have length {bound}"));
    }

    /// The value of a number.
    pub(crate) fn range(&mut self, at: &str, value: Option<i64>, range: RangeInclusive<i64>) {
        let Some(value) = value else { return };
        let bound = if value < *range.start() {
            format!("greater than or equal to {}", range.start())
        } else if value > *range.end() {
            format!("less than or equal to {}", range.end())
        } else {
            return;
        };
        self.violated(at, &value.to_string(), Shown::Open, &format!("have value {bound}"));
    }

    /// A value of an enumeration.
    pub(crate) fn one_of(&mut self, at: &str, value: Option<&str>, values: &[&str]) {
        let Some(value) = value else { return };
        if !values.contains(&value) {
            let rule = format!("satisfy enum value set: [{}]", values.join(", "));
            self.violated(at, value, Shown::Open, &rule);
        }
    }

    /// ASCII only.
    pub(crate) fn ascii(&mut self, at: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        if !value.is_ascii() {
            let rule = r"satisfy regular expression pattern: \p{ASCII}*";
            self.violated(at, value, Shown::Open, rule);
        }
    }

    /// `maxResults` of a list: how many items its page has at most.
    pub(crate) fn page_size(&mut self, value: Option<i64>) -> u32 {
        use model::limits::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};
        self.range("maxResults", value, 0..=i64::from(PAGE_ITEMS_MAX));
        match value.map(u32::try_from) {
            Some(Ok(size)) if size > 0 => size,
            Some(_) | None => PAGE_ITEMS_DEFAULT,
        }
    }

    fn violated(&mut self, at: &str, value: &str, shown: Shown, rule: &str) {
        let value = match shown {
            Shown::Open => format!("Value '{value}'"),
            Shown::Sensitive => "Value".to_owned(),
        };
        self.violations
            .push(format!("{value} at '{at}' failed to satisfy constraint: Member must {rule}"));
    }

    /// Passes if nothing is violated.
    pub(crate) fn finish(self) -> Result<(), Exception> {
        let count = self.violations.len();
        let errors = if count == 1 { "error" } else { "errors" };
        match count {
            0 => Ok(()),
            _ => Err(Exception::validation(format!(
                "{count} validation {errors} detected: {}",
                self.violations.join("; ")
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(constraints: Constraints) -> String {
        constraints.finish().expect_err("something is violated").message
    }

    #[test]
    fn a_page_has_at_most_a_thousand_items_and_a_hundred_by_default() {
        let mut constraints = Constraints::default();
        assert_eq!(constraints.page_size(None), 100);
        assert_eq!(constraints.page_size(Some(0)), 100);
        assert_eq!(constraints.page_size(Some(1000)), 1000);
        constraints.page_size(Some(1001));
        assert_eq!(
            message(constraints),
            "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy \
             constraint: Member must have value less than or equal to 1000"
        );
    }

    #[test]
    fn all_violations_are_named_at_once() {
        let mut constraints = Constraints::default();
        constraints.arn("stateMachineArn", None);
        constraints.one_of("type", Some("FAST"), &["STANDARD", "EXPRESS"]);
        constraints.length("input", Some("secret"), 0..=5, Shown::Sensitive);
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
        let mut constraints = Constraints::default();
        constraints.length("name", Some("éé"), 1..=2, Shown::Open);
        assert_eq!(constraints.finish(), Ok(()));
        let mut constraints = Constraints::default();
        constraints.length("name", Some("🦀"), 1..=1, Shown::Open);
        assert!(constraints.finish().is_err());
    }
}
