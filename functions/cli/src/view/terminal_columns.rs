//! The width of a terminal.

use std::{io::IsTerminal, os::fd::AsFd};

use rustix::termios::tcgetwinsize;

/// The columns of the terminal that a stream goes to; none if it goes elsewhere, or the terminal does not say.
pub(crate) fn terminal_columns(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
    let size = stream.is_terminal().then(|| tcgetwinsize(stream).ok()).flatten();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
