//! Sets of characters.

/// A set of characters, as ranges.
#[derive(Debug, Clone, Default)]
pub(super) struct CharSet {
    ranges: Vec<(char, char)>,
    is_negated: bool,
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
const SPACE: &[(char, char)] = &[
    ('\t', '\r'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];
const LINE_ENDS: &[(char, char)] = &[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')];

impl CharSet {
    /// The set of an escape: `d`, `w`, `s` or one of them in upper case.
    pub(super) fn of_escape(letter: char) -> Option<Self> {
        let ranges = match letter.to_ascii_lowercase() {
            'd' => DIGITS,
            'w' => WORD,
            's' => SPACE,
            _ => return None,
        };
        Some(Self { ranges: ranges.to_vec(), is_negated: letter.is_ascii_uppercase() })
    }

    /// What a dot matches.
    pub(super) fn any_but_line_ends() -> Self {
        Self { ranges: LINE_ENDS.to_vec(), is_negated: true }
    }

    pub(super) fn add_range(&mut self, first: char, last: char) {
        self.ranges.push((first, last));
    }

    /// Adds the characters of another set.
    pub(super) fn add_set(&mut self, other: &Self) {
        if !other.is_negated {
            self.ranges.extend_from_slice(&other.ranges);
            return;
        }
        let mut next = '\0';
        let mut sorted = other.ranges.clone();
        sorted.sort_unstable();
        for (first, last) in sorted {
            if first > next
                && let Some(before) = char_before(first)
            {
                self.ranges.push((next, before));
            }
            next = char_after(last).unwrap_or(char::MAX);
        }
        self.ranges.push((next, char::MAX));
    }

    pub(super) fn negate(&mut self) {
        self.is_negated = !self.is_negated;
    }

    pub(super) fn contains(&self, letter: char) -> bool {
        self.has_range_with(letter) != self.is_negated
    }

    /// Whether the set contains a character or one that differs only in case.
    pub(super) fn contains_ignoring_case(&self, letter: char) -> bool {
        let found = self.has_range_with(letter)
            || other_cases(letter).any(|other| self.has_range_with(other));
        found != self.is_negated
    }

    fn has_range_with(&self, letter: char) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&letter))
    }
}

fn char_before(letter: char) -> Option<char> {
    ('\0'..letter).next_back()
}

fn char_after(letter: char) -> Option<char> {
    (letter..).nth(1)
}

/// The characters that are the same as this one if case does not matter.
fn other_cases(letter: char) -> impl Iterator<Item = char> {
    let canonical = canonicalize(letter);
    let lower = letter.to_lowercase().chain(canonical.to_lowercase());
    [canonical].into_iter().chain(lower).filter(move |other| canonicalize(*other) == canonical)
}

/// The character that stands for all that differ from it only in case.
///
/// Spec: ECMA-262, Canonicalize.
pub(super) fn canonicalize(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_uppercase();
    }
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) if !single.is_ascii() => single,
        _ => letter,
    }
}

/// Whether a character is part of a word, as `\w` has it.
pub(super) fn is_word_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Whether a character ends a line.
pub(super) fn is_line_end(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::CharSet;

    #[test]
    fn a_negated_set_can_be_part_of_another() {
        let mut set = CharSet::default();
        set.add_set(&CharSet::of_escape('D').expect("it is a set"));
        set.add_range('5', '5');
        assert!(set.contains('x') && set.contains('5') && set.contains('\u{10ffff}'));
        assert!(!set.contains('0') && !set.contains('9'));
    }
}
