//! The console, as a browser sees it: at the address of `local`, and by `statewright console`.

mod activities;
mod browser;
mod dead_letters;
mod deployment;
mod executions;
mod failures;
mod forms;
mod histories;
mod hostile_data;
mod pages;
mod refused_edits;
mod targets;
mod test_state;
mod visits;

use std::{path::Path, process::Command};

use serde_json::json;

use self::browser::Browser;
use crate::program::{LocalProgram, statewright_binary};

/// A machine of one Pass state.
const PASS: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;

/// The command, as if its user had neither an AWS account nor a remembered target.
fn console_command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(statewright_binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.args(["console", "--port", "0"]).args(arguments).current_dir(home);
    command.env("HOME", home).env("USER", "ada").env_remove("XDG_CONFIG_HOME");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// A server, and a console that shows it.
struct Opened {
    _folder: tempfile::TempDir,
    local: LocalProgram,
    console: LocalProgram,
}

impl Opened {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let local = LocalProgram::start(&folder.path().join("data"), &["--region", "us-east-1"]);
        let endpoint = format!("http://{}", local.client.address());
        let mut command = console_command(folder.path(), &["--endpoint", &endpoint]);
        let console = LocalProgram::start_command(&mut command);
        Self { _folder: folder, local, console }
    }

    /// A browser at the server's own pages, and one at those of the command.
    fn browsers(&self) -> [Browser; 2] {
        [Browser::at(self.local.client.address()), Browser::at(self.console.client.address())]
    }

    /// How many executions of a state machine there are.
    fn execution_count(&self, machine: &str) -> usize {
        let members = json!({ "stateMachineArn": machine });
        let listed = self.local.client.call_successfully("ListExecutions", &members);
        listed["executions"].as_array().expect("a list").len()
    }
}
