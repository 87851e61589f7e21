//! The logs of executions on one machine: a file of lines, and the console.

use std::{
    fmt,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use orchestrator::ports::{ExecutionLogBatch, ExecutionLogLine, ExecutionLogs};
use tracing::error;

use crate::store::open_private_log;

/// The name of the file in the folder of the data.
pub const EXECUTION_LOG_NAME: &str = "logs.jsonl";

/// Appends the lines of all log groups to one file, and shows them. The file is created when there is
/// something to log. Only its user may read it.
pub struct ExecutionLogFile {
    path: Option<PathBuf>,
    file: Mutex<Option<File>>,
    show_line: fn(&str),
}

impl ExecutionLogFile {
    /// Logs to a file in this folder, if there is one. `show_line` shows a line on the console.
    pub fn new(folder: Option<&Path>, show_line: fn(&str)) -> Self {
        let path = folder.map(|folder| folder.join(EXECUTION_LOG_NAME));
        Self { path, file: Mutex::new(None), show_line }
    }

    fn append_lines(&self, path: &Path, lines: &[ExecutionLogLine]) -> io::Result<()> {
        let mut text: Vec<u8> = Vec::new();
        for line in lines {
            text.extend_from_slice(line.text.as_bytes());
            text.push(b'\n');
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(open_private_log(path)?),
        };
        file.write_all(&text)
    }
}

impl fmt::Debug for ExecutionLogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutionLogFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ExecutionLogs for ExecutionLogFile {
    async fn write_log(&self, batch: ExecutionLogBatch<'_>) {
        for line in batch.lines {
            (self.show_line)(&line.text);
        }
        let Some(path) = &self.path else { return };
        if let Err(error) = self.append_lines(path, batch.lines) {
            error!(path = %path.display(), %error, "the log of an execution could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::{AccountRegion, ExecutionLogging, LogLevel, Timestamp};

    use super::*;

    #[test]
    fn lines_are_appended_to_one_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let logging = ExecutionLogging {
            level: LogLevel::All,
            include_execution_data: true,
            log_group_arn: String::new(),
        };
        for text in ["1", "2"] {
            // Another process goes on with the file.
            let log = ExecutionLogFile::new(Some(folder.path()), |_| {});
            let batch = ExecutionLogBatch {
                logging: &logging,
                account_region: &AccountRegion::new("us-east-1", "000000000000"),
                execution: &"m:n:u".parse().expect("an id"),
                role_arn: "role",
                lines: &[ExecutionLogLine {
                    at: Timestamp::from_milliseconds(1),
                    text: text.into(),
                }],
            };
            log.write_log(batch).now_or_never().expect("it writes at once");
        }
        let written = std::fs::read_to_string(folder.path().join(EXECUTION_LOG_NAME));
        assert_eq!(written.expect("a file"), "1\n2\n");
    }
}
