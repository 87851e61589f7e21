//! The functions to host, from the command line and from templates.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use cloudformation::{StagedCode, Template, TemplateContext, TemplateError};
use embedded::lambda::{FUNCTION_CONCURRENCY_DEFAULT, HostedFunction};
use model::AccountRegion;
use serde_json::Value;
use services::format_with_causes;

use crate::{
    account_region::ChosenAccountRegion,
    arguments::FunctionArguments,
    lambda_functions::{AwsPermission, TemplateFunctions},
    standard_error::say_line,
};

/// How the template beside a definition may be called, as for `sam`.
const TEMPLATE_NAMES: [&str; 2] = ["template.yaml", "template.yml"];

/// The functions that are hosted, and why others are not.
pub(crate) struct FunctionsToHost {
    pub(crate) hosted: Vec<HostedFunction>,
    /// What the templates say of functions that are not hosted.
    pub(crate) known: TemplateFunctions,
    /// The names of our own variables that the functions get.
    pub(crate) passed_environment: Vec<String>,
    /// The most processes of a function that reserves no concurrency of its own.
    pub(crate) concurrency: NonZeroUsize,
    /// Whether functions that are not hosted may be called in AWS.
    pub(crate) permission: AwsPermission,
    /// The secrets of EventBridge connections, by their names.
    pub(crate) connections: BTreeMap<String, Value>,
    /// The folder of code that is in no folder of its own.
    pub(crate) staged: Arc<StagedCode>,
    /// The templates that were read.
    templates: Vec<PathBuf>,
    /// What a user should know, one line each.
    warnings: Vec<String>,
}

/// A template, and what was read of it.
pub(crate) struct ReadTemplate {
    pub(crate) file: PathBuf,
    pub(crate) template: Arc<Template>,
}

