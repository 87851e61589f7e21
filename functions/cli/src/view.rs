//! What commands print of the API's answers: text for people, JSON for programs.

mod dates;
mod escape_html;
mod paint;
mod payload;
mod table;
mod terminal_columns;

pub(crate) use console::duration_text;

pub(crate) use self::{
    dates::{instant_of, instant_text, with_iso_dates},
    escape_html::escape_html,
    paint::{Paint, shows_colours, visible_text},
    payload::{cause_line, one_line_json, pretty_json},
    table::Table,
    terminal_columns::terminal_columns,
};

use std::io::{self, ErrorKind, Write};

use serde_json::Value;

/// Prints lines to standard output. Whoever closed it has read enough: then the command ends with
/// success, as if all had been read.
pub(crate) fn print_text(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(anyhow::Error::new(ReaderGone)),
        written => Ok(written?),
    }
}

/// Prints a line.
pub(crate) fn print_line(line: &str) -> anyhow::Result<()> {
    print_text(&format!("{line}\n"))
}

/// Prints an answer of the API as one line of JSON, with dates as text.
pub(crate) fn print_json(value: Value) -> anyhow::Result<()> {
    print_line(&with_iso_dates(value).to_string())
}

/// Whether something was not printed since nobody reads standard output any more.
pub(crate) fn is_reader_gone(error: &anyhow::Error) -> bool {
    let is_pipe = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    error.is::<ReaderGone>() || error.downcast_ref::<io::Error>().is_some_and(is_pipe)
}

/// Nobody reads standard output any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads the output")]
pub(crate) struct ReaderGone;
