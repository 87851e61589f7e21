//! Succeed State.

use super::{cursor::Cursor, fields::Fields, flow};
use crate::Succeed;

/// Spec: ASL § Succeed State.
pub(super) const FIELDS: Fields = Fields {
    allowed: &["Type", "Comment", "QueryLanguage", "InputPath", "OutputPath"],
    jsonata: &["Output"],
    required: &[],
};

/// Reads a Succeed.
pub(super) fn parse(state: &Cursor<'_>) -> Option<Succeed> {
    Some(Succeed { flow: flow::input_output(state)? })
}
