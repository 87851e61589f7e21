//! What `local` serves of the paths that its user names: state machines, functions and activities.

mod code_files;
mod discovery;
mod file_state;
mod refused_edits;
mod served_machine;
mod started_schedules;
mod watched_project;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use cloudformation::{
    NESTING_MAX, StagedCode, Template, TemplateContext, TemplateError, TemplateSchedule,
    is_template, parse_yaml, read_exports,
};
use console::RefusedEdit;
use model::{AccountRegion, StateMachineType};
use services::format_with_causes;

use crate::{
    account_region::ChosenAccountRegion,
    arguments::LocalArguments,
    definition_file::{DefinitionFile, parse_substitutions},
    deployed_definition::machine_name,
    hosted_functions::ReadTemplate,
    text_source::{is_standard_input, read_text},
    validate::DEFINITIONS,
};
pub(crate) use discovery::find_project_here;
use discovery::{ProjectPart, list_parts};
pub(crate) use refused_edits::RefusedEdits;
pub(crate) use served_machine::ServedMachine;
pub(crate) use watched_project::WatchedProject;

/// Reads a project, again after each edit.
pub(crate) struct ProjectReader {
    paths: Vec<PathBuf>,
    /// The templates of `--template`, of which only the functions are served.
    function_templates: Vec<PathBuf>,
    substitutions: Vec<(String, String)>,
    parameters: BTreeMap<String, String>,
    account_region: AccountRegion,
    staged: Arc<StagedCode>,
    /// Each template as it was read last. While it cannot be read, it stays so.
    read: Mutex<BTreeMap<PathBuf, Arc<Template>>>,
}

/// What was read of a project.
#[derive(Default)]
pub(crate) struct Project {
    pub(crate) machines: Vec<ServedMachine>,
    /// What starts state machines on time.
    pub(crate) schedules: Vec<TemplateSchedule>,
    /// The names of activities.
    pub(crate) activities: Vec<String>,
    /// The templates that have functions, those of `--template` last.
    pub(crate) templates: Vec<ReadTemplate>,
    /// What a user should know, one line each.
    pub(crate) warnings: Vec<String>,
    /// What could not be read, one line each.
    pub(crate) errors: Vec<RefusedEdit>,
    /// The files that were read, apart from those that the paths name.
    pub(crate) files: Vec<PathBuf>,
}

impl ProjectReader {
    /// Errors: `NAME=VALUE` without `=`.
    pub(crate) fn of_arguments(
        arguments: &LocalArguments,
        account_region: &ChosenAccountRegion,
    ) -> anyhow::Result<Self> {
        let ChosenAccountRegion { account, region, .. } = account_region;
        if let Some(missing) =
            arguments.paths.iter().find(|path| !is_standard_input(path) && !path.exists())
        {
            anyhow::bail!("there is no {}", missing.display());
        }
        Ok(Self {
            paths: arguments.paths.clone(),
            function_templates: arguments.functions.template.clone(),
            substitutions: parse_substitutions(&arguments.substitute)?,
            parameters: parse_substitutions(&arguments.parameter)?.into_iter().collect(),
            account_region: AccountRegion::new(region, account),
            staged: Arc::new(StagedCode::default()),
            read: Mutex::default(),
        })
    }

    /// Reads everything. Errors: a template of `--template` cannot be read.
    pub(crate) fn read_project(&self) -> anyhow::Result<Project> {
        let mut project = Project::default();
        let parts = list_parts(&self.paths);
        let exports = self.collect_exports(&parts);
        let context = self.context(&exports);
        for part in parts {
            match part {
                ProjectPart::Named(file) => self.add_named_file(&mut project, &file, context),
                ProjectPart::Folder { templates, definitions } => {
                    self.add_folder(&mut project, &templates, &definitions, context);
                }
                ProjectPart::Unreadable(error) => project.add_error(None, error),
            }
        }
        for file in &self.function_templates {
            let template = Arc::new(Template::read_file(file, context)?);
            project.files.push(file.clone());
            project.files.extend(template.files.iter().cloned());
            project.templates.push(ReadTemplate { file: file.clone(), template });
        }
        Ok(project)
    }

    fn context<'a>(&'a self, exports: &'a BTreeMap<String, String>) -> TemplateContext<'a> {
        TemplateContext {
            account_region: &self.account_region,
            parameters: &self.parameters,
            exports,
            staged: &self.staged,
        }
    }

    /// What the templates export to one another. The second turn finds what exports are made of.
    fn collect_exports(&self, parts: &[ProjectPart]) -> BTreeMap<String, String> {
        let files: Vec<&PathBuf> = parts.iter().flat_map(ProjectPart::templates).collect();
        let mut exports = BTreeMap::new();
        // One template alone imports nothing from itself.
        let turns = if files.len() > 1 { 2 } else { 0 };
        for _ in 0..turns {
            for file in &files {
                // What is wrong with a template is told where it is read.
                let exported = read_exports(file, self.context(&exports)).unwrap_or_default();
                exports.extend(exported);
            }
        }
        exports
    }

