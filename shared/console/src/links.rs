//! The addresses of pages, and the parts of an ARN.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::form::FormFields;

/// What an ARN has beside letters and digits, and what may stand in a path.
///
/// Spec: RFC 3986 § 3.3
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b':')
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'@')
    .remove(b'+');

/// `/machines/arn:aws:states:…:stateMachine:NAME`
pub(crate) fn machine_path(arn: &str) -> String {
    page_path("machines", arn)
}

/// `/executions/arn:aws:states:…:execution:MACHINE:NAME`
pub(crate) fn execution_path(arn: &str) -> String {
    page_path("executions", arn)
}

/// `/map-runs/arn:aws:states:…:mapRun:MACHINE/LABEL:ID`
pub(crate) fn map_run_path(arn: &str) -> String {
    page_path("map-runs", arn)
}

/// `/activities/arn:aws:states:…:activity:NAME`
pub(crate) fn activity_path(arn: &str) -> String {
    page_path("activities", arn)
}

/// The id of a state in the source of a definition.
pub(crate) fn state_anchor(name: &str) -> String {
    format!("source-of-{}", utf8_percent_encode(name, KEPT))
}

/// `/test-state?machine=ARN&state=NAME`
pub(crate) fn test_state_path(machine: &str, state: &str) -> String {
    let query = FormFields::default().query_with(&[("machine", machine), ("state", state)]);
    format!("/test-state{query}")
}

fn page_path(section: &str, arn: &str) -> String {
    format!("/{section}/{}", utf8_percent_encode(arn, KEPT))
}

/// What follows the seventh colon of an ARN: `NAME`, or `NAME:QUALIFIER` of a version, or
/// `MACHINE:NAME` of an execution.
pub(crate) fn resource_name(arn: &str) -> &str {
    arn.splitn(7, ':').nth(6).unwrap_or(arn)
}

/// The name of an execution, without that of its state machine.
pub(crate) fn execution_name(arn: &str) -> &str {
    let name = resource_name(arn);
    name.split_once(':').map_or(name, |(_, name)| name)
}

/// The ARN of a state machine without the version or alias that qualifies it.
pub(crate) fn unqualified_arn(arn: &str) -> &str {
    match arn.match_indices(':').nth(6) {
        Some((end, _)) => &arn[..end],
        None => arn,
    }
}

/// The number of the version that the ARN of a state machine names. The name of an alias has more than
/// digits.
///
/// Spec: API Reference, `CreateStateMachineAlias` § `name`
pub(crate) fn version_number(arn: &str) -> Option<&str> {
    let qualifier = arn.strip_prefix(unqualified_arn(arn))?.strip_prefix(':')?;
    qualifier.bytes().all(|letter| letter.is_ascii_digit()).then_some(qualifier)
}

/// Whether the ARN of a state machine names an alias, which has no page of its own.
pub(crate) fn is_alias(arn: &str) -> bool {
    unqualified_arn(arn) != arn && version_number(arn).is_none()
}

/// Whether a path leads to a page of this console.
pub(crate) fn is_own_path(path: &str) -> bool {
    let is_plain = |letter: char| letter != '\\' && !letter.is_control();
    path.starts_with('/') && !path.starts_with("//") && path.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_stays_readable_in_a_path() {
        let arn = "arn:aws:states:us-east-1:123456789012:execution:order/Map1:a b?é";
        let path =
            "/executions/arn:aws:states:us-east-1:123456789012:execution:order/Map1:a%20b%3F%C3%A9";
        assert_eq!(execution_path(arn), path);
        assert_eq!((resource_name(arn), execution_name(arn)), ("order/Map1:a b?é", "a b?é"));
        let version = "arn:aws:states:us-east-1:123456789012:stateMachine:order:3";
        assert_eq!(resource_name(unqualified_arn(version)), "order");
        assert_eq!(unqualified_arn("order"), "order");
        assert_eq!((version_number(version), is_alias(version)), (Some("3"), false));
        let alias = "arn:aws:states:us-east-1:123456789012:stateMachine:order:v3";
        assert_eq!((version_number(alias), is_alias(alias)), (None, true));
        let whole = unqualified_arn(version);
        assert_eq!((version_number(whole), is_alias(whole)), (None, false));
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert!(is_own_path("/executions/arn:x"));
        for path in
            ["https://example.com", "//example.com", "/\\example.com", "/\t/example.com", ""]
        {
            assert!(!is_own_path(path), "{path}");
        }
    }
}
