//! One `AWS::Serverless::Function`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use super::{Error, UnresolvedVariable, intrinsic::Scope};
use crate::lambda::{
    function::{HostedFunction, Launch},
    limits::{MEMORY_MEGABYTES_DEFAULT, TIMEOUT_DEFAULT, TIMEOUT_MAX},
};

/// Reads one function; its own properties win over the template's `Globals`.
pub(super) struct Reader<'a> {
    pub(super) id: &'a str,
    pub(super) own: &'a Value,
    pub(super) globals: &'a Value,
    pub(super) folder: &'a Path,
}

impl Reader<'_> {
    pub(super) fn read(
        &self,
        scope: &Scope<'_>,
    ) -> Result<(HostedFunction, Vec<UnresolvedVariable>), Error> {
        if scope.text(self.property("PackageType")).is_some_and(|package| package != "Zip") {
            return Err(self.wrong("PackageType", "is not supported; only Zip is"));
        }
        let runtime = scope
            .text(self.property("Runtime"))
            .ok_or_else(|| self.wrong("Runtime", "is missing"))?;
        let directory = self.directory(&runtime, scope)?;
        let launch = self.launch(runtime, &directory, scope)?;
        let (environment, unresolved) = self.environment(scope);
        let function = HostedFunction {
            name: scope.function_names.get(self.id).map_or(self.id, String::as_str).to_owned(),
            directory,
            launch,
            environment,
            timeout: self.timeout(scope)?,
            memory_megabytes: self.memory_megabytes(scope)?,
        };
        Ok((function, unresolved))
    }

    fn property(&self, name: &str) -> &Value {
        self.own.get(name).unwrap_or_else(|| &self.globals[name])
    }

    fn directory(&self, runtime: &str, scope: &Scope<'_>) -> Result<PathBuf, Error> {
        if !self.property("InlineCode").is_null() {
            return Err(self.wrong("InlineCode", "is not supported; put the code into a folder"));
        }
        let code = self.property("CodeUri");
        // `sam` takes the template's own folder when nothing is said.
        let code = if code.is_null() { Some(String::new()) } else { scope.text(code) };
        let local = code.filter(|code| !code.contains("://"));
        let Some(code) = local else {
            return Err(self.wrong("CodeUri", "is not a local folder"));
        };
        let folder = self.folder.join(code);
        if !folder.is_dir() {
            return Err(Error::Folder { resource: self.id.to_owned(), folder });
        }
        let file = folder.join("bootstrap");
        if runtime.starts_with("provided") && !file.is_file() {
            return Err(Error::Bootstrap { resource: self.id.to_owned(), file });
        }
        Ok(folder)
    }

    fn launch(
        &self,
        runtime: String,
        directory: &Path,
        scope: &Scope<'_>,
    ) -> Result<Launch, Error> {
        debug_assert!(directory.is_dir(), "its absence is told before its runtime's");
        let handler = scope.text(self.property("Handler"));
        if runtime.starts_with("provided") {
            return Ok(Launch::Provided { handler: handler.unwrap_or_else(|| "bootstrap".into()) });
        }
        let handler = handler.ok_or_else(|| self.wrong("Handler", "is missing"));
        if runtime.starts_with("python") {
            Ok(Launch::Python { handler: handler? })
        } else if runtime.starts_with("nodejs") {
            Ok(Launch::Node { handler: handler? })
        } else {
            Err(Error::Runtime { resource: self.id.to_owned(), runtime })
        }
    }

    fn timeout(&self, scope: &Scope<'_>) -> Result<Duration, Error> {
        let value = self.property("Timeout");
        if value.is_null() {
            return Ok(TIMEOUT_DEFAULT);
        }
        let seconds = scope.text(value).and_then(|text| text.parse().ok());
        seconds
            .filter(|seconds| (1..=TIMEOUT_MAX.as_secs()).contains(seconds))
            .map(Duration::from_secs)
            .ok_or_else(|| self.wrong("Timeout", "is not a number of seconds from 1 to 900"))
    }

    fn memory_megabytes(&self, scope: &Scope<'_>) -> Result<u32, Error> {
        let value = self.property("MemorySize");
        if value.is_null() {
            return Ok(MEMORY_MEGABYTES_DEFAULT);
        }
        scope
            .text(value)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| self.wrong("MemorySize", "is not a number of megabytes"))
    }

    fn environment(
        &self,
        scope: &Scope<'_>,
    ) -> (BTreeMap<String, String>, Vec<UnresolvedVariable>) {
        let variables: BTreeMap<&String, &Value> = [self.globals, self.own]
            .into_iter()
            .filter_map(|properties| properties["Environment"]["Variables"].as_object())
            .flatten()
            .collect();
        let mut environment = BTreeMap::new();
        let mut unresolved = Vec::new();
        for (name, value) in variables {
            if let Some(text) = scope.text(value) {
                environment.insert(name.clone(), text);
            } else {
                let resource = self.id.to_owned();
                unresolved.push(UnresolvedVariable { resource, variable: name.clone() });
            }
        }
        (environment, unresolved)
    }

    fn wrong(&self, property: &'static str, problem: &'static str) -> Error {
        Error::Property { resource: self.id.to_owned(), property, problem }
    }
}
