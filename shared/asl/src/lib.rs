//! Amazon States Language: text → [`Definition`], or every diagnostic.
//!
//! Invariant: a [`Definition`] cannot express what AWS would refuse to create.
//! Invariant: pure; the same text gives the same answer everywhere (`tests/tidy`).
#![warn(clippy::wildcard_enum_match_arm)]

mod definition;
mod diagnostic;
mod lint;
mod outline;
mod parse;
mod print;
mod warnings;

pub use definition::{
    choice::{Choice, ChoiceRule, Condition, Operand, Order, QueryCondition, Test},
    fail::{Fail, Text},
    flow::{DataFlow, InputOutput, Next, Placement, QueryFlow, QueryOutput, Selection},
    handlers::{Catcher, Handlers, Jitter, Placed, Retrier},
    language::{JsonPath, Jsonata, Language, Number},
    map::{Map, Source, Tolerance, Writer},
    parallel::{Branch, Parallel},
    pass::Pass,
    pattern::Pattern,
    succeed::Succeed,
    task::{Action, IntegrationPattern, Resource, Task},
    wait::{Wait, WaitFor},
    {Body, Definition, State, StateKind},
};
pub use diagnostic::{Code, Diagnostic, Severity, invalid_definition_message};
pub use lint::lint;
pub use parse::{TestDefinition, parse, parse_for_test, parse_state};

/// What AWS warns of in a definition, whatever else is wrong with it.
///
/// Spec: API reference, `ValidateStateMachineDefinitionDiagnostic`, list of warning codes.
pub fn warnings(text: &str) -> Vec<Diagnostic> {
    let document = parse::document(text);
    document
        .map_or_else(|_| Vec::new(), |document| warnings::warnings(&outline::workflows(&document)))
}
