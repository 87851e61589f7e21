//! `statewright test --watch`.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{TestArguments, run_tests_once, suites::TEST_FILES};
use crate::{
    counted_noun::counted_noun, file_search::list_named_files, interruption::InterruptionSignals,
    standard_error::say_line, text_source::is_standard_input,
};

/// How often the files are looked at. That finds an edit soon enough, also where the system's own
/// notices do not come: on network drives and in containers.
const PERIOD: Duration = Duration::from_millis(250);
/// What a shell reports for a program that was interrupted.
const INTERRUPTED: u8 = 130;
/// Has a terminal show an empty screen; what was on it stays in its scrollback.
const CLEAR_SCREEN: &str = "\u{1b}[2J\u{1b}[H";

/// The files that a run has read, each as it was before that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadFiles(BTreeMap<PathBuf, Option<FileStamp>>);

/// Two are equal unless the file has changed; none stands for a file that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStamp {
    bytes: u64,
    modified: SystemTime,
}

impl ReadFiles {
    /// Notes a file that is about to be read.
    pub(super) fn note_file(&mut self, file: &Path) {
        if !is_standard_input(file) {
            self.0.entry(file.to_owned()).or_insert_with(|| stamp_file(file));
        }
    }

    /// A file that has changed since it was noted, or that the arguments mean and nobody has read.
    fn find_change(&self, arguments: &TestArguments) -> Option<PathBuf> {
        let listed = list_named_files(&arguments.files, &TEST_FILES).into_iter().flatten();
        let added = listed.into_iter().find(|file| !self.0.contains_key(file));
        let changed = || self.0.iter().find(|(file, stamp)| stamp_file(file) != **stamp);
        added.or_else(|| changed().map(|(file, _)| file.clone()))
    }

    /// The same files as they are now.
    fn restamp(&self) -> Self {
        Self(self.0.keys().map(|file| (file.clone(), stamp_file(file))).collect())
    }
}

fn stamp_file(file: &Path) -> Option<FileStamp> {
    let found = fs::metadata(file).ok()?;
    let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    Some(FileStamp { bytes: found.len(), modified })
}

/// Runs the tests, and again after each edit of what they have read, until it is interrupted. Each
/// run says a line on stderr.
pub(super) async fn keep_testing(arguments: TestArguments) -> anyhow::Result<ExitCode> {
    let arguments = Arc::new(arguments);
    let mut signals = InterruptionSignals::listen()?;
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut edited: Option<PathBuf> = None;
    for number in 1_u64.. {
        let run = run_in_background(Arc::clone(&arguments));
        let (said, files) = tokio::select! {
            done = run => done?,
            () = signals.wait_for_one() => break,
        };
        let because = edited.map(|file| format!(" ({} changed)", file.display()));
        let because = because.unwrap_or_default();
        let watched = counted_noun(&files.0.len(), "file");
        say_line(&format!("run {number}{because}: {said}; watching {watched}, Ctrl-C ends"));
        edited = tokio::select! {
            file = wait_for_edit(&arguments, &files, &mut ticks) => Some(file),
            () = signals.wait_for_one() => break,
        };
    }
    Ok(ExitCode::from(INTERRUPTED))
}

/// Runs the tests on a thread of their own, so that Ctrl-C is heard meanwhile. Returns what came of
/// them, in a few words, and what they have read.
async fn run_in_background(arguments: Arc<TestArguments>) -> anyhow::Result<(String, ReadFiles)> {
    let run = move || {
        if io::stdout().is_terminal() {
            write!(io::stdout(), "{CLEAR_SCREEN}")?;
        }
        let mut files = ReadFiles::default();
        let said = match run_tests_once(&arguments, &mut files) {
            Ok(outcome) => outcome.total,
            Err(error) => {
                writeln!(io::stderr(), "error: {error:#}")?;
                "nothing ran".to_owned()
            }
        };
        anyhow::Ok((said, files))
    };
    tokio::task::spawn_blocking(run).await?
}

/// Waits until a file has changed, and then until nothing changes any more: an editor may write a
/// file in several steps.
async fn wait_for_edit(
    arguments: &TestArguments,
    files: &ReadFiles,
    ticks: &mut Interval,
) -> PathBuf {
    let file = loop {
        ticks.tick().await;
        if let Some(file) = files.find_change(arguments) {
            break file;
        }
    };
    let mut now = files.restamp();
    loop {
        ticks.tick().await;
        let next = files.restamp();
        if next == now {
            return file;
        }
        now = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_came_changed_or_went_is_an_edit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| folder.path().join(name);
        let arguments = clap::Parser::try_parse_from([
            "statewright".into(),
            "test".into(),
            folder.path().as_os_str().to_owned(),
        ]);
        let arguments: crate::arguments::CliArguments = arguments.expect("the usage is right");
        let crate::arguments::CliCommand::Test(arguments) = arguments.command else {
            panic!("it is the command test")
        };
        let mut read = ReadFiles::default();
        fs::write(file("a.test.md"), "1").expect("is written");
        assert_eq!(read.find_change(&arguments), Some(file("a.test.md")), "nobody has read it");
        read.note_file(&file("a.test.md"));
        read.note_file(&file("missing.asl.json"));
        assert_eq!(read.find_change(&arguments), None);
        fs::write(file("missing.asl.json"), "{}").expect("is written");
        assert_eq!(read.find_change(&arguments), Some(file("missing.asl.json")));
        let mut read = read.restamp();
        read.note_file(Path::new("-"));
        assert_eq!(read.find_change(&arguments), None);
        fs::remove_file(file("a.test.md")).expect("it is there");
        assert_eq!(read.find_change(&arguments), Some(file("a.test.md")));
    }
}
