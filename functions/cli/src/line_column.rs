//! The positions of the values in a JSON or YAML text.

use std::{collections::BTreeMap, ops::RangeInclusive};

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

/// A position in a text. Lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineColumn {
    pub(crate) line: usize,
    /// Counted in characters.
    pub(crate) column: usize,
}

impl LineColumn {
    /// The position of the character at this byte, or of the last one if the text ends there.
    pub(crate) fn of_offset(text: &str, offset: usize) -> Self {
        let last = text.trim_end().char_indices().next_back().map_or(0, |(at, _)| at);
        let before = text.get(..offset.min(last)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        Self { line, column: before[line_start..].chars().count() + 1 }
    }

    fn from_span(span: Span) -> Self {
        Self { line: span.start.line(), column: span.start.col() + 1 }
    }
}

/// The position of each value by its location in AWS's notation, `/States/A/Choices[0]`. A field
/// has the position of its key. In a text that cannot be parsed, only values before the error have
/// one.
pub(crate) fn locate_values(text: &str) -> BTreeMap<String, LineColumn> {
    locate_all(text).places
}

/// The first and the last line of values, by their locations.
pub(crate) type ValueLines = BTreeMap<String, RangeInclusive<usize>>;

/// The lines of each value of a text, by its location as in [`locate_values`]: those of a field
/// begin with its key.
pub(crate) fn locate_value_lines(text: &str) -> ValueLines {
    let located = locate_all(text);
    let lines = |(location, end): (String, usize)| {
        let start = located.places.get(&location)?.line;
        Some((location, start..=end.max(start)))
    };
    located.last_lines.into_iter().filter_map(lines).collect()
}

fn locate_all(text: &str) -> YamlValueLocator<'_> {
    let mut walk = YamlValueLocator {
        events: Parser::new_from_str(text),
        places: BTreeMap::new(),
        last_lines: BTreeMap::new(),
        line: 0,
    };
    while let Some((event, span)) = walk.next_event() {
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd | Event::DocumentEnd => break,
            event => {
                walk.places.insert("/".to_owned(), LineColumn::from_span(span));
                walk.walk_value(&event, "");
            }
        }
    }
    walk
}

struct YamlValueLocator<'text> {
    events: Parser<'text, StrInput<'text>>,
    places: BTreeMap<String, LineColumn>,
    last_lines: BTreeMap<String, usize>,
    /// The last line of what was read.
    line: usize,
}

impl<'text> YamlValueLocator<'text> {
    fn next_event(&mut self) -> Option<(Event<'text>, Span)> {
        let (event, span) = self.events.next()?.ok()?;
        let last_line = match &event {
            // The span of a block scalar is from its first line to what comes behind it.
            Event::Scalar(text, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                span.start.line() + text.trim_end().lines().count().saturating_sub(1)
            }
            // What ends by indentation has no text of its own at its end.
            _ if span.end.index() == span.start.index() => 0,
            _ => span.end.line(),
        };
        self.line = self.line.max(last_line);
        Some((event, span))
    }

    /// Walks through the value that begins with this event; `None` if it contains a syntax error.
    fn walk_value(&mut self, first: &Event<'text>, location: &str) -> Option<()> {
        match first {
            Event::MappingStart(..) => loop {
                let (key, span) = self.next_event()?;
                let Event::Scalar(key, ..) = key else { return Some(()) };
                let inner = format!("{location}/{key}");
                self.places.insert(inner.clone(), LineColumn::from_span(span));
                let (value, _) = self.next_event()?;
                self.walk_value(&value, &inner)?;
                self.last_lines.insert(inner, self.line);
            },
            Event::SequenceStart(..) => {
                for index in 0.. {
                    let (element, span) = self.next_event()?;
                    if element == Event::SequenceEnd {
                        break;
                    }
                    let inner = format!("{location}[{index}]");
                    self.places.insert(inner.clone(), LineColumn::from_span(span));
                    self.walk_value(&element, &inner)?;
                    self.last_lines.insert(inner, self.line);
                }
                Some(())
            }
            _ => Some(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_the_lines_from_its_key_to_its_end() {
        let json = "{\"a\": {\n  \"b\": [1,\n 2\n]},\n \"c\": 3}";
        let yaml = "a:\n  b:\n    - 1\n    - |\n      text\n      text\n\n# why\nc: 3\n";
        for (text, a, b, c) in [(json, 1..=4, 2..=4, 5..=5), (yaml, 1..=6, 2..=6, 9..=9)] {
            let lines = locate_value_lines(text);
            let expected = [Some(&a), Some(&b), Some(&c)];
            assert_eq!(["/a", "/a/b", "/c"].map(|location| lines.get(location)), expected);
        }
    }

    #[test]
    fn an_offset_has_a_line_and_a_column() {
        let at = |text: &str, offset| {
            let LineColumn { line, column } = LineColumn::of_offset(text, offset);
            (line, column)
        };
        assert_eq!(at("é\nab", 4), (2, 2));
        assert_eq!(at("ab\n\n", 4), (1, 2));
        assert_eq!(at("", 0), (1, 1));
    }

    #[test]
    fn keys_and_elements_have_places() {
        let places = locate_values("{\"a\": [1,\n  {\"b\": 2}]}");
        let at =
            |location: &str| places.get(location).map(|position| (position.line, position.column));
        assert_eq!(at("/"), Some((1, 1)));
        assert_eq!(at("/a"), Some((1, 2)));
        assert_eq!(at("/a[1]"), Some((2, 3)));
        assert_eq!(at("/a[1]/b"), Some((2, 4)));
        assert_eq!(at("/c"), None);
    }
}
