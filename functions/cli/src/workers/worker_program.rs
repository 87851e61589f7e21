//! A program that works at tasks.

use std::{env, path::Path, process::Stdio};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

/// Most bytes of a cause.
///
/// Spec: API Reference, `SendTaskFailure` § `cause`
const CAUSE_BYTES_MAX: usize = 32_768;

pub(super) struct WorkerProgram {
    words: Vec<String>,
}

impl WorkerProgram {
    /// Finds a program, by its path or as a shell does, before any task is taken for it.
    ///
    /// Errors: there is none.
    pub(super) fn find(words: Vec<String>) -> anyhow::Result<Self> {
        let name = words.first().map(String::as_str).unwrap_or_default();
        let path = env::var_os("PATH").unwrap_or_default();
        let is_there = if name.contains('/') {
            Path::new(name).is_file()
        } else {
            env::split_paths(&path).any(|folder| folder.join(name).is_file())
        };
        anyhow::ensure!(is_there, "there is no program {name}");
        Ok(Self { words })
    }

    /// Runs the program for a task, and returns the operation that answers the task, with its members.
    ///
    /// A program that does not start fails the task, since the task has been taken.
    pub(super) async fn answer_task(&self, input: &str) -> anyhow::Result<(&'static str, Value)> {
        let [name, arguments @ ..] = self.words.as_slice() else {
            anyhow::bail!("no program is named");
        };
        let process = Command::new(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut process = match process {
            Ok(process) => process,
            Err(error) => {
                return Ok(failure("WorkerFailed", &format!("cannot run {name}: {error}")));
            }
        };
        let stdin = process.stdin.take();
        let feed = async move {
            if let Some(mut stdin) = stdin {
                // A program need not read its input.
                drop(stdin.write_all(input.as_bytes()).await);
            }
        };
        let ((), ended) = tokio::join!(feed, process.wait_with_output());
        let ended = ended?;
        let output = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
            return Ok(failure("WorkerFailed", &format!("{}: {said}", ended.status)));
        }
        let output = if output.is_empty() { "{}".to_owned() } else { output };
        match serde_json::from_str::<Value>(&output) {
            Ok(_) => Ok(("SendTaskSuccess", json!({ "output": output }))),
            Err(error) => {
                Ok(failure("WorkerOutputInvalid", &format!("the output is no JSON: {error}")))
            }
        }
    }
}

fn failure(error: &str, cause: &str) -> (&'static str, Value) {
    ("SendTaskFailure", json!({"error": error, "cause": last_bytes(cause)}))
}

/// The end of a text, which says most of a failure.
fn last_bytes(text: &str) -> &str {
    let mut from = text.len().saturating_sub(CAUSE_BYTES_MAX);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(script: &str) -> (&'static str, Value) {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        WorkerProgram { words }.answer_task(r#"{"a":1}"#).await.expect("it runs")
    }

    #[tokio::test]
    async fn what_a_program_prints_is_the_result() {
        assert_eq!(answer("cat").await, ("SendTaskSuccess", json!({"output": "{\"a\":1}"})));
        assert_eq!(answer("true").await, ("SendTaskSuccess", json!({"output": "{}"})));
        assert_eq!(answer("echo no").await.1["error"], "WorkerOutputInvalid");
    }

    #[tokio::test]
    async fn a_program_that_fails_fails_its_task() {
        let (operation, members) = answer("echo why >&2; exit 3").await;
        assert_eq!(operation, "SendTaskFailure");
        assert_eq!(members, json!({"error": "WorkerFailed", "cause": "exit status: 3: why"}));
        assert!(WorkerProgram::find(vec!["./no-such".to_owned()]).is_err());
        assert!(WorkerProgram::find(vec!["no-such-program".to_owned()]).is_err());
        assert!(WorkerProgram::find(vec!["sh".to_owned()]).is_ok());
        // It was there when the work began.
        let gone = WorkerProgram { words: vec!["./no-such".to_owned()] };
        let none = gone.answer_task("{}").await;
        let cause = none.expect("it fails the task").1["cause"].to_string();
        assert!(cause.contains("cannot run ./no-such"), "{cause}");
    }
}
