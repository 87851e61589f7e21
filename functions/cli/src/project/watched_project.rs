//! A project whose edits show: deployed at start, and again after each edit.
//!
//! Files are looked at twice a second. That finds an edit soon enough, also where the system's own
//! notices do not come: on network drives and in containers.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use console::RefusedEdit;
use embedded::lambda::HostedFunction;
use orchestrator::{
    api::{CreateActivity, create_activity},
    ports::Clock,
};
use tokio::time::{Instant, sleep};

use super::{
    Project, ProjectReader, RefusedEdits, ServedMachine,
    code_files::CodeFiles,
    discovery::{ProjectPart, list_parts},
    file_state::FileState,
    started_schedules::StartedSchedules,
};
use crate::{
    arguments::FunctionArguments,
    counted_noun::counted_noun,
    definition_change::describe_change,
    deployed_definition::{DeployedMachine, deploy_machine},
    hosted_functions::FunctionsToHost,
    lambda_functions::AwsPermission,
    local_machine::LocalMachine,
    standard_error::say_line,
    validate::show_diagnostics,
};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_millis(500);

/// A project, and what is known of its files.
pub(crate) struct WatchedProject {
    reader: Arc<ProjectReader>,
    functions: FunctionArguments,
    /// What was read last and is not deployed yet.
    unserved: Option<Project>,
    /// The files that were read, beside those that the paths name.
    files: Vec<PathBuf>,
    seen: Vec<(PathBuf, Option<FileState>)>,
    deployed: BTreeMap<String, ServedMachine>,
    hosted: Vec<HostedFunction>,
    code: CodeFiles,
    schedules: StartedSchedules,
    refused: RefusedEdits,
    /// What was said, so that it is not said twice a second.
    said: BTreeSet<String>,
}

impl WatchedProject {
    /// Reads the project, and returns the functions to host.
    ///
    /// Errors: a template of `--template` cannot be read, `--function` is wrong.
    pub(crate) async fn open(
        reader: ProjectReader,
        functions: FunctionArguments,
    ) -> anyhow::Result<(Self, FunctionsToHost)> {
        let mut watched = Self {
            reader: Arc::new(reader),
            functions,
            unserved: None,
            files: Vec::new(),
            seen: Vec::new(),
            deployed: BTreeMap::new(),
            hosted: Vec::new(),
            code: CodeFiles::default(),
            schedules: StartedSchedules::default(),
            refused: RefusedEdits::default(),
            said: BTreeSet::new(),
        };
        watched.seen = watched.look_at_files().await;
        let project = read_project(&watched.reader).await?;
        let to_host = watched.functions_of(&project)?;
        watched.files.clone_from(&project.files);
        watched.hosted.clone_from(&to_host.hosted);
        watched.tell_code_changes().await;
        watched.said.extend(to_host.warning_lines());
        watched.unserved = Some(project);
        Ok((watched, to_host))
    }

    /// What is not served as the files have it.
    pub(crate) fn refused_edits(&self) -> RefusedEdits {
        self.refused.clone()
    }

    /// Deploys what has changed, again and again.
    pub(crate) async fn keep_deploying(mut self, machine: &LocalMachine) -> Infallible {
        let mut pause = PERIOD;
        loop {
            sleep(pause).await;
            let began = Instant::now();
            self.deploy_changes(machine).await;
            // A large tree is looked at more rarely, so that it takes a tenth of a core at most.
            pause = PERIOD.max(began.elapsed() * 10);
            self.tell_code_changes().await;
            self.schedules.start_due(machine).await;
        }
    }

    /// Deploys what is new or has changed, and says so on stderr. What is invalid leaves its state
    /// machine as it was.
    pub(crate) async fn deploy_changes(&mut self, machine: &LocalMachine) {
        if let Some(project) = self.unserved.take() {
            self.serve_project(machine, project).await;
            return;
        }
        let seen = self.look_at_files().await;
        if seen == self.seen {
            return;
        }
        self.seen = seen;
        match read_project(&self.reader).await {
            Ok(project) => {
                self.files.clone_from(&project.files);
                self.replace_functions(machine, &project);
                self.serve_project(machine, project).await;
            }
            Err(error) => {
                let unread = RefusedEdit { machine: None, reason: format!("{error:#}") };
                self.refused.set_unread(vec![unread]);
                self.say_once(format!("error: {error:#}"));
            }
        }
    }

