//! Where the code of a function is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{FunctionReader, HostingProblem};
use crate::local_assets::find_asset;

/// What `sam build` has made of a template: the same functions, with folders of code that is built.
pub(crate) struct BuiltTemplate {
    pub(crate) document: Value,
    /// `.aws-sam/build`
    pub(crate) folder: PathBuf,
}

/// Where the code of a function was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CodeLocation {
    /// In a folder, where the process runs.
    Folder,
    /// In the folder that `sam build` made.
    Built,
    /// In this archive.
    Archive(PathBuf),
    /// In the template.
    Template,
}

/// A file or folder of code, or the code itself.
enum NamedCode {
    Path(PathBuf),
    Inline(String),
}

impl FunctionReader<'_> {
    /// Returns the folder of the code. An archive is unpacked, and code in the template is written to
    /// a file.
    pub(super) fn stage_code(
        &self,
        runtime: &str,
    ) -> Result<(PathBuf, CodeLocation), HostingProblem> {
        let own = self.stage_own_code(runtime);
        let needs_build = own.as_ref().map_or(true, |(folder, _)| {
            !self.resource["Metadata"]["BuildMethod"].is_null() || misses_packages(folder, runtime)
        });
        match self.find_built_folder().filter(|_| needs_build) {
            Some(built) => Ok((checked_folder(self.id, built, runtime)?, CodeLocation::Built)),
            None => own,
        }
    }

    fn find_built_folder(&self) -> Option<PathBuf> {
        let built = self.built?;
        let code = &built.document["Resources"][self.id]["Properties"]["CodeUri"];
        Some(built.folder.join(code.as_str()?)).filter(|folder| folder.is_dir())
    }

    fn stage_own_code(&self, runtime: &str) -> Result<(PathBuf, CodeLocation), HostingProblem> {
        let unpack_error = |archive: PathBuf, source| HostingProblem::Archive {
            resource: self.id.to_owned(),
            archive,
            source,
        };
        match self.find_code()? {
            NamedCode::Inline(code) => {
                let file = if runtime.starts_with("nodejs") { "index.js" } else { "index.py" };
                let written = self.staged.write_inline(self.id, file, &code);
                let folder = written.map_err(|error| unpack_error(file.into(), error.into()))?;
                Ok((folder, CodeLocation::Template))
            }
            NamedCode::Path(path) if path.is_file() => {
                let unpacked = self.staged.unpack(&path);
                let folder = unpacked.map_err(|error| unpack_error(path.clone(), error))?;
                Ok((checked_folder(self.id, folder, runtime)?, CodeLocation::Archive(path)))
            }
            NamedCode::Path(path) => {
                Ok((checked_folder(self.id, path, runtime)?, CodeLocation::Folder))
            }
        }
    }

    /// Finds what the template names: in SAM `CodeUri` or `InlineCode`, else `Code`.
    fn find_code(&self) -> Result<NamedCode, HostingProblem> {
        let code = self.property("Code");
        for inline in [self.property("InlineCode"), &code["ZipFile"]] {
            if !inline.is_null() {
                let text = self.resolver.resolve_text(inline);
                let text = text.ok_or_else(|| {
                    self.property_error("ZipFile", "has parts that only a deployment knows")
                })?;
                return Ok(NamedCode::Inline(text));
            }
        }
        // CDK says which of its assets it is.
        if let Some(asset) = self.resource["Metadata"]["aws:asset:path"].as_str() {
            return Ok(NamedCode::Path(self.folder.join(asset)));
        }
        let uri = self.property("CodeUri");
        if uri.is_null() && code.is_null() {
            // `sam` uses the template's own folder if there is no `CodeUri`.
            return Ok(NamedCode::Path(self.folder.to_owned()));
        }
        let given = if uri.is_null() { code } else { uri };
        let key = ["S3Key", "Key"].iter().find_map(|name| given.get(name)).unwrap_or(given);
        let key = self.resolver.resolve_text(key).unwrap_or_else(|| key.to_string());
        if given.is_string() && !key.contains("://") {
            return Ok(NamedCode::Path(self.folder.join(key)));
        }
        let found = find_asset(self.folder, &key);
        found
            .map(NamedCode::Path)
            .ok_or_else(|| HostingProblem::Elsewhere { resource: self.id.to_owned(), key })
    }
}

fn checked_folder(id: &str, folder: PathBuf, runtime: &str) -> Result<PathBuf, HostingProblem> {
    let resource = id.to_owned();
    if !folder.is_dir() {
        return Err(HostingProblem::Folder { resource, folder });
    }
    let file = folder.join("bootstrap");
    if runtime.starts_with("provided") && !file.is_file() {
        return Err(HostingProblem::Bootstrap { resource, file });
    }
    Ok(folder)
}

/// Whether a function's folder lists packages that are not in it.
fn misses_packages(folder: &Path, runtime: &str) -> bool {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    if runtime.starts_with("python") {
        let text = read("requirements.txt");
        let lines = text.lines().map(str::trim);
        lines.into_iter().any(|line| !line.is_empty() && !line.starts_with('#'))
    } else if runtime.starts_with("nodejs") {
        let package: Value = serde_json::from_str(&read("package.json")).unwrap_or_default();
        let depends = package["dependencies"].as_object().is_some_and(|names| !names.is_empty());
        depends && !folder.ancestors().any(|around| around.join("node_modules").is_dir())
    } else {
        false
    }
}
