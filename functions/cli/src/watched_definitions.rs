//! The definitions that `local` serves from files: deployed at start, and again after each edit.
//!
//! Files are looked at twice a second. That finds an edit soon enough, also where the system's own
//! notices do not come: on network drives and in containers.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokio::time::{MissedTickBehavior, interval};

use crate::{
    definition_file::DefinitionFile,
    deployed_definition::{deploy_definition, machine_name},
    file_search::list_named_files,
    lambda_functions::AwsPermission,
    local_machine::LocalMachine,
    standard_error::say_line,
    validate::{DEFINITIONS, show_diagnostics},
};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_millis(500);

/// Definitions and what is known of their files.
pub(crate) struct WatchedDefinitions {
    paths: Vec<PathBuf>,
    substitutions: Vec<String>,
    permission: AwsPermission,
    seen: BTreeMap<PathBuf, Option<FileState>>,
    /// What was said of folders the last time, so that it is not said twice a second.
    said: Vec<String>,
}

/// Two are equal unless the file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileState {
    bytes: u64,
    modified: SystemTime,
}

impl WatchedDefinitions {
    pub(crate) fn new(
        paths: Vec<PathBuf>,
        substitutions: Vec<String>,
        permission: AwsPermission,
    ) -> Self {
        Self { paths, substitutions, permission, seen: BTreeMap::new(), said: Vec::new() }
    }

    /// Deploys each definition whose file has changed, again and again.
    pub(crate) async fn keep_deploying(mut self, machine: &LocalMachine) -> Infallible {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.deploy_changes(machine).await;
        }
    }

    /// Deploys each definition whose file is new or has changed, and says so on stderr. One that is
    /// invalid leaves its state machine as it was.
    pub(crate) async fn deploy_changes(&mut self, machine: &LocalMachine) {
        if self.paths.is_empty() {
            return;
        }
        let mut said = Vec::new();
        for listed in list_file_states(self.paths.clone()).await {
            match listed {
                Ok((file, state)) => {
                    if self.seen.get(&file) != Some(&state) {
                        self.deploy_file(machine, &file).await;
                        self.seen.insert(file, state);
                    }
                }
                Err(error) => said.push(format!("error: {error:#}")),
            }
        }
        for line in said.iter().filter(|line| !self.said.contains(line)) {
            say_line(line);
        }
        self.said = said;
    }

    async fn deploy_file(&self, machine: &LocalMachine, file: &Path) {
        match self.try_deploying(machine, file).await {
            Ok(line) => say_line(&line),
            Err(error) => say_line(&format!("error: {}: {error:#}", file.display())),
        }
    }

    async fn try_deploying(&self, machine: &LocalMachine, file: &Path) -> anyhow::Result<String> {
        let name = machine_name(file)?;
        let source = DefinitionFile::read_substituted(file, &self.substitutions)?;
        if let Err(findings) = source.parse_definition() {
            show_diagnostics(&mut io::stderr(), &source, &findings)?;
            return Ok(format!("state machine {name} is not deployed from {}", file.display()));
        }
        let warnings = source.find_unsupported_resources(self.permission);
        show_diagnostics(&mut io::stderr(), &source, &warnings)?;
        let arn = deploy_definition(machine, &name, source.json_text().to_owned()).await?;
        Ok(format!("deployed {arn} from {}", file.display()))
    }
}

/// Lists the files with their states. A large folder takes a while.
async fn list_file_states(
    paths: Vec<PathBuf>,
) -> Vec<anyhow::Result<(PathBuf, Option<FileState>)>> {
    let with_state = |file: PathBuf| {
        let state = file_state(&file);
        (file, state)
    };
    let list = move || {
        let listed = list_named_files(&paths, &DEFINITIONS).into_iter();
        listed.map(|file| file.map(with_state)).collect()
    };
    // It fails only while the runtime shuts down.
    tokio::task::spawn_blocking(list).await.unwrap_or_default()
}

fn file_state(file: &Path) -> Option<FileState> {
    let found = fs::metadata(file).ok()?;
    let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    Some(FileState { bytes: found.len(), modified })
}
