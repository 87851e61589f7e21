//! What this process says on stderr, which never waits for whoever reads it.
//!
//! Functions' output and logs come from threads that serve everybody. If stderr is a pipe that
//! nobody reads, writing to it would stop them all. So they put what they say into a queue, and a
//! thread writes it. Lines that the queue has no room for are dropped, and their number is said.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    collections::VecDeque,
    io::{self, Write},
    panic,
    sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// The most bytes that wait to be written.
const WAITING_BYTES_MAX: usize = 1 << 20;
/// How long a panic waits until its message is written: it may end the process.
const PANIC_PATIENCE: Duration = Duration::from_millis(200);

/// Moves to the beginning of the line and clears it.
///
/// Spec: ECMA-48, EL (Erase in Line)
const CLEAR_LINE: &[u8] = b"\r\x1b[2K";

static STANDARD_ERROR: LazyLock<OutputQueue> = LazyLock::new(|| OutputQueue::start(io::stderr()));

/// Says a line.
pub(crate) fn say_line(line: &str) {
    STANDARD_ERROR.push(format!("{line}\n").into_bytes());
}

/// Shows a line below all others, in place of the one before; an empty one removes it. It is for terminals,
/// and says what changes all the time.
pub(crate) fn show_status(status: String) {
    STANDARD_ERROR.set_status(status);
}

/// Waits until everything is written, for as long as there is progress in that time.
pub(crate) fn flush_lines(patience: Duration) {
    STANDARD_ERROR.flush(patience);
}

/// Has panics say their messages through the queue, too.
pub(crate) fn say_panics() {
    panic::set_hook(Box::new(|panicked| {
        let trace = Backtrace::capture();
        say_line(&panicked.to_string());
        if trace.status() == BacktraceStatus::Captured {
            say_line(&trace.to_string());
        }
        flush_lines(PANIC_PATIENCE);
    }));
}

/// Makes the writer of logs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogWriter;

impl MakeWriter<'_> for LogWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        STANDARD_ERROR.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines on their way to a writer.
struct OutputQueue(Arc<(Mutex<QueuedOutput>, Condvar)>);

#[derive(Default)]
struct QueuedOutput {
    lines: VecDeque<Vec<u8>>,
    waiting_bytes: usize,
    dropped_lines: u64,
    /// Whether the thread is writing what it has taken out.
    is_writing: bool,
    written_lines: u64,
    /// The line below all others.
    status: String,
    status_changed: bool,
}

impl OutputQueue {
    fn start(writer: impl Write + Send + 'static) -> Self {
        let shared = Arc::new((Mutex::default(), Condvar::new()));
        let of_thread = Arc::clone(&shared);
        // Without the thread, lines are dropped when the queue is full.
        drop(
            thread::Builder::new()
                .name("standard-error".to_owned())
                .spawn(move || write_lines(&of_thread, writer)),
        );
        Self(shared)
    }

    fn push(&self, line: Vec<u8>) {
        let (queued, changed) = &*self.0;
        let mut queued = lock_queue(queued);
        if queued.waiting_bytes + line.len() > WAITING_BYTES_MAX {
            queued.dropped_lines += 1;
            return;
        }
        queued.append_drop_note();
        queued.append_line(line);
        drop(queued);
        changed.notify_all();
    }

    fn set_status(&self, status: String) {
        let (queued, changed) = &*self.0;
        let mut queued = lock_queue(queued);
        queued.status_changed |= queued.status != status;
        queued.status = status;
        drop(queued);
        changed.notify_all();
    }

    fn flush(&self, patience: Duration) {
        let (queued, changed) = &*self.0;
        let mut queued = lock_queue(queued);
        queued.append_drop_note();
        changed.notify_all();
        while queued.is_writing || queued.status_changed || !queued.lines.is_empty() {
            let before = queued.written_lines;
            let waited = changed
                .wait_timeout_while(queued, patience, |queued| queued.written_lines == before);
            let (after, waiting) = waited.unwrap_or_else(PoisonError::into_inner);
            if waiting.timed_out() {
                return;
            }
            queued = after;
        }
    }
}

impl QueuedOutput {
    fn append_line(&mut self, line: Vec<u8>) {
        self.waiting_bytes += line.len();
        self.lines.push_back(line);
    }

