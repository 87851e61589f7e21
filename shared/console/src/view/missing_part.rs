//! Parts of pages that a target does not give.

use maud::{Markup, html};

use crate::page::PageError;

/// Stands in the place of a part that could not be read: a user need not be permitted to read all of a page,
/// and an emulator may have fewer operations than Step Functions.
pub(crate) fn missing_part(what: &str, why: &PageError) -> Markup {
    html! { p.notice { (what) " " (why) } }
}
