//! Reads the parts of a template that can run here.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use embedded::lambda::HostedFunction;
use model::AccountRegion;
use serde_json::Value;

use crate::{
    NestedTemplate, StagedCode, TemplateSchedule, TemplateStateMachine, YamlError,
    event_source::EventSources,
    function::{BuiltTemplate, FunctionReader, NotHostedFunction},
    nested_template::{list_nested_templates, read_nested_outputs},
    parse_yaml,
    resolver::Resolver,
    state_machine::StateMachineReader,
};

/// Where `sam build` puts what it makes, below the template's folder.
const BUILT_FOLDER: &str = ".aws-sam/build";

/// Holds what a template has that can run here.
#[derive(Debug, Default)]
pub struct Template {
    /// Each function that can be hosted, in the template's order.
    pub functions: Vec<HostedFunction>,
    /// The name of each function by its logical id: the value of `!Ref ID`. `!GetAtt ID.Arn` is the
    /// ARN of that name.
    pub function_names: BTreeMap<String, String>,
    /// The functions that cannot be hosted, in the template's order.
    pub not_hosted: Vec<NotHostedFunction>,
    /// The state machines, in the template's order.
    pub state_machines: Vec<TemplateStateMachine>,
    /// The schedules that start state machines, of this template or others.
    pub schedules: Vec<TemplateSchedule>,
    /// The templates that it nests.
    pub nested: Vec<NestedTemplate>,
    /// The names of the activities.
    pub activities: Vec<String>,
    /// What a user should know of the functions, one line each.
    pub warnings: Vec<String>,
    /// What a user should know of the state machines, one line each.
    pub machine_warnings: Vec<String>,
    /// The files that were read beside the template, apart from the folders of functions: a change of
    /// one changes what was read.
    pub files: Vec<PathBuf>,
}

/// Holds what a template is read with.
#[derive(Debug, Clone, Copy)]
pub struct TemplateContext<'a> {
    /// What stands in ARNs.
    pub account_region: &'a AccountRegion,
    /// Values of parameters that override their defaults.
    pub parameters: &'a BTreeMap<String, String>,
    /// What other templates export: see [`read_exports`].
    pub exports: &'a BTreeMap<String, String>,
    /// Takes code that is in no folder of its own.
    pub staged: &'a StagedCode,
}

/// Says why a template cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("cannot read template {path}")]
    Read {
        /// The template's file.
        path: PathBuf,
        /// The error of the file system.
        #[source]
        source: io::Error,
    },
    /// The file is neither YAML nor JSON.
    #[error("template {path} is not valid")]
    Syntax {
        /// The template's file.
        path: PathBuf,
        /// What is wrong, and on which line.
        #[source]
        source: YamlError,
    },
    /// The file is no template.
    #[error("{path} is no template: it has no `Resources` with a `Type`")]
    NoResources {
        /// The file.
        path: PathBuf,
    },
}

/// Returns whether a document is a template: it has resources with types.
pub fn is_template(document: &Value) -> bool {
    let resources = document["Resources"].as_object();
    resources.is_some_and(|all| all.values().any(|resource| resource["Type"].is_string()))
}

/// Reads what a template exports to others, by the names that `Fn::ImportValue` has.
///
/// Errors: those of [`Template::read_file`].
pub fn read_exports(
    path: &Path,
    context: TemplateContext<'_>,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let document = read_document(path)?;
    let stack_name = stack_name_of(path);
    let resolver = Resolver::new(&document, &stack_name, context);
    let outputs = document["Outputs"].as_object().into_iter().flatten();
    let exported = outputs.filter_map(|(_, output)| {
        let name = resolver.resolve_text(&output["Export"]["Name"])?;
        Some((name, resolver.resolve_text(&output["Value"])?))
    });
    Ok(exported.collect())
}

