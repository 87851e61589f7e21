//! The commands for every day, as a shell shows them: piped, and on a terminal.
//!
//! A transcript is a file of commands with what they print. A test runs the commands in a new folder and
//! compares. `UPDATE_TRANSCRIPTS=1 cargo test --test acceptance command_line` writes the files anew.

mod places;
mod shells;

use std::{
    fs,
    os::unix::{fs::symlink, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use regex::Regex;
use tempfile::TempDir;

use crate::{
    program::{LocalProgram, repository_root, statewright_binary},
    terminal::Terminal,
};

/// What ends a command's output on a terminal.
const DONE: &str = "\u{4}rc=";

/// A folder with definitions, in which a user types commands.
struct Shell {
    folder: TempDir,
    /// Variables of the environment, beside those of a new user.
    variables: Vec<(String, String)>,
}

impl Shell {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("bin")).expect("a folder");
        symlink(statewright_binary(), folder.path().join("bin/statewright")).expect("a link");
        for entry in fs::read_dir(files().join("definitions")).expect("a folder of definitions") {
            let file = entry.expect("it is listed").path();
            let name = file.file_name().expect("a file has a name");
            fs::copy(&file, folder.path().join(name)).expect("a file");
        }
        Self { folder, variables: Vec::new() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts `local` on the folder's own data.
    fn start_server(&self) -> LocalProgram {
        LocalProgram::start(&self.path().join(".statewright"), &["--region", "us-east-1"])
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(line).current_dir(self.path()).env_clear();
        let bin = self.path().join("bin");
        let path = std::env::var("PATH").expect("a shell finds programs");
        command.env("PATH", format!("{}:{path}", bin.display()));
        command.env("HOME", self.path()).env("TERM", "xterm");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command with its output piped, and returns what it prints: standard output, then standard error,
    /// then an exit code that is not 0.
    fn piped(&self, line: &str) -> String {
        let output = self.command(line).stdin(Stdio::null()).output().expect("a shell runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output
            .status
            .code()
            .unwrap_or_else(|| panic!("{line}: killed by signal {:?}", output.status.signal()));
        let code = if code == 0 { String::new() } else { format!("[exit code {code}]\n") };
        format!("{}{}{code}", text(&output.stdout), text(&output.stderr))
    }

    /// Runs a command on a terminal of 100 columns, and returns what that shows.
    fn on_terminal(&self, line: &str) -> String {
        let mut terminal = Terminal::open();
        terminal.resize(100, 40);
        let mut command = self.command(&format!("{line}\nprintf '\\004rc=%s.' $?"));
        command.stdin(terminal.stdio()).stdout(terminal.stdio()).stderr(terminal.stdio());
        let mut process = command.spawn().expect("a shell runs");
        let seen = terminal.read_until_match(&|seen| {
            seen.rsplit_once(DONE).is_some_and(|(_, code)| code.ends_with('.'))
        });
        process.wait().expect("it ends");
        let (shown, code) = seen.rsplit_once(DONE).expect("it is the end");
        let code = code.trim_end_matches('.');
        let code = if code == "0" { String::new() } else { format!("[exit code {code}]\n") };
        format!("{}{code}", shown.replace("\r\n", "\n").replace('\u{1b}', "\\e"))
    }
}

fn files() -> PathBuf {
    repository_root().join("tests/acceptance/command_line")
}

/// What differs from run to run: dates, durations, tokens, and the columns that depend on them.
fn masked(text: &str, shell: &Shell) -> String {
    let folder = shell.path().display().to_string();
    let mut text = text.replace(&folder, "~");
    for (pattern, mask) in [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "DATE"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "DATE"),
        (r"\b\d+(\.\d+)? (ms|s)\b|\b\d+m \d\ds\b", "TIME"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r#""taskToken":"[^"]+""#, r#""taskToken":"TOKEN""#),
        (r#""revisionId":"[^"]+""#, r#""revisionId":"REVISION""#),
        (r"revision( +)[0-9a-f-]{36}", "revision${1}REVISION"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        (r"  +", "  "),
    ] {
        let pattern = Regex::new(pattern).expect("a pattern");
        text = pattern.replace_all(&text, mask).into_owned();
    }
    text
}

/// Runs the commands of a transcript, and compares what they print with what it says.
fn check_transcript(name: &str, shell: &Shell, run: impl Fn(&Shell, &str) -> String) {
    let file = files().join(name);
    let expected = fs::read_to_string(&file).expect("a transcript");
    let mut actual = String::new();
    for line in expected.lines() {
        if let Some(comment) = line.strip_prefix('#') {
            actual.extend(["#", comment, "\n"]);
        } else if let Some(command) = line.strip_prefix("$ ") {
            let printed = masked(&run(shell, command), shell);
            actual.extend(["$ ", command, "\n", &printed]);
            if !printed.is_empty() && !printed.ends_with('\n') {
                actual += "(no line end)\n";
            }
        }
    }
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&file, &actual).expect("it is written");
    }
    assert!(actual == expected, "{name} is not what is printed now:\n{actual}");
}

#[test]
fn commands_print_text_and_json_into_a_pipe() {
    let shell = Shell::new();
    let _server = shell.start_server();
    check_transcript("piped.txt", &shell, Shell::piped);
}

#[test]
fn commands_print_colours_and_cut_lines_on_a_terminal() {
    let shell = Shell::new();
    let _server = shell.start_server();
    check_transcript("terminal.txt", &shell, Shell::on_terminal);
}

#[test]
fn each_help_fits_a_screen_and_ends_with_an_example() {
    let shell = Shell::new();
    let listed = shell.piped("statewright --help");
    let commands: Vec<&str> = listed
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() >= 20, "{listed}");
    for command in commands {
        let help = shell.on_terminal(&format!("statewright {command} --help"));
        let lines: Vec<&str> = help.lines().collect();
        assert!(lines.len() <= 60, "{command} has {} lines of help", lines.len());
        let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(widest <= 120, "{command} --help has a line of {widest} characters");
        assert!(help.contains("Example"), "{command} --help has no example:\n{help}");
    }
}
