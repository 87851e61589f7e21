//! Reads the functions of a SAM template.
//!
//! Spec: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html>

mod function;
mod intrinsic;
mod yaml;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::function::HostedFunction;
use intrinsic::IntrinsicResolver;
pub use yaml::{YamlError, parse_yaml};

/// Holds the functions of a SAM template, ready to be hosted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamTemplate {
    /// Each `AWS::Serverless::Function` that can be hosted, in the template's order.
    pub functions: Vec<HostedFunction>,
    /// The name of each function by its logical id: the value of `!Ref ID`. `!GetAtt ID.Arn` is the
    /// ARN of that name.
    pub function_names: BTreeMap<String, String>,
    /// The functions that cannot be hosted, in the template's order.
    pub not_hosted: Vec<NotHostedFunction>,
    /// Environment variables that are left out, since only a deployed stack knows their values.
    pub unresolved: Vec<UnresolvedVariable>,
}

/// Names a function of the template that cannot be hosted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotHostedFunction {
    /// The function's name, as after `function:` in its ARN.
    pub name: String,
    /// Why it cannot be hosted.
    pub problem: HostingProblem,
}

/// Names an environment variable whose value is not known before a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedVariable {
    /// The logical id of the function.
    pub resource: String,
    /// The name of the variable.
    pub variable: String,
}

/// Holds the values of the template's pseudo parameters.
#[derive(Debug, Clone, Copy)]
pub struct PseudoParameters<'a> {
    /// `AWS::Region`, such as `us-east-1`.
    pub region: &'a str,
    /// `AWS::AccountId`: twelve digits.
    pub account: &'a str,
}

/// Says why a template cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SamTemplateError {
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
}

