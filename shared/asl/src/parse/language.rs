//! What the parser asks of a query language; one file each.

mod jsonata;
mod jsonpath;

use model::Payload;

use super::{cursor::DocumentCursor, fields::QueryDialect};
use crate::{FailText, NumberOrReference, QueryLanguage, WaitDuration};

/// The fields of a state that mean the same in both languages, read in one of them.
///
/// Each function is given the object that has the field.
pub(super) trait ParseLanguage: QueryLanguage {
    /// The language.
    const DIALECT: QueryDialect;

    /// The data flow of a Task, Parallel or Pass.
    fn parse_data_flow(
        state: &DocumentCursor<'_>,
        result: ResultPresence,
    ) -> Option<Self::StateDataFlow>;
    /// The data flow of a Map.
    fn parse_map_data_flow(state: &DocumentCursor<'_>) -> Option<Self::StateDataFlow>;
    /// The data flow of a Choice, Wait or Succeed.
    fn parse_input_output(state: &DocumentCursor<'_>) -> Option<Self::StateInputOutput>;
    /// A number, by its plain name and the name of the field that has its path.
    #[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
    fn parse_number_or_reference(
        object: &DocumentCursor<'_>,
        names: [&str; 2],
        bounds: IntegerBounds,
    ) -> Option<Option<NumberOrReference<Self>>>;
    /// A text, by its plain name and the name of the field that has its path.
    fn parse_fail_text(state: &DocumentCursor<'_>, names: [&str; 2]) -> Option<FailText<Self>>;
    /// How long a Wait waits.
    fn parse_wait_duration(state: &DocumentCursor<'_>) -> Option<WaitDuration<Self>>;
    /// Where a Map's items are.
    fn parse_map_items(state: &DocumentCursor<'_>) -> Option<Self::MapItems>;
    /// What a Map makes of each item.
    #[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
    fn parse_item_selector(state: &DocumentCursor<'_>) -> Option<Option<Self::JsonTemplate>>;
    /// A Choice rule's condition.
    fn parse_rule_condition(rule: &DocumentCursor<'_>) -> Option<Self::RuleCondition>;
    /// What a Choice rule makes of the data.
    fn parse_rule_output(rule: &DocumentCursor<'_>) -> Option<Self::RuleOutput>;
    /// What a catcher makes of the data.
    fn parse_catcher_output(catcher: &DocumentCursor<'_>) -> Option<Self::CatcherOutput>;
    /// A Pass's fixed result.
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

/// The least and the greatest value, both included.
#[derive(Clone, Copy)]
pub(super) struct IntegerBounds(pub(super) u64, pub(super) u64);
