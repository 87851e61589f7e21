//! What a new user tries in the first hour, and what the program says to it.

mod coverage;
mod files;
mod formatting;
mod functions;
mod help;
mod new_project;
mod progress;
mod server;
mod test_files;
mod tour;
mod watching;

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::program::statewright_binary;

/// A machine of one Pass state.
const PASS: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;

/// The program, as if its user had neither an AWS account nor a region.
fn statewright_command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(statewright_binary());
    command.args(arguments).current_dir(folder).env("HOME", folder);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        if name != "AWS_EC2_METADATA_DISABLED" {
            command.env_remove(name);
        }
    }
    command
}

fn run_in(folder: &Path, arguments: &[&str]) -> Said {
    Said::of(statewright_command(folder, arguments).output().expect("the built binary runs"))
}

fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Said {
    let mut command = statewright_command(folder, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the built binary runs");
    let mut stdin = process.stdin.take().expect("its input is piped");
    stdin.write_all(input.as_bytes()).expect("it reads its input");
    drop(stdin);
    Said::of(process.wait_with_output().expect("it ends"))
}

/// What the program said.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let Output { status, stdout, stderr } = output;
        Self { code: status.code(), out: text(&stdout), err: text(&stderr) }
    }
}

fn write_file(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    let around = file.parent().expect("a file is in a folder");
    std::fs::create_dir_all(around).expect("a temporary folder can be made");
    std::fs::write(file, text).expect("a temporary file can be written");
}

fn temporary_folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}
