//! Edits of functions' code, so that they are told of. The call after an edit runs it in any case.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use embedded::lambda::{FunctionRuntime, HostedFunction};

use super::file_state::FileState;

/// Folders that tools fill.
const SKIPPED_FOLDERS: [&str; 2] = ["__pycache__", "node_modules"];

/// A file of our own data, whose folder may be in that of a function.
const DATA_FILE: &str = "statewright.lock";

/// The most files of a folder that is looked at: in a larger one are mostly packages, and to look at
/// it twice a second would cost more than the line is worth.
const FILES_MAX: usize = 500;

/// The most names in a line.
const NAMES_MAX: usize = 3;

/// The folders of functions, with their files.
#[derive(Default)]
pub(super) struct CodeFiles {
    folders: BTreeMap<PathBuf, CodeFolder>,
}

struct CodeFolder {
    functions: Vec<String>,
    /// None if there are too many.
    files: Option<BTreeMap<PathBuf, FileState>>,
}

impl CodeFiles {
    /// Looks at the folders of these functions.
    pub(super) fn look(functions: &[HostedFunction]) -> Self {
        let mut folders: BTreeMap<PathBuf, CodeFolder> = BTreeMap::new();
        for function in functions {
            // The folder of a command is not its code.
            if matches!(function.runtime, FunctionRuntime::Command(_)) {
                continue;
            }
            let folder = folders.entry(function.directory.clone()).or_insert_with(|| {
                let mut files = BTreeMap::new();
                let is_whole = add_files(&function.directory, Path::new(""), &mut files);
                CodeFolder { functions: Vec::new(), files: is_whole.then_some(files) }
            });
            folder.functions.push(function.name.clone());
        }
        Self { folders }
    }

    /// A line for each folder in which files have changed since:
    /// `updated function charge: app.py changed`
    pub(super) fn changes_until(&self, after: &Self) -> Vec<String> {
        let folders = after.folders.iter();
        let lines = folders.filter_map(|(path, after)| {
            let before = self.folders.get(path)?;
            let names = changed_names(before.files.as_ref()?, after.files.as_ref()?);
            let noun = if after.functions.len() == 1 { "function" } else { "functions" };
            let functions = after.functions.join(", ");
            (!names.is_empty()).then(|| {
                let more = if names.len() > NAMES_MAX { ", …" } else { "" };
                let shown = &names[..names.len().min(NAMES_MAX)];
                format!("updated {noun} {functions}: {}{more} changed", shown.join(", "))
            })
        });
        lines.collect()
    }
}

/// The names of files that are new, other or gone.
fn changed_names(
    before: &BTreeMap<PathBuf, FileState>,
    after: &BTreeMap<PathBuf, FileState>,
) -> Vec<String> {
    let is_other = |name: &&PathBuf| before.get(*name) != after.get(*name);
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    after.keys().chain(gone).filter(is_other).map(|name| name.display().to_string()).collect()
}

/// Adds the files in a folder and below it. Returns whether these are all.
fn add_files(folder: &Path, name: &Path, files: &mut BTreeMap<PathBuf, FileState>) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return true };
    if folder.join(DATA_FILE).is_file() {
        return true;
    }
    for entry in entries.flatten() {
        let own_name = entry.file_name();
        let text = own_name.to_string_lossy();
        if text.starts_with('.') || text.ends_with(".pyc") || SKIPPED_FOLDERS.contains(&&*text) {
            continue;
        }
        let name = name.join(&own_name);
        // Links to folders are not followed, so that the search ends.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !add_files(&entry.path(), &name, files) {
                return false;
            }
        } else if let Some(state) = FileState::read(&entry.path()) {
            files.insert(name, state);
        }
        if files.len() > FILES_MAX {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, directory: &Path) -> HostedFunction {
        let mut function = HostedFunction::from_command_line(&format!("{name}=true")).expect("one");
        function.runtime = FunctionRuntime::Python { handler: "app.handler".to_owned() };
        directory.clone_into(&mut function.directory);
        function
    }

    #[test]
    fn an_edit_names_its_functions_and_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("is written");
        };
        write("app.py", "1");
        write("old.py", "1");
        let functions = [function("charge", folder.path()), function("ship", folder.path())];
        let before = CodeFiles::look(&functions);
        write("app.py", "22");
        write("new.py", "1");
        write("cached.pyc", "1");
        fs::remove_file(folder.path().join("old.py")).expect("is removed");
        fs::create_dir(folder.path().join("data")).expect("is made");
        write("data/statewright.lock", "");
        let after = CodeFiles::look(&functions);
        let expected = "updated functions charge, ship: app.py, new.py, old.py changed";
        assert_eq!(before.changes_until(&after), [expected]);
        assert!(after.changes_until(&CodeFiles::look(&functions)).is_empty());
    }
}
