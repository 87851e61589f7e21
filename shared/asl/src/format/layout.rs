//! Lines and indentation.

use super::json_tree::{JsonMember, JsonNode, ObjectShape};

const INDENT: &str = "  ";
/// The most characters of a line that holds more than one value.
const COLUMNS_MAX: usize = 100;

/// Prints a document, with a line break at the end.
pub(super) fn print_json_tree(document: &JsonNode<'_>) -> String {
    let mut printer = LayoutPrinter { out: String::new(), column: 0 };
    printer.print_value(document, 0, 0);
    printer.out.push('\n');
    printer.out
}

struct LayoutPrinter {
    out: String,
    /// How many characters the last line has.
    column: usize,
}

impl LayoutPrinter {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn begin_line(&mut self, level: usize) {
        self.out.push('\n');
        self.column = 0;
        self.push(&INDENT.repeat(level));
    }

    /// Prints a value, behind which so many characters come on the same line.
    fn print_value(&mut self, node: &JsonNode<'_>, level: usize, behind: usize) {
        let room = COLUMNS_MAX.saturating_sub(self.column + behind);
        let mut line = OneLine { text: String::new(), room };
        if line.add_value(node).is_some() {
            self.push(&line.text);
            return;
        }
        match node {
            JsonNode::Scalar(text) => self.push(text),
            JsonNode::Array(elements) => {
                self.push("[");
                let last = elements.len().saturating_sub(1);
                for (at, element) in elements.iter().enumerate() {
                    self.begin_line(level + 1);
                    self.print_value(element, level + 1, usize::from(at < last));
                    self.push(if at < last { "," } else { "" });
                }
                self.begin_line(level);
                self.push("]");
            }
            JsonNode::Object(_, members) => {
                self.push("{");
                let last = members.len().saturating_sub(1);
                for (at, JsonMember { key, value, .. }) in members.iter().enumerate() {
                    self.begin_line(level + 1);
                    self.push(key);
                    self.push(": ");
                    self.print_value(value, level + 1, usize::from(at < last));
                    self.push(if at < last { "," } else { "" });
                }
                self.begin_line(level);
                self.push("}");
            }
        }
    }
}

/// A value on one line, as far as there is room for it.
struct OneLine {
    text: String,
    /// How many characters more there may be.
    room: usize,
}

impl OneLine {
    /// Adds a text; none if there is no room.
    fn add(&mut self, text: &str) -> Option<()> {
        self.room = self.room.checked_sub(text.chars().count())?;
        self.text.push_str(text);
        Some(())
    }

    /// Adds a value; none if it must be open or there is no room.
    fn add_value(&mut self, node: &JsonNode<'_>) -> Option<()> {
        match node {
            JsonNode::Scalar(text) => self.add(text),
            JsonNode::Array(elements) => {
                self.add("[")?;
                for (at, element) in elements.iter().enumerate() {
                    self.add(if at > 0 { ", " } else { "" })?;
                    self.add_value(element)?;
                }
                self.add("]")
            }
            JsonNode::Object(_, members) if members.is_empty() => self.add("{}"),
            JsonNode::Object(ObjectShape::Open, _) => None,
            JsonNode::Object(ObjectShape::OneLineIfItFits, members) => {
                self.add("{ ")?;
                for (at, JsonMember { key, value, .. }) in members.iter().enumerate() {
                    self.add(if at > 0 { ", " } else { "" })?;
                    self.add(key)?;
                    self.add(": ")?;
                    self.add_value(value)?;
                }
                self.add(" }")
            }
        }
    }
}
