//! Colours, which are for terminals, and text of others, which must not steer one.

use std::io::{self, IsTerminal};

/// Paints what goes to standard output, if that is a terminal and `NO_COLOR` is not set.
///
/// Spec: <https://no-color.org>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint {
    has_colours: bool,
}

impl Paint {
    /// Looks at standard output and at the environment.
    pub(crate) fn of_standard_output() -> Self {
        Self { has_colours: shows_colours(&io::stdout()) }
    }

    /// Paints nothing.
    #[cfg(test)]
    pub(crate) const fn none() -> Self {
        Self { has_colours: false }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.with_code("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.with_code("2", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.with_code("31", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.with_code("32", text)
    }

    pub(crate) fn cyan(self, text: &str) -> String {
        self.with_code("36", text)
    }

    /// A text in the colour of an execution's status, or of an event that ends with it.
    pub(crate) fn by_status(self, status: &str, text: &str) -> String {
        let code = match status {
            "SUCCEEDED" => "32",
            "FAILED" | "TIMED_OUT" => "31",
            "ABORTED" => "35",
            "RUNNING" => "36",
            "PENDING_REDRIVE" => "33",
            _ => return text.to_owned(),
        };
        self.with_code(code, text)
    }

    fn with_code(self, code: &str, text: &str) -> String {
        if self.has_colours && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Whether what is written there has colours: they are for terminals, unless `NO_COLOR` is set.
///
/// Spec: <https://no-color.org>
pub(crate) fn shows_colours(stream: &impl IsTerminal) -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !is_unwanted
}

/// The text with blanks for what would steer a terminal or end a line: it is a user's, or an attacker's.
pub(crate) fn visible_text(text: &str) -> String {
    text.replace(char::is_control, " ")
}
