//! Errors as texts.

use std::error::Error;

/// `error: its cause: the cause of that`: many errors, the SDK's among them, do not tell their causes
/// themselves.
pub fn format_with_causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Many of hyper's errors repeat their cause in their own text.
        if !message.ends_with(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message
}
