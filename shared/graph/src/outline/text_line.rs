//! A line of an outline.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::OutlineColours;
use crate::{state_status::StateStatus, text_size::printable_text};

/// What a part of a line is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextPartStyle {
    /// The lines of the drawing.
    Border,
    /// What is said beside.
    Faint,
    /// The sign before a state's name.
    Mark(Option<StateStatus>),
    /// A state's name.
    Name(Option<StateStatus>),
    /// When an edge is taken.
    Label,
    /// Which errors an edge is for.
    Catch,
}

/// A line in parts.
#[derive(Clone, Debug, Default)]
pub(super) struct OutlineLine {
    parts: Vec<(TextPartStyle, String)>,
}

impl OutlineLine {
    pub(super) fn push(&mut self, style: TextPartStyle, text: &str) {
        self.parts.push((style, printable_text(text)));
    }

    /// The line with this before it.
    pub(super) fn indented(mut self, style: TextPartStyle, text: &str) -> Self {
        self.parts.insert(0, (style, text.to_owned()));
        self
    }

    /// The line as text that is no wider than that many columns.
    pub(super) fn to_text(&self, columns: usize, colours: OutlineColours) -> String {
        let whole: usize = self.parts.iter().map(|(_, text)| text.width()).sum();
        let mut left = if whole > columns { columns.saturating_sub(1) } else { columns };
        let mut line = String::new();
        for (style, text) in &self.parts {
            let shown = fitting_text(text, &mut left);
            line.push_str(&coloured(*style, shown, colours));
            if shown.len() < text.len() {
                line.push('…');
                break;
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// The beginning of a text that fits into the columns that are left.
fn fitting_text<'t>(text: &'t str, left: &mut usize) -> &'t str {
    for (at, char) in text.char_indices() {
        let width = char.width().unwrap_or_default();
        if width > *left {
            *left = 0;
            return &text[..at];
        }
        *left -= width;
    }
    text
}

fn coloured(style: TextPartStyle, text: &str, colours: OutlineColours) -> String {
    let code = match style {
        TextPartStyle::Border | TextPartStyle::Faint => "2",
        TextPartStyle::Name(None) => "1",
        TextPartStyle::Mark(None) | TextPartStyle::Label => "36",
        TextPartStyle::Catch => "33",
        TextPartStyle::Mark(Some(status)) | TextPartStyle::Name(Some(status)) => match status {
            StateStatus::NotReached => "2",
            StateStatus::Succeeded | StateStatus::Retried => "32",
            StateStatus::Caught => "33",
            StateStatus::Aborted => "35",
            StateStatus::Running => "1;34",
            StateStatus::Failed => "1;31",
        },
    };
    match colours {
        OutlineColours::Ansi if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        OutlineColours::Ansi | OutlineColours::Plain => text.to_owned(),
    }
}
