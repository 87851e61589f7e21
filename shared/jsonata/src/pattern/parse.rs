//! Parses regular expressions.

use super::char_set::CharSet;

/// A node of a pattern.
#[derive(Debug)]
pub(super) enum PatternNode {
    Empty,
    Char(char),
    Set(CharSet),
    Sequence(Vec<Self>),
    Alternatives(Vec<Self>),
    /// A group that captures, counted from 1.
    Capture(usize, Box<Self>),
    Repeat {
        node: Box<Self>,
        min: u32,
        max: u32,
        is_greedy: bool,
        captures: (usize, usize),
    },
    Start,
    End,
    WordBoundary {
        is_negated: bool,
    },
    Look {
        node: Box<Self>,
        is_behind: bool,
        is_negated: bool,
    },
    BackReference(usize),
    NamedReference(String),
}

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct PatternTree {
    pub(super) root: PatternNode,
    pub(super) captures: usize,
    /// The names of groups, with their numbers.
    pub(super) names: Vec<(String, usize)>,
}

/// How deep groups may nest. This limit is ours.
const GROUP_DEPTH_MAX: usize = 200;

/// The count of a repetition without an end.
pub(super) const UNLIMITED: u32 = u32::MAX;

pub(super) fn parse_pattern(source: &str) -> Result<PatternTree, String> {
    let letters: Vec<char> = source.chars().collect();
    let captures_max = count_captures(&letters);
    let mut parser = PatternParser {
        letters: &letters,
        position: 0,
        captures: 0,
        captures_max,
        names: Vec::new(),
        depth: 0,
    };
    let root = parser.alternatives()?;
    if parser.position < letters.len() {
        return Err("Unmatched ')'".to_owned());
    }
    Ok(PatternTree { root, captures: parser.captures, names: parser.names })
}

/// How many groups capture, which decides what `\1` means.
fn count_captures(letters: &[char]) -> usize {
    let (mut count, mut position, mut in_class) = (0, 0, false);
    while let Some(letter) = letters.get(position) {
        match letter {
            '\\' => position += 1,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => {
                let is_plain = letters.get(position + 1) != Some(&'?');
                let is_named = letters.get(position + 2) == Some(&'<')
                    && !matches!(letters.get(position + 3), Some('=' | '!'));
                count += usize::from(is_plain || is_named);
            }
            _ => {}
        }
        position += 1;
    }
    count
}

struct PatternParser<'p> {
    letters: &'p [char],
    position: usize,
    captures: usize,
    captures_max: usize,
    names: Vec<(String, usize)>,
    depth: usize,
}

