//! The positions of the values in a JSON or YAML text.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, Span, StrInput};

/// A position in a text. Lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineColumn {
    pub(crate) line: usize,
    /// Counted in characters.
    pub(crate) column: usize,
}

impl LineColumn {
    fn from_span(span: Span) -> Self {
        Self { line: span.start.line(), column: span.start.col() + 1 }
    }
}

/// The position of each value by its location in AWS's notation, `/States/A/Choices[0]`. A field
/// has the position of its key. In a text that cannot be parsed, only values before the error have
/// one.
pub(crate) fn locate_values(text: &str) -> BTreeMap<String, LineColumn> {
    let mut walk = YamlValueLocator { events: Parser::new_from_str(text), places: BTreeMap::new() };
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
    walk.places
}

struct YamlValueLocator<'text> {
    events: Parser<'text, StrInput<'text>>,
    places: BTreeMap<String, LineColumn>,
}

impl<'text> YamlValueLocator<'text> {
    fn next_event(&mut self) -> Option<(Event<'text>, Span)> {
        self.events.next()?.ok()
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
