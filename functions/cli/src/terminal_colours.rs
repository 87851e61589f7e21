//! Colours of what is printed, on terminals only.

use std::io::IsTerminal;

/// Whether what is printed has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColourChoice {
    Coloured,
    Plain,
}

/// The colours and weights of a text on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextColour {
    Bold,
    Red,
    Green,
    Cyan,
}

impl TextColour {
    /// The text in this colour.
    pub(crate) fn paint(self, text: &str, choice: ColourChoice) -> String {
        let code = match (self, choice) {
            (_, ColourChoice::Plain) => return text.to_owned(),
            (Self::Bold, ColourChoice::Coloured) => 1,
            (Self::Red, ColourChoice::Coloured) => 31,
            (Self::Green, ColourChoice::Coloured) => 32,
            (Self::Cyan, ColourChoice::Coloured) => 36,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Stdout has colours if it is a terminal, unless `NO_COLOR` is set.
///
/// Spec: <https://no-color.org>
pub(crate) fn stdout_shows_colours() -> ColourChoice {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stdout().is_terminal() && !is_unwanted {
        ColourChoice::Coloured
    } else {
        ColourChoice::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_painted_where_colours_are_shown() {
        let painted = |choice| TextColour::Red.paint("a", choice);
        assert_eq!(painted(ColourChoice::Plain), "a");
        assert_eq!(painted(ColourChoice::Coloured), "\u{1b}[31ma\u{1b}[0m");
    }
}