impl Template {
    /// Reads a template file, YAML or JSON. Its paths are relative to the file's folder.
    ///
    /// Errors: no such file, not YAML, no resources. What cannot run here is no error.
    pub fn read_file(path: &Path, context: TemplateContext<'_>) -> Result<Self, TemplateError> {
        let document = read_document(path)?;
        if !is_template(&document) {
            return Err(TemplateError::NoResources { path: path.to_owned() });
        }
        let folder = folder_of(path);
        let built_file = folder.join(BUILT_FOLDER).join("template.yaml");
        let built = read_document(&built_file)
            .ok()
            .map(|document| BuiltTemplate { document, folder: folder.join(BUILT_FOLDER) });
        let stack_name = stack_name_of(path);
        let outputs = read_nested_outputs(path, &document, context, 0);
        let resolver = Resolver::new(&document, &stack_name, context).with_outputs(&outputs);
        let nested = list_nested_templates(&document, &folder, &resolver);
        let reader = TemplateReader {
            document: &document,
            folder: &folder,
            built: built.as_ref(),
            staged: context.staged,
            resolver,
        };
        let mut template = reader.read_resources();
        template.files.push(built_file);
        template.files.extend(nested.iter().map(|nested| nested.file.clone()));
        template.nested = nested;
        Ok(template)
    }
}

struct TemplateReader<'a> {
    document: &'a Value,
    folder: &'a Path,
    built: Option<&'a BuiltTemplate>,
    staged: &'a StagedCode,
    resolver: Resolver<'a>,
}

impl TemplateReader<'_> {
    fn read_resources(&self) -> Template {
        let mut template = Template::default();
        let mut events = EventSources::default();
        let resources = self.document["Resources"].as_object().into_iter().flatten();
        for (id, resource) in resources.filter(|(_, resource)| self.resolver.is_created(resource)) {
            match resource["Type"].as_str().unwrap_or_default() {
                "AWS::Serverless::Function" => {
                    self.add_function(
                        &mut template,
                        id,
                        resource,
                        &self.document["Globals"]["Function"],
                    );
                }
                "AWS::Lambda::Function" => {
                    self.add_function(&mut template, id, resource, &Value::Null);
                }
                "AWS::Serverless::StateMachine" | "AWS::StepFunctions::StateMachine" => {
                    self.add_state_machine(&mut template, id, resource);
                    events.add_machine_events(&self.resolver, id, resource);
                }
                "AWS::StepFunctions::Activity" => {
                    template.activities.push(self.resolver.resource_name(id));
                }
                "AWS::Events::Rule" => events.add_event_rule(&self.resolver, id, resource),
                "AWS::Scheduler::Schedule" => events.add_schedule(&self.resolver, id, resource),
                _ => {}
            }
        }
        template.schedules = events.schedules;
        template.machine_warnings.extend(events.warnings);
        template
    }

    fn add_function(&self, template: &mut Template, id: &str, resource: &Value, globals: &Value) {
        let reader = FunctionReader {
            id,
            resource,
            globals,
            folder: self.folder,
            built: self.built,
            staged: self.staged,
            resolver: &self.resolver,
        };
        let name = self.resolver.resource_name(id);
        template.function_names.insert(id.to_owned(), name.clone());
        let read = reader.read_function();
        template.warnings.extend(read.warnings);
        template.files.extend(read.archive);
        match read.function {
            Ok(function) => template.functions.push(function),
            Err(problem) => template.not_hosted.push(NotHostedFunction { name, problem }),
        }
    }

    fn add_state_machine(&self, template: &mut Template, id: &str, resource: &Value) {
        let resolver = &self.resolver;
        let reader = StateMachineReader { id, resource, folder: self.folder, resolver };
        let (machine, warnings) = reader.read_state_machine();
        template.machine_warnings.extend(warnings);
        template.state_machines.extend(machine);
    }
}

pub(crate) fn read_document(path: &Path) -> Result<Value, TemplateError> {
    let text = fs::read_to_string(path)
        .map_err(|source| TemplateError::Read { path: path.to_owned(), source })?;
    parse_yaml(&text).map_err(|source| TemplateError::Syntax { path: path.to_owned(), source })
}

pub(crate) fn folder_of(path: &Path) -> PathBuf {
    // A bare file name has an empty parent, which the system does not accept as a folder.
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    parent.unwrap_or_else(|| Path::new(".")).to_owned()
}

/// The stack's name: what CDK calls the template's file, else the folder's name.
pub(crate) fn stack_name_of(path: &Path) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    if let Some(stack) = file.strip_suffix(".template.json") {
        return stack.to_owned();
    }
    let folder = fs::canonicalize(folder_of(path)).unwrap_or_default();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "stack".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests;
