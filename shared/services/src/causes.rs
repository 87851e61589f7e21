//! Formats errors with their causes.

use std::error::Error;

/// Formats an error as `error: its cause: the cause of that`. Many errors, such as the SDK's, do
/// not print their causes themselves.
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