    fn replace_functions(&mut self, machine: &LocalMachine, project: &Project) {
        match self.functions_of(project) {
            Ok(to_host) => {
                for line in to_host.warning_lines() {
                    self.say_once(line);
                }
                if to_host.hosted != self.hosted {
                    machine.replace_functions(&to_host);
                    if let Some(line) = function_changes(&self.hosted, &to_host.hosted) {
                        say_line(&line);
                    }
                    self.hosted = to_host.hosted;
                }
            }
            Err(error) => self.say_once(format!("error: {error:#}")),
        }
    }

    fn functions_of(&self, project: &Project) -> anyhow::Result<FunctionsToHost> {
        let staged = Arc::clone(&self.reader.staged);
        FunctionsToHost::of_templates(&self.functions, &project.templates, staged)
    }

    async fn serve_project(&mut self, machine: &LocalMachine, project: Project) {
        let Project { machines, schedules, activities, warnings, errors, .. } = project;
        // An error that is gone and comes again is said again.
        let is_there = |line: &str| errors.iter().any(|error| error.reason == line);
        self.said.retain(|line| line.strip_prefix("error: ").is_none_or(is_there));
        self.refused.set_unread(errors.clone());
        let unread: Vec<String> = errors.iter().filter_map(|error| error.machine.clone()).collect();
        let errors = errors.into_iter().map(|error| format!("error: {}", error.reason));
        let warnings = warnings.into_iter().map(|line| format!("warning: {line}"));
        for line in errors.chain(warnings) {
            self.say_once(line);
        }
        for name in activities {
            if let Err(error) = create_activity_once(machine, name).await {
                self.say_once(format!("error: {error:#}"));
            }
        }
        self.forget_missing(&machines, &unread);
        for served in machines {
            let before = self.deployed.get(&served.name);
            if before != Some(&served) {
                let deployed = match refusal_of_definition(&served) {
                    Some(refusal) => Err(refusal),
                    None => self.deploy(machine, &served, before).await.map_err(|error| {
                        format!("error: {}: {error:#}\n", served.origin.display())
                    }),
                };
                self.refused.set_machine(&served.name, deployed.as_ref().err().cloned());
                match &deployed {
                    Ok(said) => said.iter().for_each(|line| say_line(line)),
                    Err(refusal) => refusal.lines().for_each(say_line),
                }
                self.deployed.insert(served.name.clone(), served);
            }
        }
        self.schedules.replace(schedules, machine.ports.now());
    }

    async fn deploy(
        &self,
        machine: &LocalMachine,
        served: &ServedMachine,
        before: Option<&ServedMachine>,
    ) -> anyhow::Result<Option<String>> {
        let (name, origin) = (&served.name, served.origin.display());
        let source = &served.definition;
        let permission = AwsPermission::of_option(self.functions.aws);
        let warnings = source.find_unsupported_resources(permission);
        show_diagnostics(&mut std::io::stderr(), source, &warnings)?;
        let DeployedMachine { arn, definition_before } = deploy_machine(machine, served).await?;
        let Some(before) = before else {
            return Ok(Some(format!("deployed {arn} from {origin}")));
        };
        let settings_changed = (&before.logging, &before.tags) != (&served.logging, &served.tags);
        let change = definition_before
            .and_then(|before| describe_change(&before, served.definition.json_text()))
            .or_else(|| settings_changed.then(|| "its settings changed".to_owned()));
        Ok(change.map(|change| format!("updated {name}: {change}")))
    }

