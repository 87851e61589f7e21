//! The interruption of a `run`, and what it says then.

use std::{env, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that interrupt a run: SIGINT and SIGTERM.
pub(crate) struct InterruptionSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl InterruptionSignals {
    /// From here on, these signals do not end the process.
    pub(crate) fn listen() -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits until one has come.
    pub(crate) async fn wait_for_one(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Whether an execution outlives the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeptExecution {
    /// It is in the folder of `--data`.
    InFolder,
    /// It is lost.
    InMemory,
}

/// Says how to go on after an interruption.
pub(crate) fn interruption_text(kept: KeptExecution) -> String {
    match kept {
        KeptExecution::InFolder => {
            let words = env::args_os().map(|word| quote_word(&word.to_string_lossy()));
            let command = words.collect::<Vec<_>>().join(" ");
            format!("interrupted; the same command goes on where it stopped:\n  {command}")
        }
        KeptExecution::InMemory => {
            "interrupted, and nothing is kept; with --data DIR, the same command would go on"
                .to_owned()
        }
    }
}

/// A word as a POSIX shell reads it.
pub(crate) fn quote_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quote_word("--data=./d"), "--data=./d");
        assert_eq!(quote_word(r#"{"a": "it's"}"#), r#"'{"a": "it'\''s"}'"#);
        assert_eq!(quote_word(""), "''");
    }
}
