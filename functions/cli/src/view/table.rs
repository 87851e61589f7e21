//! Tables for people: columns that are as wide as what is in them.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::{Paint, terminal_columns};

/// Blanks between columns.
const GAP: &str = "  ";
/// The fewest columns of the last cell on a terminal.
const LAST_MIN: usize = 10;

/// A table. Its last column is cut where a terminal ends; to all else, it is written whole.
pub(crate) struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    paint: Paint,
    width: Option<usize>,
}

struct Cell {
    text: String,
    /// The status whose colour it has.
    status: Option<String>,
}

impl Table {
    pub(crate) fn new(header: &[&'static str]) -> Self {
        Self {
            header: header.to_vec(),
            rows: Vec::new(),
            paint: Paint::of_standard_output(),
            width: terminal_columns(&io::stdout()),
        }
    }

    pub(crate) fn add_row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|text| Cell { text, status: None }).collect());
    }

    /// Adds a row whose cell at `index` has the colour of the status in it.
    pub(crate) fn add_status_row(&mut self, cells: Vec<String>, index: usize) {
        self.add_row(cells);
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.get_mut(index)) {
            cell.status = Some(cell.text.clone());
        }
    }

    /// The table as lines.
    pub(crate) fn into_text(self) -> String {
        let columns = self.header.len();
        let widths: Vec<usize> = (0..columns).map(|column| self.column_width(column)).collect();
        let heads: Vec<Cell> = self
            .header
            .iter()
            .map(|head| Cell { text: (*head).to_owned(), status: None })
            .collect();
        let mut text = self.paint.bold(&self.line_of(&heads, &widths));
        text.push('\n');
        for row in &self.rows {
            text += &self.line_of(row, &widths);
            text.push('\n');
        }
        text
    }

    fn column_width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.text.width()).max().unwrap_or(0);
        widest.max(self.header[column].width())
    }

    fn line_of(&self, row: &[Cell], widths: &[usize]) -> String {
        let mut line = String::new();
        let mut taken = 0;
        let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
        for (index, cell) in row.iter().enumerate().take(last + 1) {
            if index > 0 {
                line += GAP;
                taken += GAP.len();
            }
            let text = match self.width {
                Some(width) if index + 1 == widths.len() => {
                    cut(&cell.text, width.saturating_sub(taken).max(LAST_MIN))
                }
                _ => cell.text.clone(),
            };
            let blanks = if index == last { 0 } else { widths[index] - text.width() };
            taken += text.width() + blanks;
            line += &match &cell.status {
                Some(status) => self.paint.by_status(status, &text),
                None => text,
            };
            line += &" ".repeat(blanks);
        }
        line
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        let longer = format!("{kept}{letter}");
        if longer.width() + 1 > width {
            break;
        }
        kept = longer;
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::new(&["NAME", "STATUS"]);
        table.add_row(vec!["zamówienie".to_owned(), "FAILED".to_owned()]);
        table.add_row(vec!["注文".to_owned(), String::new()]);
        table.add_row(vec!["x".to_owned(), "RUNNING".to_owned()]);
        let expected = "NAME        STATUS\nzamówienie  FAILED\n注文\nx           RUNNING\n";
        assert_eq!(table.into_text(), expected);
    }

    #[test]
    fn the_last_cell_is_cut_where_a_terminal_ends() {
        let mut table = Table { width: Some(20), ..Table::new(&["A", "B"]) };
        table.add_row(vec!["abc".to_owned(), "a cause that is too long".to_owned()]);
        assert_eq!(table.into_text(), "A    B\nabc  a cause that i…\n");
    }
}
