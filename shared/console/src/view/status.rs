//! The status of an execution or a state, told by colour, shape and word.

use graph::StateStatus;
use maud::{Markup, html};

/// The badge of what has become of a state.
pub(crate) fn state_badge(status: StateStatus) -> Markup {
    html! { span.status.(status.as_str()) { (status.words()) } }
}

/// The badge of a status as the API names it, such as `RUNNING`.
pub(crate) fn status_badge(status: &str) -> Markup {
    let (class, words) = class_and_words(status);
    html! { span.status.(class) data-status=(status) { (words) } }
}

/// A status in words, such as `Timed out`.
pub(crate) fn status_words(status: &str) -> &str {
    class_and_words(status).1
}

fn class_and_words(status: &str) -> (&'static str, &str) {
    match status {
        "RUNNING" => ("running", "Running"),
        "SUCCEEDED" => ("succeeded", "Succeeded"),
        "FAILED" => ("failed", "Failed"),
        "TIMED_OUT" => ("failed", "Timed out"),
        "ABORTED" => ("aborted", "Aborted"),
        "PENDING_REDRIVE" => ("running", "Pending redrive"),
        "DELETING" => ("aborted", "Deleting"),
        "ACTIVE" => ("succeeded", "Active"),
        other => ("aborted", other),
    }
}
