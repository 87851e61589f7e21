//! What the parser needs from a query language; one file for each language.

mod jsonata;
mod jsonpath;

use model::Payload;

use super::{cursor::DocumentCursor, fields::QueryDialect};
use crate::{FailText, NumberOrReference, QueryLanguage, WaitDuration};

/// Reads, in one query language, the fields of a state that mean the same in both.
///
/// Each function takes the object that has the field.
pub(super) trait ParseLanguage: QueryLanguage {
    /// The language as a value.
    const DIALECT: QueryDialect;

    /// Reads the data flow of a Task, Parallel or Pass.
    fn parse_data_flow(
        state: &DocumentCursor<'_>,
        result: ResultPresence,
    ) -> Option<Self::StateDataFlow>;
    /// Reads the data flow of a Map.
    fn parse_map_data_flow(state: &DocumentCursor<'_>) -> Option<Self::StateDataFlow>;
    /// Reads the data flow of a Choice, Wait or Succeed.
    fn parse_input_output(state: &DocumentCursor<'_>) -> Option<Self::StateInputOutput>;
    /// Reads a number; `names` are the field with its value and the field with its path.
    #[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
    fn parse_number_or_reference(
        object: &DocumentCursor<'_>,
        names: [&str; 2],
        bounds: IntegerBounds,
    ) -> Option<Option<NumberOrReference<Self>>>;
    /// Reads a string; `names` are the field with its value and the field with its path.
    fn parse_fail_text(state: &DocumentCursor<'_>, names: [&str; 2]) -> Option<FailText<Self>>;
    /// Reads how long a Wait waits.
    fn parse_wait_duration(state: &DocumentCursor<'_>) -> Option<WaitDuration<Self>>;
    /// Reads where a Map's items are.
    fn parse_map_items(state: &DocumentCursor<'_>) -> Option<Self::MapItems>;
    /// Reads the `ItemSelector` of a Map.
    #[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
    fn parse_item_selector(state: &DocumentCursor<'_>) -> Option<Option<Self::JsonTemplate>>;
    /// Reads the `Credentials` of a Task.
    #[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
    fn parse_credentials(state: &DocumentCursor<'_>) -> Option<Option<Self::JsonTemplate>>;
    /// Reads the condition of a Choice rule.
    fn parse_rule_condition(rule: &DocumentCursor<'_>) -> Option<Self::RuleCondition>;
    /// Reads what a Choice rule does with the data.
    fn parse_rule_output(rule: &DocumentCursor<'_>) -> Option<Self::RuleOutput>;
    /// Reads what a catcher does with the data.
    fn parse_catcher_output(catcher: &DocumentCursor<'_>) -> Option<Self::CatcherOutput>;
    /// Reads the fixed `Result` of a Pass.
    fn parse_pass_result(state: &DocumentCursor<'_>) -> Option<Payload>;
}

/// Whether a state has a result that its expressions may read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ResultPresence {
    /// Task, Parallel, Map.
    Present,
    /// Pass.
    Absent,
}

/// The minimum and the maximum, both inclusive.
#[derive(Clone, Copy)]
pub(super) struct IntegerBounds(pub(super) u64, pub(super) u64);
