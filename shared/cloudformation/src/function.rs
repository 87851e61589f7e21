//! Reads one `AWS::Serverless::Function` or `AWS::Lambda::Function`.
//!
//! Spec: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html>

mod code;
mod problem;

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use embedded::lambda::{
    FunctionRuntime, HostedFunction, MEMORY_MEGABYTES_DEFAULT, TIMEOUT_DEFAULT, TIMEOUT_MAX,
};
use serde_json::Value;

use crate::{StagedCode, resolver::Resolver};
pub(crate) use code::{BuiltTemplate, CodeLocation};
pub use problem::{HostingProblem, NotHostedFunction};

/// Reads one function. Its own properties override the template's `Globals`.
pub(crate) struct FunctionReader<'a> {
    pub(crate) id: &'a str,
    pub(crate) resource: &'a Value,
    /// `Globals.Function` for a function of SAM.
    pub(crate) globals: &'a Value,
    /// The template's folder.
    pub(crate) folder: &'a Path,
    /// What `sam build` has made of the template.
    pub(crate) built: Option<&'a BuiltTemplate>,
    pub(crate) staged: &'a StagedCode,
    pub(crate) resolver: &'a Resolver<'a>,
}

/// A function, and what else came up while it was read.
pub(crate) struct ReadFunction {
    pub(crate) function: Result<HostedFunction, HostingProblem>,
    /// The archive that its code is in.
    pub(crate) archive: Option<PathBuf>,
    pub(crate) warnings: Vec<String>,
}

impl FunctionReader<'_> {
    pub(crate) fn read_function(&self) -> ReadFunction {
        let (mut archive, mut warnings) = (None, Vec::new());
        let function = self.try_reading(&mut archive, &mut warnings);
        ReadFunction { function, archive, warnings }
    }

    fn try_reading(
        &self,
        archive: &mut Option<PathBuf>,
        warnings: &mut Vec<String>,
    ) -> Result<HostedFunction, HostingProblem> {
        let package = self.resolver.resolve_text(self.property("PackageType"));
        let has_image =
            !self.property("ImageUri").is_null() || !self.property("Code")["ImageUri"].is_null();
        if has_image || package.is_some_and(|package| package != "Zip") {
            return Err(self.property_error("PackageType", "is not supported; only Zip is"));
        }
        let runtime = self
            .resolver
            .resolve_text(self.property("Runtime"))
            .ok_or_else(|| self.property_error("Runtime", "is missing"))?;
        let launch = self.read_runtime(&runtime)?;
        let (directory, location) = self.stage_code(&runtime)?;
        match location {
            CodeLocation::Archive(file) => *archive = Some(file),
            CodeLocation::Built => warnings.push(format!(
                "function {}: its code is what `sam build` made of it; build it again after an edit",
                self.id
            )),
            CodeLocation::Folder | CodeLocation::Template => {}
        }
        Ok(HostedFunction {
            name: self.resolver.resource_name(self.id),
            directory,
            runtime: launch,
            environment: self.read_environment(warnings),
            timeout: self.read_timeout()?,
            memory_megabytes: self.read_memory_megabytes()?,
            reserved_concurrency: self.read_reserved_concurrency()?,
        })
    }

    fn property(&self, name: &str) -> &Value {
        self.resource["Properties"].get(name).unwrap_or_else(|| &self.globals[name])
    }

    fn read_runtime(&self, runtime: &str) -> Result<FunctionRuntime, HostingProblem> {
        let handler = self.resolver.resolve_text(self.property("Handler"));
        if runtime.starts_with("provided") {
            return Ok(FunctionRuntime::Provided {
                handler: handler.unwrap_or_else(|| "bootstrap".into()),
            });
        }
        let handler = handler.ok_or_else(|| self.property_error("Handler", "is missing"));
        if runtime.starts_with("python") {
            Ok(FunctionRuntime::Python { handler: handler? })
        } else if runtime.starts_with("nodejs") {
            Ok(FunctionRuntime::Node { handler: handler? })
        } else {
            let (resource, runtime) = (self.id.to_owned(), runtime.to_owned());
            Err(HostingProblem::Runtime { resource, runtime })
        }
    }

    fn read_timeout(&self) -> Result<Duration, HostingProblem> {
        let value = self.property("Timeout");
        if value.is_null() {
            return Ok(TIMEOUT_DEFAULT);
        }
        let seconds = self.resolver.resolve_text(value).and_then(|text| text.parse().ok());
        seconds
            .filter(|seconds| (1..=TIMEOUT_MAX.as_secs()).contains(seconds))
            .map(Duration::from_secs)
            .ok_or_else(|| {
                self.property_error("Timeout", "is not a number of seconds from 1 to 900")
            })
    }

    /// Lambda throttles every call of a function with a reserved concurrency of 0. Here that bounds
    /// nothing: who tries a function wants it to run.
    fn read_reserved_concurrency(&self) -> Result<Option<NonZeroUsize>, HostingProblem> {
        let value = self.property("ReservedConcurrentExecutions");
        if value.is_null() {
            return Ok(None);
        }
        let reserved =
            self.resolver.resolve_text(value).and_then(|text| text.parse::<usize>().ok());
        reserved.map(NonZeroUsize::new).ok_or_else(|| {
            self.property_error("ReservedConcurrentExecutions", "is not a number of invocations")
        })
    }

    fn read_memory_megabytes(&self) -> Result<u32, HostingProblem> {
        let value = self.property("MemorySize");
        if value.is_null() {
            return Ok(MEMORY_MEGABYTES_DEFAULT);
        }
        self.resolver
            .resolve_text(value)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| self.property_error("MemorySize", "is not a number of megabytes"))
    }

    fn read_environment(&self, warnings: &mut Vec<String>) -> BTreeMap<String, String> {
        let variables: BTreeMap<&String, &Value> = [self.globals, &self.resource["Properties"]]
            .into_iter()
            .filter_map(|properties| properties["Environment"]["Variables"].as_object())
            .flatten()
            .collect();
        let mut environment = BTreeMap::new();
        for (name, value) in variables {
            if let Some(text) = self.resolver.resolve_text(value) {
                environment.insert(name.clone(), text);
            } else {
                warnings.push(format!(
                    "function {}: only a deployment knows {name}, so its environment has none",
                    self.id
                ));
            }
        }
        environment
    }

    fn property_error(&self, property: &'static str, problem: &'static str) -> HostingProblem {
        HostingProblem::Property { resource: self.id.to_owned(), property, problem }
    }
}