    /// A file that the user names is what it has in it.
    fn add_named_file(&self, project: &mut Project, file: &Path, context: TemplateContext<'_>) {
        let name = file.to_string_lossy();
        let is_definition = is_standard_input(file)
            || DEFINITIONS.endings.iter().any(|ending| name.ends_with(ending));
        let may_be_template = || {
            read_text(file)
                .is_ok_and(|text| parse_yaml(&text).is_ok_and(|value| is_template(&value)))
        };
        if !is_definition && (self.was_template(file) || may_be_template()) {
            self.add_template(project, file, context, 0);
        } else {
            self.add_definition(project, file);
        }
    }

    /// The templates of a folder say what its state machines are. If they have none, its
    /// definitions are.
    fn add_folder(
        &self,
        project: &mut Project,
        templates: &[PathBuf],
        definitions: &[PathBuf],
        context: TemplateContext<'_>,
    ) {
        let before = project.machines.len() + project.errors.len();
        for template in templates {
            self.add_template(project, template, context, 0);
        }
        if project.machines.len() + project.errors.len() == before {
            for definition in definitions {
                self.add_definition(project, definition);
            }
        }
    }

    /// Adds a template and those that it nests.
    fn add_template(
        &self,
        project: &mut Project,
        file: &Path,
        context: TemplateContext<'_>,
        depth: usize,
    ) {
        let Some(template) = self.read_template(project, file, context) else { return };
        let shown = file.display();
        let warnings = template.machine_warnings.iter().map(|line| format!("{shown}: {line}"));
        project.warnings.extend(warnings);
        project.files.extend(template.files.iter().cloned());
        project.schedules.extend(template.schedules.iter().cloned());
        project.activities.extend(template.activities.iter().cloned());
        for machine in &template.state_machines {
            let read =
                ServedMachine::of_template(file, machine, &self.substitutions, &mut project.files);
            match read {
                Ok(machine) => project.add_machine(machine),
                Err(error) => {
                    let id = &machine.logical_id;
                    let reason = format!("{shown}: state machine {id}: {error:#}");
                    project.add_error(Some(machine.name.clone()), reason);
                }
            }
        }
        for nested in template.nested.iter().filter(|_| depth < NESTING_MAX) {
            let context = TemplateContext { parameters: &nested.parameters, ..context };
            self.add_template(project, &nested.file, context, depth + 1);
        }
        project.templates.push(ReadTemplate { file: file.to_owned(), template });
    }

    /// Reads a template; while it cannot be read, it is what it was before.
    fn read_template(
        &self,
        project: &mut Project,
        file: &Path,
        context: TemplateContext<'_>,
    ) -> Option<Arc<Template>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match Template::read_file(file, context) {
            Ok(template) => {
                let template = Arc::new(template);
                read.insert(file.to_owned(), Arc::clone(&template));
                return Some(template);
            }
            // A folder may have a file of this name that is something else.
            Err(TemplateError::NoResources { .. }) if !read.contains_key(file) => {}
            Err(error) => project.add_error(None, format_with_causes(&error)),
        }
        read.get(file).cloned()
    }

    fn was_template(&self, file: &Path) -> bool {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).contains_key(file)
    }

    fn add_definition(&self, project: &mut Project, file: &Path) {
        let read = || {
            let text = read_text(file)?;
            Ok(ServedMachine {
                name: machine_name(file)?.to_string(),
                origin: file.to_owned(),
                definition: DefinitionFile::of_text(file.to_owned(), text, &self.substitutions)?,
                machine_type: StateMachineType::Standard,
                logging: None,
                tags: Vec::new(),
            })
        };
        match read() {
            Ok(machine) => project.add_machine(machine),
            Err(error) => {
                let error: anyhow::Error = error;
                let name = machine_name(file).ok().map(|name| name.to_string());
                project.add_error(name, format!("{}: {error:#}", file.display()));
            }
        }
    }
}

impl Project {
    /// Adds what is wrong with the files, and the state machine of which they say it.
    fn add_error(&mut self, machine: Option<String>, reason: String) {
        self.errors.push(RefusedEdit { machine, reason });
    }

    fn add_machine(&mut self, machine: ServedMachine) {
        match self.machines.iter().find(|other| other.name == machine.name) {
            None => self.machines.push(machine),
            Some(other) => self.warnings.push(format!(
                "state machine {} of {} is not served: {} has one of that name",
                machine.name,
                machine.origin.display(),
                other.origin.display()
            )),
        }
    }
}