impl FunctionsToHost {
    /// No function is hosted or called.
    pub(crate) fn none() -> Self {
        Self {
            hosted: Vec::new(),
            known: TemplateFunctions::default(),
            passed_environment: Vec::new(),
            concurrency: FUNCTION_CONCURRENCY_DEFAULT,
            permission: AwsPermission::of_option(false),
            connections: BTreeMap::new(),
            staged: Arc::default(),
            templates: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Reads the functions that the command line of `run` names. If it names no template, the one
    /// beside the definition is read, if there is one.
    ///
    /// What cannot be hosted is a warning. Errors: a template of the command line that cannot be
    /// read, a `--function` that is not NAME=COMMAND.
    pub(crate) fn read(
        arguments: &FunctionArguments,
        definition: Option<&Path>,
        account_region: &ChosenAccountRegion,
    ) -> anyhow::Result<Self> {
        let account_region = AccountRegion::new(&account_region.region, &account_region.account);
        let staged = Arc::new(StagedCode::default());
        let none = BTreeMap::new();
        let context = TemplateContext {
            account_region: &account_region,
            parameters: &none,
            exports: &none,
            staged: &staged,
        };
        let mut templates = Vec::new();
        for file in &arguments.template {
            let template = Arc::new(Template::read_file(file, context)?);
            templates.push(ReadTemplate { file: file.clone(), template });
        }
        let mut unread = None;
        let beside = definition.filter(|_| arguments.template.is_empty());
        if let Some(file) = beside.and_then(find_template_beside) {
            match Template::read_file(&file, context) {
                Ok(template) => {
                    let template = Arc::new(template);
                    templates.push(ReadTemplate { file, template });
                }
                Err(TemplateError::NoResources { .. }) => {}
                // Nobody asked for it, and the definition may not need it.
                Err(error) => {
                    let error = format_with_causes(&error);
                    unread = Some(format!("{error}; none of its functions is hosted"));
                }
            }
        }
        let mut functions = Self::of_templates(arguments, &templates, staged.clone())?;
        functions.warnings.extend(unread);
        Ok(functions)
    }

    /// Takes the functions of these templates, and those of the command line. Of those with the same
    /// name, the last one is hosted.
    ///
    /// Errors: a `--function` that is not NAME=COMMAND, connections that cannot be read.
    pub(crate) fn of_templates(
        arguments: &FunctionArguments,
        templates: &[ReadTemplate],
        staged: Arc<StagedCode>,
    ) -> anyhow::Result<Self> {
        let mut functions = Self {
            hosted: Vec::new(),
            known: TemplateFunctions::default(),
            passed_environment: arguments.pass_env.clone(),
            concurrency: arguments.function_concurrency,
            permission: AwsPermission::of_option(arguments.aws),
            connections: read_connections(arguments.connections.as_deref())?,
            staged,
            templates: Vec::new(),
            warnings: Vec::new(),
        };
        for ReadTemplate { file, template } in templates {
            functions.add_template(file, template);
        }
        for argument in &arguments.function {
            functions.add_function(HostedFunction::from_command_line(argument)?);
        }
        Ok(functions)
    }

    fn add_template(&mut self, file: &Path, template: &Template) {
        let shown = file.display();
        for function in &template.not_hosted {
            let problem = format_with_causes(&function.problem);
            self.known.not_hosted.insert(function.name.clone(), format!("{shown}: {problem}"));
        }
        for (id, name) in template.function_names.iter().filter(|(id, name)| id != name) {
            self.known.other_names.insert(name.clone(), id.clone());
            self.known.other_names.insert(id.clone(), name.clone());
        }
        self.warnings.extend(template.warnings.iter().map(|line| format!("{shown}: {line}")));
        for function in &template.functions {
            self.add_function(function.clone());
        }
        self.templates.push(file.to_owned());
    }

    fn add_function(&mut self, function: HostedFunction) {
        self.known.not_hosted.remove(&function.name);
        self.hosted.retain(|other| other.name != function.name);
        self.hosted.push(function);
    }

    /// Says a line for each function that is not hosted, and for all else that a user should know.
    pub(crate) fn show_warnings(&self) {
        for line in self.warning_lines() {
            say_line(&line);
        }
    }

    pub(crate) fn warning_lines(&self) -> Vec<String> {
        let not_hosted = self
            .known
            .not_hosted
            .values()
            .map(|reason| format!("warning: {reason}; a call of it fails"));
        let warnings = self.warnings.iter().map(|warning| format!("warning: {warning}"));
        not_hosted.chain(warnings).collect()
    }

    /// `hosted functions: add, send (template.yaml)`; none if there are none.
    pub(crate) fn summary_line(&self) -> Option<String> {
        let mut names: Vec<&str> = self.hosted.iter().map(|hosted| hosted.name.as_str()).collect();
        if names.is_empty() {
            return None;
        }
        names.sort_unstable();
        names.dedup();
        let files: Vec<String> = self.templates.iter().map(|f| f.display().to_string()).collect();
        let files =
            if files.is_empty() { String::new() } else { format!(" ({})", files.join(", ")) };
        Some(format!("hosted functions: {}{files}", names.join(", ")))
    }
}

fn find_template_beside(definition: &Path) -> Option<PathBuf> {
    let mut named = TEMPLATE_NAMES.iter().map(|name| definition.with_file_name(name));
    named.find(|file| file.is_file())
}

/// Reads the file of connections, if there is one.
fn read_connections(file: Option<&Path>) -> anyhow::Result<BTreeMap<String, Value>> {
    let Some(file) = file else { return Ok(BTreeMap::new()) };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the connections in {}", file.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is not a JSON object of connections", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account_region::RegionOrigin;

    fn read(arguments: &FunctionArguments, definition: Option<&Path>) -> FunctionsToHost {
        let account_region = ChosenAccountRegion {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            region_origin: RegionOrigin::Default,
        };
        FunctionsToHost::read(arguments, definition, &account_region).expect("they are read")
    }

    fn function_arguments(template: Vec<PathBuf>, function: Vec<String>) -> FunctionArguments {
        FunctionArguments {
            template,
            function,
            pass_env: Vec::new(),
            function_concurrency: FUNCTION_CONCURRENCY_DEFAULT,
            aws: false,
            connections: None,
        }
    }

    fn warnings_of(functions: &FunctionsToHost) -> String {
        functions.warning_lines().join("\n")
    }

    #[test]
    fn a_function_that_cannot_be_hosted_is_a_warning_that_names_the_template() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let template = folder.path().join("template.yaml");
        let text = "Resources:\n  Add:\n    Type: AWS::Serverless::Function\n    Properties: \
                    {Runtime: java21, Handler: a.B, FunctionName: add}\n";
        std::fs::write(&template, text).expect("is written");
        let definition = folder.path().join("order.asl.json");
        let none = function_arguments(Vec::new(), Vec::new());
        let functions = read(&none, Some(&definition));
        let expected = format!(
            "warning: {}: function Add: runtime `java21` cannot be hosted (python*, nodejs* and \
             provided* can); a call of it fails",
            template.display()
        );
        assert_eq!(warnings_of(&functions), expected);
        assert_eq!(functions.summary_line(), None);

        let own = function_arguments(Vec::new(), vec!["add=./add".to_owned()]);
        let functions = read(&own, Some(&definition));
        assert_eq!(warnings_of(&functions), "", "the command line hosts it");
        let expected = format!("hosted functions: add ({})", template.display());
        assert_eq!(functions.summary_line(), Some(expected));
    }

    #[test]
    fn a_template_that_nobody_named_is_a_warning_if_it_cannot_be_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let template = folder.path().join("template.yaml");
        std::fs::write(&template, "a: [").expect("is written");
        let definition = folder.path().join("order.asl.json");
        let none = function_arguments(Vec::new(), Vec::new());
        let warnings = warnings_of(&read(&none, Some(&definition)));
        assert!(warnings.starts_with("warning: template "), "{warnings}");
        assert!(warnings.ends_with("; none of its functions is hosted"), "{warnings}");
        let named = function_arguments(vec![template], Vec::new());
        let account_region = ChosenAccountRegion {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            region_origin: RegionOrigin::Default,
        };
        assert!(FunctionsToHost::read(&named, None, &account_region).is_err());
    }
}
