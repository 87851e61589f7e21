//! The output of functions, line by line.

use std::{fmt, sync::Arc};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use super::limits::OUTPUT_LINE_BYTES_MAX;

/// Holds one line that a function printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputLine<'a> {
    /// The function's name.
    pub function: &'a str,
    /// The stream it was printed to.
    pub stream: OutputStream,
    /// The line without its line end. Bytes that are not UTF-8 are replaced by U+FFFD.
    pub line: &'a str,
}

/// Names the stream a line was printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Takes the lines of all functions. It is called from the runtime's threads and must not block.
#[derive(Clone)]
pub struct OutputSink(Arc<OutputCallback>);

type OutputCallback = dyn Fn(OutputLine<'_>) + Send + Sync;

impl OutputSink {
    /// Makes a sink that passes each line to a callback.
    pub fn new(take: impl Fn(OutputLine<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// Makes a sink that drops every line.
    pub fn discard_output() -> Self {
        Self::new(|_| {})
    }

    /// Passes on every line of `reader` until it ends. A line longer than
    /// [`OUTPUT_LINE_BYTES_MAX`] arrives in pieces.
    pub(super) async fn forward_lines(
        self,
        function: Arc<str>,
        stream: OutputStream,
        reader: impl AsyncRead + Unpin,
    ) {
        let mut reader = BufReader::new(reader);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let mut piece = (&mut reader).take(OUTPUT_LINE_BYTES_MAX as u64);
            // A stream that cannot be read is treated as ended.
            if !matches!(piece.read_until(b'\n', &mut bytes).await, Ok(1..)) {
                return;
            }
            while matches!(bytes.last(), Some(b'\n' | b'\r')) {
                bytes.pop();
            }
            let line = String::from_utf8_lossy(&bytes);
            (self.0)(OutputLine { function: &function, stream, line: &line });
        }
    }
}

impl fmt::Debug for OutputSink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OutputSink")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn lines_arrive_without_their_ends_and_the_last_needs_none() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        let sink = OutputSink::new(move |line| {
            seen.lock().expect("no panic").push(format!("{} | {}", line.function, line.line));
        });
        sink.forward_lines("add".into(), OutputStream::Stdout, &b"one\r\n\ntwo"[..]).await;
        assert_eq!(*lines.lock().expect("no panic"), ["add | one", "add | ", "add | two"]);
    }

    #[tokio::test]
    async fn a_line_without_end_arrives_in_pieces() {
        let count = Arc::new(Mutex::new(0));
        let seen = Arc::clone(&count);
        let sink = OutputSink::new(move |_| *seen.lock().expect("no panic") += 1);
        let long = vec![b'x'; OUTPUT_LINE_BYTES_MAX + 1];
        sink.forward_lines("add".into(), OutputStream::Stderr, &long[..]).await;
        assert_eq!(*count.lock().expect("no panic"), 2);
    }
}
