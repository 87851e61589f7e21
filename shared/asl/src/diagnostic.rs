//! Findings about a definition, with AWS's codes, messages and locations.

use std::fmt;

/// One error or warning about a definition.
///
/// Spec: API reference, `ValidateStateMachineDefinitionDiagnostic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the definition is refused for it.
    pub severity: DiagnosticSeverity,
    /// AWS's code, or one of ours.
    pub code: DiagnosticCode,
    /// A message, in AWS's words where they are known.
    pub message: String,
    /// Location: `/` for the whole definition, or a field such as `/States/Pick/Choices[0]/Next`.
    /// AWS gives no location for a workflow without an end.
    pub location: Option<String>,
}

/// Severity of a diagnostic: `ERROR` or `WARNING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "variants are AWS's own words")]
pub enum DiagnosticSeverity {
    Error,
    Warning,
}

impl DiagnosticSeverity {
    /// Returns AWS's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
        }
    }
}

/// Code of a diagnostic. The codes that begin with `STATEWRIGHT_` are ours.
///
/// Spec: API reference, `ValidateStateMachineDefinitionDiagnostic` § code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "variants are AWS's own codes, or documented in `crate::lint`")]
pub enum DiagnosticCode {
    InvalidJsonDescription,
    SchemaValidationFailed,
    InvalidResource,
    MissingEndState,
    MissingTransitionTarget,
    DuplicateStateName,
    InvalidStateName,
    TooDeeplyNested,
    InvalidJsonataExpression,
    UnsupportedJsonataExpression,
    DuplicateVariableName,
    ReservedVariableName,
    InvalidVariableName,
    NoDollar,
    NoPath,
    PassResultIsStatic,
    StatewrightLongHttpTask,
    StatewrightMissingPath,
    StatewrightUnassignedVariable,
    StatewrightUnmatchedError,
    StatewrightUnreachableState,
    StatewrightUnreachableService,
    StatewrightUnsupportedResource,
}

impl DiagnosticCode {
    /// Returns AWS's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJsonDescription => "INVALID_JSON_DESCRIPTION",
            Self::SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
            Self::InvalidResource => "INVALID_RESOURCE",
            Self::MissingEndState => "MISSING_END_STATE",
            Self::MissingTransitionTarget => "MISSING_TRANSITION_TARGET",
            Self::DuplicateStateName => "DUPLICATE_STATE_NAME",
            Self::InvalidStateName => "INVALID_STATE_NAME",
            Self::TooDeeplyNested => "TOO_DEEPLY_NESTED",
            Self::InvalidJsonataExpression => "INVALID_JSONATA_EXPRESSION",
            Self::UnsupportedJsonataExpression => "UNSUPPORTED_JSONATA_EXPRESSION",
            Self::DuplicateVariableName => "DUPLICATE_VARIABLE_NAME",
            Self::ReservedVariableName => "RESERVED_VARIABLE_NAME",
            Self::InvalidVariableName => "INVALID_VARIABLE_NAME",
            Self::NoDollar => "NO_DOLLAR",
            Self::NoPath => "NO_PATH",
            Self::PassResultIsStatic => "PASS_RESULT_IS_STATIC",
            Self::StatewrightLongHttpTask => "STATEWRIGHT_LONG_HTTP_TASK",
            Self::StatewrightMissingPath => "STATEWRIGHT_MISSING_PATH",
            Self::StatewrightUnassignedVariable => "STATEWRIGHT_UNASSIGNED_VARIABLE",
            Self::StatewrightUnmatchedError => "STATEWRIGHT_UNMATCHED_ERROR",
            Self::StatewrightUnreachableState => "STATEWRIGHT_UNREACHABLE_STATE",
            Self::StatewrightUnreachableService => "STATEWRIGHT_UNREACHABLE_SERVICE",
            Self::StatewrightUnsupportedResource => "STATEWRIGHT_UNSUPPORTED_RESOURCE",
        }
    }
}

impl Diagnostic {
    pub(crate) const fn warning(code: DiagnosticCode, message: String, location: String) -> Self {
        Self { severity: DiagnosticSeverity::Warning, code, message, location: Some(location) }
    }
}

/// Writes `CODE: message at location`, as `InvalidDefinition` quotes it; `at null` if there is no
/// location.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = self.location.as_deref().unwrap_or("null");
        write!(f, "{}: {} at {location}", self.code.as_str(), self.message)
    }
}

/// Builds the message of `InvalidDefinition`: `Invalid State Machine Definition: '…, …'`.
///
/// Spec: API reference, `CreateStateMachine` § `InvalidDefinition`.
pub fn invalid_definition_message(diagnostics: &[Diagnostic]) -> String {
    let all: Vec<String> = diagnostics.iter().map(Diagnostic::to_string).collect();
    format!("Invalid State Machine Definition: '{}'", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_refusal_names_every_finding_and_its_place() {
        let finding = |code, message: &str, location: Option<&str>| Diagnostic {
            severity: DiagnosticSeverity::Error,
            code,
            message: message.to_owned(),
            location: location.map(str::to_owned),
        };
        let message = invalid_definition_message(&[
            finding(
                DiagnosticCode::MissingTransitionTarget,
                "Missing 'Next' target: B",
                Some("/StartAt"),
            ),
            finding(DiagnosticCode::MissingEndState, "Workflow has no terminal state", None),
        ]);
        assert_eq!(
            message,
            "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: \
             B at /StartAt, MISSING_END_STATE: Workflow has no terminal state at null'"
        );
    }
}