    fn append_drop_note(&mut self) {
        if self.dropped_lines > 0 {
            let note = format!("({} lines were dropped: nobody read them)\n", self.dropped_lines);
            self.dropped_lines = 0;
            self.append_line(note.into_bytes());
        }
    }
}

fn write_lines(shared: &(Mutex<QueuedOutput>, Condvar), mut writer: impl Write) {
    let (queued, changed) = shared;
    let mut shown_status = String::new();
    loop {
        let is_idle = |queued: &mut QueuedOutput| queued.lines.is_empty() && !queued.status_changed;
        let mut taken =
            changed.wait_while(lock_queue(queued), is_idle).unwrap_or_else(PoisonError::into_inner);
        let line = taken.lines.pop_front().unwrap_or_default();
        let status = taken.status.clone();
        taken.status_changed = false;
        taken.is_writing = true;
        drop(taken);
        let mut written = Vec::new();
        if !shown_status.is_empty() {
            written.extend_from_slice(CLEAR_LINE);
        }
        written.extend_from_slice(&line);
        written.extend_from_slice(status.as_bytes());
        shown_status = status;
        // Whoever closed the other end does not want the line.
        drop(writer.write_all(&written).and_then(|()| writer.flush()));
        let mut taken = lock_queue(queued);
        taken.is_writing = false;
        taken.waiting_bytes -= line.len();
        taken.written_lines += 1;
        drop(taken);
        changed.notify_all();
    }
}

fn lock_queue(queued: &Mutex<QueuedOutput>) -> MutexGuard<'_, QueuedOutput> {
    queued.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        os::unix::net::UnixStream,
    };

    use super::*;

    #[test]
    fn nobody_waits_for_a_reader_and_what_was_dropped_is_counted() {
        let (reader, writer) = UnixStream::pair().expect("a pair");
        let queue = OutputQueue::start(writer);
        let line = [vec![b'x'; 999], vec![b'\n']].concat();
        let lines = 3 * WAITING_BYTES_MAX / line.len();
        for _ in 0..lines {
            queue.push(line.clone());
        }
        let queue = thread::spawn(move || {
            queue.flush(Duration::from_mins(5));
            drop(queue);
        });
        // Whenever there was room again in between, a note says what was dropped until then.
        let (mut whole, mut dropped) = (0, 0);
        let mut read = BufReader::new(reader).lines().map(|line| line.expect("it is text"));
        while whole + dropped < lines {
            let said = read.next().expect("each line is written or counted");
            match said.strip_prefix('(') {
                Some(note) => {
                    let note = note.strip_suffix(" lines were dropped: nobody read them)");
                    dropped += note.expect("it is a note").parse::<usize>().expect("a number");
                }
                None => whole += usize::from(said.len() == 999),
            }
        }
        assert_eq!(whole + dropped, lines);
        assert!(dropped > 0 && whole >= WAITING_BYTES_MAX / line.len(), "{whole} lines were kept");
        queue.join().expect("it is flushed");
    }

    #[test]
    fn a_status_stays_below_the_lines_and_goes() {
        let (reader, writer) = UnixStream::pair().expect("a pair");
        let queue = OutputQueue::start(writer);
        let patience = Duration::from_mins(1);
        queue.set_status("1 of 2".to_owned());
        queue.flush(patience);
        queue.push(b"a line\n".to_vec());
        queue.flush(patience);
        queue.set_status(String::new());
        queue.push(b"the end\n".to_vec());
        queue.flush(patience);
        let end = b"the end\n".to_vec();
        let mut seen = Vec::new();
        let mut reader = BufReader::new(reader);
        while !seen.ends_with(&end) {
            reader.read_until(b'\n', &mut seen).expect("it is written");
        }
        let seen = String::from_utf8_lossy(&seen).replace("\r\u{1b}[2K", "<");
        assert_eq!(seen, "1 of 2<a line\n1 of 2<the end\n");
    }

    #[test]
    fn a_flush_ends_when_nothing_is_read() {
        let (_reader, writer) = UnixStream::pair().expect("a pair");
        let queue = OutputQueue::start(writer);
        for _ in 0..WAITING_BYTES_MAX / 1000 {
            queue.push(vec![b'x'; 1000]);
        }
        queue.flush(Duration::from_millis(50));
    }
}
