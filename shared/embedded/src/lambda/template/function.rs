//! Reads one `AWS::Serverless::Function`.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use super::{HostingProblem, UnresolvedVariable, intrinsic::IntrinsicResolver};
use crate::lambda::{
    function::{FunctionRuntime, HostedFunction},
    limits::{MEMORY_MEGABYTES_DEFAULT, TIMEOUT_DEFAULT, TIMEOUT_MAX},
};

/// Reads one function. Its own properties override the template's `Globals`.
pub(super) struct FunctionReader<'a> {
    pub(super) id: &'a str,
    pub(super) own_properties: &'a Value,
    pub(super) globals: &'a Value,
    pub(super) folder: &'a Path,
}

impl FunctionReader<'_> {
    pub(super) fn read_function(
        &self,
        scope: &IntrinsicResolver<'_>,
    ) -> Result<(HostedFunction, Vec<UnresolvedVariable>), HostingProblem> {
        if scope
            .resolve_text(self.find_property("PackageType"))
            .is_some_and(|package| package != "Zip")
        {
            return Err(self.property_error("PackageType", "is not supported; only Zip is"));
        }
        let runtime = scope
            .resolve_text(self.find_property("Runtime"))
            .ok_or_else(|| self.property_error("Runtime", "is missing"))?;
        let directory = self.read_code_directory(&runtime, scope)?;
        let launch = self.read_runtime(runtime, &directory, scope)?;
        let (environment, unresolved) = self.read_environment(scope);
        let function = HostedFunction {
            name: self.function_name(scope).to_owned(),
            directory,
            runtime: launch,
            environment,
            timeout: self.read_timeout(scope)?,
            memory_megabytes: self.read_memory_megabytes(scope)?,
            reserved_concurrency: self.read_reserved_concurrency(scope)?,
        };
        Ok((function, unresolved))
    }

    /// The function's name; its logical id if only a deployment knows the name.
    pub(super) fn function_name<'s>(&'s self, scope: &'s IntrinsicResolver<'_>) -> &'s str {
        scope.function_names.get(self.id).map_or(self.id, String::as_str)
    }

    fn find_property(&self, name: &str) -> &Value {
        self.own_properties.get(name).unwrap_or_else(|| &self.globals[name])
    }

    fn read_code_directory(
        &self,
        runtime: &str,
        scope: &IntrinsicResolver<'_>,
    ) -> Result<PathBuf, HostingProblem> {
        if !self.find_property("InlineCode").is_null() {
            return Err(
                self.property_error("InlineCode", "is not supported; put the code into a folder")
            );
        }
        let code = self.find_property("CodeUri");
        // `sam` uses the template's own folder if there is no `CodeUri`.
        let code = if code.is_null() { Some(String::new()) } else { scope.resolve_text(code) };
        let local = code.filter(|code| !code.contains("://"));
        let Some(code) = local else {
            return Err(self.property_error("CodeUri", "is not a local folder"));
        };
        let folder = self.folder.join(code);
        if !folder.is_dir() {
            return Err(HostingProblem::Folder { resource: self.id.to_owned(), folder });
        }
        let file = folder.join("bootstrap");
        if runtime.starts_with("provided") && !file.is_file() {
            return Err(HostingProblem::Bootstrap { resource: self.id.to_owned(), file });
        }
        Ok(folder)
    }

    fn read_runtime(
        &self,
        runtime: String,
        directory: &Path,
        scope: &IntrinsicResolver<'_>,
    ) -> Result<FunctionRuntime, HostingProblem> {
        debug_assert!(directory.is_dir(), "its absence is told before its runtime's");
        let handler = scope.resolve_text(self.find_property("Handler"));
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
            Err(HostingProblem::Runtime { resource: self.id.to_owned(), runtime })
        }
    }

    fn read_timeout(&self, scope: &IntrinsicResolver<'_>) -> Result<Duration, HostingProblem> {
        let value = self.find_property("Timeout");
        if value.is_null() {
            return Ok(TIMEOUT_DEFAULT);
        }
        let seconds = scope.resolve_text(value).and_then(|text| text.parse().ok());
        seconds
            .filter(|seconds| (1..=TIMEOUT_MAX.as_secs()).contains(seconds))
            .map(Duration::from_secs)
            .ok_or_else(|| {
                self.property_error("Timeout", "is not a number of seconds from 1 to 900")
            })
    }

    /// Lambda throttles every call of a function with a reserved concurrency of 0. Here that bounds
    /// nothing: who tries a function wants it to run.
    fn read_reserved_concurrency(
        &self,
        scope: &IntrinsicResolver<'_>,
    ) -> Result<Option<NonZeroUsize>, HostingProblem> {
        let value = self.find_property("ReservedConcurrentExecutions");
        if value.is_null() {
            return Ok(None);
        }
        let reserved = scope.resolve_text(value).and_then(|text| text.parse::<usize>().ok());
        reserved.map(NonZeroUsize::new).ok_or_else(|| {
            self.property_error("ReservedConcurrentExecutions", "is not a number of invocations")
        })
    }

    fn read_memory_megabytes(&self, scope: &IntrinsicResolver<'_>) -> Result<u32, HostingProblem> {
        let value = self.find_property("MemorySize");
        if value.is_null() {
            return Ok(MEMORY_MEGABYTES_DEFAULT);
        }
        scope
            .resolve_text(value)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| self.property_error("MemorySize", "is not a number of megabytes"))
    }

    fn read_environment(
        &self,
        scope: &IntrinsicResolver<'_>,
    ) -> (BTreeMap<String, String>, Vec<UnresolvedVariable>) {
        let variables: BTreeMap<&String, &Value> = [self.globals, self.own_properties]
            .into_iter()
            .filter_map(|properties| properties["Environment"]["Variables"].as_object())
            .flatten()
            .collect();
        let mut environment = BTreeMap::new();
        let mut unresolved = Vec::new();
        for (name, value) in variables {
            if let Some(text) = scope.resolve_text(value) {
                environment.insert(name.clone(), text);
            } else {
                let resource = self.id.to_owned();
                unresolved.push(UnresolvedVariable { resource, variable: name.clone() });
            }
        }
        (environment, unresolved)
    }

    fn property_error(&self, property: &'static str, problem: &'static str) -> HostingProblem {
        HostingProblem::Property { resource: self.id.to_owned(), property, problem }
    }
}