/// Says why a function of a template cannot be hosted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostingProblem {
    /// A function's runtime cannot be run here.
    #[error(
        "function {resource}: runtime `{runtime}` cannot be hosted \
         (python*, nodejs* and provided* can)"
    )]
    Runtime {
        /// The function's logical id.
        resource: String,
        /// The runtime it names.
        runtime: String,
    },
    /// A function's code folder does not exist.
    #[error("function {resource}: its code folder {folder} does not exist")]
    Folder {
        /// The function's logical id.
        resource: String,
        /// The folder its `CodeUri` names.
        folder: PathBuf,
    },
    /// A function of a `provided*` runtime has no executable.
    #[error("function {resource}: {file} does not exist; build the function first")]
    Bootstrap {
        /// The function's logical id.
        resource: String,
        /// The missing executable.
        file: PathBuf,
    },
    /// A property is missing or has a value that cannot be hosted.
    #[error("function {resource}: {property} {problem}")]
    Property {
        /// The function's logical id.
        resource: String,
        /// The property's name.
        property: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl SamTemplate {
    /// Reads a template file, YAML or JSON. Its paths are relative to the file's folder.
    ///
    /// Errors: no such file, not YAML. A function that cannot be hosted is no error.
    pub fn read_file(path: &Path, place: PseudoParameters<'_>) -> Result<Self, SamTemplateError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SamTemplateError::Read { path: path.to_owned(), source })?;
        let document = parse_yaml(&text)
            .map_err(|source| SamTemplateError::Syntax { path: path.to_owned(), source })?;
        // A bare file name has an empty parent, which the system does not accept as a folder.
        let folder = path.parent().filter(|parent| *parent != Path::new(""));
        Ok(Self::from_document(&document, folder.unwrap_or_else(|| Path::new(".")), place))
    }

    /// Reads a template that [`parse_yaml`] has parsed. Its paths are relative to `folder`.
    pub fn from_document(document: &Value, folder: &Path, place: PseudoParameters<'_>) -> Self {
        let resources: Vec<(&String, &Value)> = document["Resources"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
            .collect();
        let mut scope = IntrinsicResolver::new(document, place);
        for (id, resource) in &resources {
            let name = scope.resolve_text(&resource["Properties"]["FunctionName"]);
            // If only a deployment knows the name, the logical id stands for it.
            scope.function_names.insert((*id).clone(), name.unwrap_or_else(|| (*id).clone()));
        }
        let mut template = Self {
            functions: Vec::new(),
            function_names: BTreeMap::new(),
            not_hosted: Vec::new(),
            unresolved: Vec::new(),
        };
        let globals = &document["Globals"]["Function"];
        for (id, resource) in resources {
            let reader = function::FunctionReader {
                id,
                own_properties: &resource["Properties"],
                globals,
                folder,
            };
            match reader.read_function(&scope) {
                Ok((function, unresolved)) => {
                    template.functions.push(function);
                    template.unresolved.extend(unresolved);
                }
                Err(problem) => {
                    let name = reader.function_name(&scope).to_owned();
                    template.not_hosted.push(NotHostedFunction { name, problem });
                }
            }
        }
        template.function_names = scope.function_names;
        template
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lambda::FunctionRuntime;

    const PLACE: PseudoParameters<'_> =
        PseudoParameters { region: "eu-west-1", account: "123456789012" };

    const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Globals:
  Function:
    Runtime: python3.12
    Timeout: 10
    Environment: {Variables: {LEVEL: info, SHARED: yes}}
Resources:
  Add:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: add/
      Handler: app.handler
      MemorySize: 256
      Environment:
        Variables:
          LEVEL: debug
          ACCOUNT: 012345678901
          COUNT: 3
          STAGE: !Ref Stage
          ARN: !GetAtt Send.Arn
          PLACE: !Sub "${AWS::Region}-${Stage}-${!x}-${Send}"
          TABLE: !Ref Table
  Send:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./send
      Runtime: nodejs20.x
      Handler: index.handler
      FunctionName: !Sub "send-${Stage}"
      Timeout: 30
  Table:
    Type: AWS::DynamoDB::Table
    Condition: !Equals [!Ref Stage, dev]
"#;

    #[test]
    fn functions_take_globals_and_their_own_properties() {
        let folder = folder_with(&["add", "send"]);
        let template = read_template(TEMPLATE, folder.path());
        let [add, send] = &template.functions[..] else { panic!("two functions") };
        assert_eq!(add.name, "Add");
        assert_eq!(add.runtime, FunctionRuntime::Python { handler: "app.handler".into() });
        assert_eq!(add.directory, folder.path().join("add/"));
        assert_eq!((add.timeout, add.memory_megabytes), (Duration::from_secs(10), 256));
        assert_eq!(send.name, "send-dev");
        assert_eq!(send.runtime, FunctionRuntime::Node { handler: "index.handler".into() });
        assert_eq!((send.timeout, send.memory_megabytes), (Duration::from_secs(30), 128));
        assert_eq!(template.function_names["Send"], "send-dev");
    }

    #[test]
    fn variables_that_need_no_deployment_are_resolved() {
        let folder = folder_with(&["add", "send"]);
        let template = read_template(TEMPLATE, folder.path());
        let environment: Vec<(&str, &str)> = template.functions[0]
            .environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:send-dev";
        assert_eq!(
            environment,
            [
                ("ACCOUNT", "012345678901"),
                ("ARN", arn),
                ("COUNT", "3"),
                ("LEVEL", "debug"),
                ("PLACE", "eu-west-1-dev-${x}-send-dev"),
                ("SHARED", "yes"),
                ("STAGE", "dev"),
            ]
        );
        let table = UnresolvedVariable { resource: "Add".into(), variable: "TABLE".into() };
        assert_eq!(template.unresolved, [table]);
    }

    #[test]
    fn what_cannot_be_hosted_is_named() {
        let folder = folder_with(&["code"]);
        let refused = |properties: &str| {
            let text = format!(
                r#"{{"Resources": {{"Add": {{"Type": "AWS::Serverless::Function",
                    "Properties": {{"Handler": "a.b", {properties}}}}}}}}}"#
            );
            let template = read_template(&text, folder.path());
            let [not_hosted] = &template.not_hosted[..] else { panic!("{properties} is hosted") };
            assert_eq!((not_hosted.name.as_str(), template.functions.len()), ("Add", 0));
            not_hosted.problem.to_string()
        };
        assert_eq!(
            refused(r#""Runtime": "java21", "CodeUri": "code""#),
            "function Add: runtime `java21` cannot be hosted (python*, nodejs* and provided* can)"
        );
        let missing = folder.path().join("src").display().to_string();
        assert_eq!(
            refused(r#""Runtime": "python3.12", "CodeUri": "src""#),
            format!("function Add: its code folder {missing} does not exist")
        );
        let file = folder.path().join("code/bootstrap").display().to_string();
        assert_eq!(
            refused(r#""Runtime": "provided.al2023", "CodeUri": "code""#),
            format!("function Add: {file} does not exist; build the function first")
        );
        assert_eq!(
            refused(r#""Runtime": "python3.12", "InlineCode": "pass""#),
            "function Add: InlineCode is not supported; put the code into a folder"
        );
        assert_eq!(
            refused(r#""Runtime": "python3.12", "CodeUri": "code", "Timeout": "soon""#),
            "function Add: Timeout is not a number of seconds from 1 to 900"
        );
        assert_eq!(
            refused(r#""PackageType": "Image""#),
            "function Add: PackageType is not supported; only Zip is"
        );
    }

    #[test]
    fn one_function_that_cannot_be_hosted_keeps_no_other_from_it() {
        let folder = folder_with(&["add", "send"]);
        let text = TEMPLATE.replace("Runtime: nodejs20.x", "Runtime: java21");
        let template = read_template(&text, folder.path());
        let names: Vec<&str> = template.functions.iter().map(|hosted| &*hosted.name).collect();
        assert_eq!(names, ["Add"]);
        assert_eq!(template.not_hosted[0].name, "send-dev");
    }

    fn read_template(text: &str, folder: &Path) -> SamTemplate {
        SamTemplate::from_document(&parse_yaml(text).expect("yaml"), folder, PLACE)
    }

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in names {
            fs::create_dir(folder.path().join(name)).expect("a folder in it");
        }
        folder
    }
}
