//! A window over the characters of a path, the way Jayway's compiler reads them.
//!
//! Jayway decides by single characters at absolute positions, and some of its quirks follow from
//! that (e.g. a trailing `[` is ignored). Reading the same way keeps the quirks.

use super::JaywayPathSyntaxError;

/// A position inside the characters `0..end` of a text.
#[derive(Debug, Clone)]
pub(crate) struct CharacterCursor {
    characters: Vec<char>,
    position: usize,
    end: usize,
}

/// How [`CharacterCursor::matching_close`] treats `/…/` inside the brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegexHandling {
    /// A `/…/` is skipped as a whole.
    Skipped,
    /// A `/` has no special meaning.
    Plain,
}

impl CharacterCursor {
    /// Creates a cursor at the first character of a text.
    pub(crate) fn new(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let end = characters.len();
        Self { characters, position: 0, end }
    }

    /// The position of the cursor.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Moves the cursor to a position, which may be past the end.
    pub(crate) fn jump_to(&mut self, position: usize) {
        self.position = position;
    }

    /// Moves the cursor forward.
    pub(crate) fn advance(&mut self, count: usize) {
        self.position += count;
    }

    /// The position after the last character of the window.
    pub(crate) fn window_end(&self) -> usize {
        self.end
    }

    /// Shrinks the window by its last character.
    pub(crate) fn drop_last(&mut self) {
        self.end = self.end.saturating_sub(1);
    }

    /// Skips blanks at both ends of the window.
    pub(crate) fn trim_blanks(&mut self) {
        self.skip_blanks();
        while self.end > self.position && self.characters[self.end - 1] == ' ' {
            self.end -= 1;
        }
    }

    /// The character at a position within the window.
    pub(crate) fn character_at(&self, position: usize) -> Option<char> {
        if position < self.end { self.characters.get(position).copied() } else { None }
    }

    /// The character under the cursor.
    pub(crate) fn peek(&self) -> Option<char> {
        self.character_at(self.position)
    }

    /// The character under the cursor; an error if the path ends here.
    pub(crate) fn current_character(&self) -> Result<char, JaywayPathSyntaxError> {
        self.peek().ok_or_else(|| JaywayPathSyntaxError::new("Unexpected end of the path"))
    }

    /// Whether the character under the cursor is `expected`.
    pub(crate) fn is_at(&self, expected: char) -> bool {
        self.peek() == Some(expected)
    }

    /// The last character of the window.
    pub(crate) fn last_character(&self) -> Option<char> {
        self.end.checked_sub(1).and_then(|last| self.character_at(last))
    }

    /// Whether the cursor is at the last character or past it.
    pub(crate) fn is_tail(&self) -> bool {
        self.position + 1 >= self.end
    }

    /// The text between two positions.
    pub(crate) fn text_between(&self, from: usize, to: usize) -> String {
        let to = to.min(self.characters.len());
        self.characters[from.min(to)..to].iter().collect()
    }

    /// The whole text, including what is outside the window.
    pub(crate) fn whole_text(&self) -> String {
        self.characters.iter().collect()
    }

    /// Moves to the next character that is not a blank.
    pub(crate) fn skip_blanks(&mut self) -> &mut Self {
        while self.is_at(' ') {
            self.position += 1;
        }
        self
    }

    /// Steps over `word` if it comes next after blanks. The blanks are skipped in any case.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let matches =
            word.chars().enumerate().all(|(i, c)| self.character_at(self.position + i) == Some(c));
        if matches {
            self.position += word.chars().count();
        }
        matches
    }

    /// Steps over `expected`, which must come next after blanks.
    pub(crate) fn expect_character(&mut self, expected: char) -> Result<(), JaywayPathSyntaxError> {
        if self.skip_blanks().current_character()? != expected {
            return Err(JaywayPathSyntaxError::new(format!("Expected character: {expected}")));
        }
        self.position += 1;
        Ok(())
    }

    /// The position of the first character after `from` that is not a blank.
    pub(crate) fn next_significant(&self, from: usize) -> Option<usize> {
        (from + 1..self.end).find(|&i| self.characters[i] != ' ')
    }

    /// The position of the first non-blank character after `from`, if it is `expected`.
    pub(crate) fn next_significant_is(&self, from: usize, expected: char) -> Option<usize> {
        self.next_significant(from).filter(|&i| self.characters[i] == expected)
    }

    /// The position of the last character before `from` that is not a blank.
    pub(crate) fn previous_significant(&self, from: usize) -> Option<usize> {
        (0..from.min(self.end)).rev().find(|&i| self.characters[i] != ' ')
    }

    /// The position of the first `wanted` at or after `from`.
    pub(crate) fn find_character(&self, from: usize, wanted: char) -> Option<usize> {
        (from..self.end).find(|&i| self.characters[i] == wanted)
    }

    /// The position of the first `wanted` at or after `from` that no backslash escapes.
    pub(crate) fn find_unescaped(&self, from: usize, wanted: char) -> Option<usize> {
        let mut escaped = false;
        for position in from..self.end {
            let character = self.characters[position];
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == wanted {
                return Some(position);
            }
        }
        None
    }

    /// The position of the bracket that closes the one at `from`; quoted text is skipped.
    pub(crate) fn matching_close(
        &self,
        from: usize,
        (open, close): (char, char),
        regexes: RegexHandling,
    ) -> Result<Option<usize>, JaywayPathSyntaxError> {
        let mut opened = 1_usize;
        let mut position = from + 1;
        while let Some(character) = self.character_at(position) {
            let quoted = matches!(character, '\'' | '"')
                || (character == '/' && regexes == RegexHandling::Skipped);
            if quoted {
                let closing = self.find_unescaped(position + 1, character).ok_or_else(|| {
                    JaywayPathSyntaxError::new(format!(
                        "Could not find matching close for {character} when parsing : {}",
                        self.whole_text()
                    ))
                })?;
                position = closing + 1;
                continue;
            }
            if character == open {
                opened += 1;
            } else if character == close {
                opened -= 1;
                if opened == 0 {
                    return Ok(Some(position));
                }
            }
            position += 1;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{CharacterCursor, RegexHandling};

    #[test]
    fn the_window_is_trimmed_on_both_sides() {
        let mut cursor = CharacterCursor::new("  ab ");
        cursor.trim_blanks();
        assert_eq!((cursor.peek(), cursor.last_character()), (Some('a'), Some('b')));
    }

    #[test]
    fn a_bracket_in_quotes_closes_nothing() {
        let cursor = CharacterCursor::new("(')' + /)/)");
        assert_eq!(cursor.matching_close(0, ('(', ')'), RegexHandling::Skipped), Ok(Some(10)));
    }

    #[test]
    fn an_open_quote_is_a_mistake() {
        assert!(
            CharacterCursor::new("('a)")
                .matching_close(0, ('(', ')'), RegexHandling::Plain)
                .is_err()
        );
    }
}