    /// A state machine that has left its template is kept: it may have executions.
    fn forget_missing(&mut self, machines: &[ServedMachine], unread: &[String]) {
        let is_there = |name: &str| {
            machines.iter().any(|machine| machine.name == name)
                || unread.iter().any(|unread| unread == name)
        };
        self.refused.retain_machines(is_there);
        self.deployed.retain(|name, before| {
            let stays = is_there(name);
            if !stays {
                say_line(&format!(
                    "state machine {name} is no longer in {}; it stays until it is deleted",
                    before.origin.display()
                ));
            }
            stays
        });
    }

    async fn tell_code_changes(&mut self) {
        let hosted = self.hosted.clone();
        let look = tokio::task::spawn_blocking(move || CodeFiles::look(&hosted)).await;
        // It fails only while the runtime shuts down.
        let Ok(code) = look else { return };
        for line in self.code.changes_until(&code) {
            say_line(&line);
        }
        self.code = code;
    }

    fn say_once(&mut self, line: String) {
        if !self.said.contains(&line) {
            say_line(&line);
            self.said.insert(line);
        }
    }

    /// Lists the files of the project with their states. A large folder takes a while.
    async fn look_at_files(&self) -> Vec<(PathBuf, Option<FileState>)> {
        let (reader, files) = (Arc::clone(&self.reader), self.files.clone());
        let look = move || {
            let mut all = files;
            for part in list_parts(&reader.paths) {
                match part {
                    ProjectPart::Named(file) => all.push(file),
                    ProjectPart::Folder { templates, definitions } => {
                        all.extend(templates.into_iter().chain(definitions));
                    }
                    ProjectPart::Unreadable(_) => {}
                }
            }
            let with_state = |file: PathBuf| {
                let state = FileState::read(&file);
                (file, state)
            };
            all.into_iter().map(with_state).collect()
        };
        // It fails only while the runtime shuts down.
        tokio::task::spawn_blocking(look).await.unwrap_or_default()
    }
}

/// Why a definition is not deployed; none if it is valid.
fn refusal_of_definition(served: &ServedMachine) -> Option<String> {
    let findings = served.definition.parse_definition().err()?;
    let mut shown = Vec::new();
    // Nothing keeps lines from being written in memory.
    drop(show_diagnostics(&mut shown, &served.definition, &findings));
    let shown = String::from_utf8_lossy(&shown);
    let (name, origin) = (&served.name, served.origin.display());
    Some(format!("{shown}state machine {name} is not deployed from {origin}\n"))
}

async fn read_project(reader: &Arc<ProjectReader>) -> anyhow::Result<Project> {
    let reader = Arc::clone(reader);
    tokio::task::spawn_blocking(move || reader.read_project()).await?
}

async fn create_activity_once(machine: &LocalMachine, name: String) -> anyhow::Result<()> {
    let request = CreateActivity { name, tags: Vec::new(), encryption: None };
    create_activity(machine.ports.as_ref(), machine.context.as_ref(), request).await?;
    Ok(())
}

/// `1 function added (Refund), 1 function changed (Charge)`; none if they are the same.
fn function_changes(before: &[HostedFunction], after: &[HostedFunction]) -> Option<String> {
    let find = |functions: &[HostedFunction], name: &str| {
        functions.iter().find(|function| function.name == name).cloned()
    };
    let names = |is_wanted: &dyn Fn(&HostedFunction) -> bool, all: &[HostedFunction]| {
        let wanted = all.iter().filter(|function| is_wanted(function));
        wanted.map(|function| function.name.clone()).collect::<Vec<_>>()
    };
    let added = names(&|function| find(before, &function.name).is_none(), after);
    let removed = names(&|function| find(after, &function.name).is_none(), before);
    let is_changed = |function: &HostedFunction| {
        find(before, &function.name).is_some_and(|other| other != *function)
    };
    let changed = names(&is_changed, after);
    let part = |(what, names): (&str, Vec<String>)| {
        let (count, listed) = (names.len(), names.join(", "));
        (count > 0).then(|| format!("{} {what} ({listed})", counted_noun(&count, "function")))
    };
    let parts: Vec<String> = [("added", added), ("changed", changed), ("removed", removed)]
        .into_iter()
        .filter_map(part)
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