impl PatternParser<'_> {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.position).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek();
        self.position += 1;
        letter
    }

    /// Reads a text if it comes next.
    fn skip(&mut self, text: &str) -> bool {
        let rest = self.letters.get(self.position..).unwrap_or_default();
        let found = text.chars().enumerate().all(|(i, letter)| rest.get(i) == Some(&letter));
        if found {
            self.position += text.chars().count();
        }
        found
    }

    fn alternatives(&mut self) -> Result<PatternNode, String> {
        self.depth += 1;
        if self.depth > GROUP_DEPTH_MAX {
            return Err("Regular expression too large".to_owned());
        }
        let mut alternatives = vec![self.sequence()?];
        while self.skip("|") {
            alternatives.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(match alternatives.len() {
            1 => alternatives.pop().unwrap_or(PatternNode::Empty),
            _ => PatternNode::Alternatives(alternatives),
        })
    }

    fn sequence(&mut self) -> Result<PatternNode, String> {
        let mut nodes = Vec::new();
        while let Some(letter) = self.peek() {
            if matches!(letter, '|' | ')') {
                break;
            }
            let captures = self.captures;
            let (node, may_repeat) = self.term()?;
            nodes.push(if may_repeat { self.repetition(node, captures)? } else { node });
        }
        Ok(PatternNode::Sequence(nodes))
    }

    /// A term, and whether a quantifier may follow.
    fn term(&mut self) -> Result<(PatternNode, bool), String> {
        let letter = self.next().unwrap_or_default();
        Ok(match letter {
            '^' => (PatternNode::Start, false),
            '$' => (PatternNode::End, false),
            '.' => (PatternNode::Set(CharSet::any_but_line_ends()), true),
            '(' => self.group()?,
            '[' => (PatternNode::Set(self.class()?), true),
            '*' | '+' | '?' => return Err("Nothing to repeat".to_owned()),
            '{' if self.braces_at(self.position - 1).is_some() => {
                return Err("Nothing to repeat".to_owned());
            }
            '\\' => match self.peek() {
                Some('b' | 'B') => {
                    let is_negated = self.next() == Some('B');
                    (PatternNode::WordBoundary { is_negated }, false)
                }
                _ => (self.escape()?, true),
            },
            other => (PatternNode::Char(other), true),
        })
    }

    fn group(&mut self) -> Result<(PatternNode, bool), String> {
        let mut capture = None;
        let mut look = None;
        if self.skip("?:") {
        } else if self.skip("?=") {
            look = Some((false, false));
        } else if self.skip("?!") {
            look = Some((false, true));
        } else if self.skip("?<=") {
            look = Some((true, false));
        } else if self.skip("?<!") {
            look = Some((true, true));
        } else {
            let is_named = self.skip("?<");
            if !is_named && self.peek() == Some('?') {
                return Err("Invalid group".to_owned());
            }
            self.captures += 1;
            capture = Some(self.captures);
            if is_named {
                let name = self.group_name()?;
                if self.names.iter().any(|(known, _)| *known == name) {
                    return Err("Duplicate capture group name".to_owned());
                }
                self.names.push((name, self.captures));
            }
        }
        let node = Box::new(self.alternatives()?);
        if !self.skip(")") {
            return Err("Unterminated group".to_owned());
        }
        Ok(match (capture, look) {
            (Some(number), _) => (PatternNode::Capture(number, node), true),
            // Lookaheads may repeat (annex B), lookbehinds may not.
            (None, Some((is_behind, is_negated))) => {
                (PatternNode::Look { node, is_behind, is_negated }, !is_behind)
            }
            (None, None) => (*node, true),
        })
    }

    fn group_name(&mut self) -> Result<String, String> {
        let mut name = String::new();
        while let Some(letter) = self.next() {
            if letter == '>' && !name.is_empty() {
                return Ok(name);
            }
            let is_digit = letter.is_numeric();
            if is_digit && name.is_empty()
                || !letter.is_alphanumeric() && !matches!(letter, '_' | '$')
            {
                break;
            }
            name.push(letter);
        }
        Err("Invalid capture group name".to_owned())
    }

    fn repetition(&mut self, node: PatternNode, captures: usize) -> Result<PatternNode, String> {
        let (min, max) = match self.peek() {
            Some('*') => (0, UNLIMITED),
            Some('+') => (1, UNLIMITED),
            Some('?') => (0, 1),
            Some('{') => match self.braces_at(self.position) {
                Some((min, max, end)) => {
                    self.position = end - 1;
                    (min, max)
                }
                None => return Ok(node),
            },
            _ => return Ok(node),
        };
        self.position += 1;
        if min > max {
            return Err("numbers out of order in {} quantifier".to_owned());
        }
        let is_greedy = !self.skip("?");
        let captures = (captures + 1, self.captures + 1);
        Ok(PatternNode::Repeat { node: Box::new(node), min, max, is_greedy, captures })
    }

    /// The counts in braces at a position, and where they end. Other braces are plain characters.
    fn braces_at(&self, start: usize) -> Option<(u32, u32, usize)> {
        let mut position = start + 1;
        let number = |position: &mut usize| -> Option<u32> {
            let first = *position;
            let mut value: u32 = 0;
            while let Some(digit) = self.letters.get(*position).and_then(|l| l.to_digit(10)) {
                value = value.saturating_mul(10).saturating_add(digit);
                *position += 1;
            }
            (*position > first).then_some(value)
        };
        let min = number(&mut position)?;
        let max = if self.letters.get(position) == Some(&',') {
            position += 1;
            number(&mut position).unwrap_or(UNLIMITED)
        } else {
            min
        };
        (self.letters.get(position) == Some(&'}')).then_some((min, max, position + 1))
    }

    fn escape(&mut self) -> Result<PatternNode, String> {
        let Some(letter) = self.next() else { return Err("\\ at end of pattern".to_owned()) };
        if let Some(set) = CharSet::of_escape(letter) {
            return Ok(PatternNode::Set(set));
        }
        if letter == 'k' && self.skip("<") {
            return self.group_name().map(PatternNode::NamedReference);
        }
        if letter.is_ascii_digit() && letter != '0' {
            let start = self.position - 1;
            let mut number = 0_usize;
            self.position = start;
            while let Some(digit) = self.peek().and_then(|letter| letter.to_digit(10)) {
                number = number.saturating_mul(10).saturating_add(digit as usize);
                self.position += 1;
            }
            if number <= self.captures_max {
                return Ok(PatternNode::BackReference(number));
            }
            self.position = start + 1;
        }
        Ok(PatternNode::Char(self.char_escape(letter)))
    }

    /// The character of an escape, whose letter is read.
    fn char_escape(&mut self, letter: char) -> char {
        match letter {
            't' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            '0'..='7' => self.octal(letter),
            'c' => match self.peek() {
                Some(control) if control.is_ascii_alphabetic() => {
                    self.position += 1;
                    char::from(u8::try_from(u32::from(control) % 32).unwrap_or(0))
                }
                _ => {
                    self.position -= 1;
                    '\\'
                }
            },
            'x' => self.hexadecimal(2).unwrap_or('x'),
            'u' => self.unicode().unwrap_or('u'),
            other => other,
        }
    }

    /// An octal escape up to 255 (annex B).
    fn octal(&mut self, first: char) -> char {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|letter| letter.to_digit(8)) else { break };
            if value * 8 + digit > 255 {
                break;
            }
            value = value * 8 + digit;
            self.position += 1;
        }
        char::from_u32(value).unwrap_or('\0')
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<char> {
        let value = self.hexadecimal_value(digits)?;
        Some(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hexadecimal_value(&mut self, digits: usize) -> Option<u32> {
        let text = self.letters.get(self.position..self.position + digits)?;
        let mut value = 0;
        for letter in text {
            value = value * 16 + letter.to_digit(16)?;
        }
        self.position += digits;
        Some(value)
    }

    /// Four hexadecimal digits; two escaped surrogates are one character.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hexadecimal_value(4)?;
        if (0xD800..0xDC00).contains(&first) {
            let position = self.position;
            if self.skip("\\u")
                && let Some(second @ 0xDC00..0xE000) = self.hexadecimal_value(4)
            {
                return char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            }
            self.position = position;
        }
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// A class, whose opening bracket is read.
    fn class(&mut self) -> Result<CharSet, String> {
        let mut set = CharSet::default();
        let is_negated = self.skip("^");
        loop {
            match self.peek() {
                None => return Err("Unterminated character class".to_owned()),
                Some(']') => break,
                Some(_) => {}
            }
            let first = self.class_atom()?;
            let has_range = self.peek() == Some('-')
                && !matches!(self.letters.get(self.position + 1), Some(']') | None);
            if !has_range {
                first.add_to(&mut set);
                continue;
            }
            self.position += 1;
            match (first, self.class_atom()?) {
                (ClassAtom::Char(first), ClassAtom::Char(last)) if first <= last => {
                    set.add_range(first, last);
                }
                (ClassAtom::Char(_), ClassAtom::Char(_)) => {
                    return Err("Range out of order in character class".to_owned());
                }
                (first, last) => {
                    first.add_to(&mut set);
                    set.add_range('-', '-');
                    last.add_to(&mut set);
                }
            }
        }
        self.position += 1;
        if is_negated {
            set.negate();
        }
        Ok(set)
    }

    fn class_atom(&mut self) -> Result<ClassAtom, String> {
        let letter = self.next().unwrap_or_default();
        if letter != '\\' {
            return Ok(ClassAtom::Char(letter));
        }
        let Some(escaped) = self.next() else { return Err("\\ at end of pattern".to_owned()) };
        if let Some(set) = CharSet::of_escape(escaped) {
            return Ok(ClassAtom::Set(set));
        }
        Ok(ClassAtom::Char(if escaped == 'b' { '\u{8}' } else { self.char_escape(escaped) }))
    }
}

enum ClassAtom {
    Char(char),
    Set(CharSet),
}

impl ClassAtom {
    fn add_to(&self, set: &mut CharSet) {
        match self {
            Self::Char(letter) => set.add_range(*letter, *letter),
            Self::Set(other) => set.add_set(other),
        }
    }
}
