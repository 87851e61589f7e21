//! Edits of files that the server watches, and that it could not serve.

use maud::{Markup, html};

use crate::RefusedEdit;

/// Tells why what is shown is not what the files have.
pub(super) fn refused_edits(edits: &[RefusedEdit]) -> Markup {
    html! {
        @for edit in edits {
            div.notice.bad {
                strong {
                    @match &edit.machine {
                        Some(name) => { "What the files have for " (name) " is refused" }
                        None => "The files cannot be read as they are",
                    }
                }
                pre.block { (edit.reason.trim_end()) }
            }
        }
    }
}
