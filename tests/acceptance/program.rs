//! The binary under test, which is built once, and a running `statewright local`.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    sync::OnceLock,
};

use crate::client::StepFunctionsClient;

pub(crate) fn repository_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Builds `statewright` in the profile of this test and returns its path. The environment variable
/// `STATEWRIGHT` names another binary to test.
pub(crate) fn statewright_binary() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        // The test runs as <target>/<profile>/deps/<test>.
        let test = std::env::current_exe().expect("a running test has a path");
        let profile = test.ancestors().nth(2).expect("tests run in the target folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--bin", "statewright"]).current_dir(repository_root());
        cargo.arg("--target-dir").arg(profile.parent().expect("a profile is in the target folder"));
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().expect("cargo runs").success(), "statewright does not build");
        profile.join("statewright")
    };
    let given = || std::env::var_os("STATEWRIGHT").map(PathBuf::from);
    BUILT.get_or_init(|| given().unwrap_or_else(build)).clone()
}

/// The command that serves on a free port with its data in this folder.
pub(crate) fn local_command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(statewright_binary());
    command.args(["local", "--port", "0", "--data"]).arg(data).args(arguments);
    command
}

/// A running `statewright local`, killed when it is dropped.
pub(crate) struct LocalProgram {
    process: Child,
    pub(crate) client: StepFunctionsClient,
}

impl LocalProgram {
    /// Starts it on a free port with its data in this folder, and waits until it listens.
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::start_command(&mut local_command(data, arguments))
    }

    /// Does the same with at most this much memory: an allocation beyond it fails.
    pub(crate) fn start_within(kibibytes: u32, data: &Path, arguments: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        let limited = format!("ulimit -v {kibibytes} && exec \"$0\" \"$@\"");
        shell.args(["-c", &limited]).arg(statewright_binary());
        shell.args(["local", "--port", "0", "--data"]).arg(data).args(arguments);
        Self::start_command(&mut shell)
    }

    /// Starts it by a command of [`local_command`], or by one that runs it in the end.
    pub(crate) fn start_command(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the built binary runs");
        let out = process.stdout.take().expect("its output is piped");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("it prints where it listens");
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("it says where it listens: {line:?}"));
        Self { process, client: StepFunctionsClient::new(address) }
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Takes its standard error, if that is piped.
    pub(crate) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.process.stderr.take()
    }

    /// Asks it to end, and waits until it has. Returns whether it says that all went well.
    pub(crate) fn terminate(mut self) -> bool {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(sent.success(), "it runs");
        self.process.wait().expect("a terminated process ends").success()
    }

    /// Kills it with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("a running process can be killed");
        self.process.wait().expect("a killed process ends");
    }
}

impl Drop for LocalProgram {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
