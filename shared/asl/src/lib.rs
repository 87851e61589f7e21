//! Parses Amazon States Language text into a [`Definition`], or reports every diagnostic.
//!
//! Invariant: a [`Definition`] cannot represent a state machine that AWS would refuse to create.
//! Invariant: pure; the same text gives the same result everywhere (`tests/tidy`).
#![warn(clippy::wildcard_enum_match_arm)]

mod definition;
mod diagnostic;
mod express_refusals;
mod format;
mod integration_refusals;
mod lint;
mod outline;
mod parse;
mod resource_support;
mod warnings;

pub use definition::{
    choice::{
        ChoiceRule, ChoiceState, ComparisonOperand, ComparisonOperator, DataTest,
        JsonPathCondition, JsonataCondition,
    },
    fail::{FailState, FailText},
    flow::{
        InputOutputPath, JsonPathDataFlow, JsonPathInputOutput, JsonataDataFlow, JsonataOutput,
        NextOrEnd, ResultPath,
    },
    handlers::{Catcher, ErrorHandlers, JitterStrategy, JsonPathCatcherOutput, Retrier},
    language::{JsonPath, Jsonata, NumberOrReference, QueryLanguage},
    map::{FailureTolerance, ItemSource, MapState, ResultDestination},
    parallel::{ParallelState, WorkflowDefinition},
    pass::PassState,
    pattern::StringMatchesPattern,
    succeed::SucceedState,
    task::TaskState,
    wait::{WaitDuration, WaitState},
    {Definition, StateBody, StateDefinition, StateKind},
};
pub use diagnostic::{Diagnostic, DiagnosticCode, DiagnosticSeverity, invalid_definition_message};
pub use express_refusals::express_refusals;
pub use format::{DefinitionFormatError, format_definition};
pub use integration_refusals::{IntegrationMistake, integration_refusals};
pub use lint::lint_definition;
pub use parse::{parse_definition, parse_definition_for_test, parse_state_for_test};

/// Returns the warnings that AWS gives for a definition, whether or not it also has errors.
///
/// Text that is not JSON has no warnings.
///
/// Spec: API reference, `ValidateStateMachineDefinitionDiagnostic`, list of warning codes.
pub fn definition_warnings(text: &str) -> Vec<Diagnostic> {
    let document = parse::read_document(text);
    document.map_or_else(
        |_| Vec::new(),
        |document| warnings::workflow_warnings(&outline::outline_workflows(&document)),
    )
}

pub use resource_support::{unreachable_service_warnings, unsupported_resource_warnings};
