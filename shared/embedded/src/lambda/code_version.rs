//! Notices that the code of a function has changed.
//!
//! Each call compares the files' sizes and times, which finds an edit that was made the moment
//! before. An idle process that runs other code, or was started with other settings, is ended.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::function::{FunctionRuntime, HostedFunction};

/// Folders that are not looked into: what they hold is made by tools, and there may be much of it.
const SKIPPED_FOLDERS: [&str; 2] = ["__pycache__", "node_modules"];

/// The most files of one function that are compared. Statewright's own limit.
const FILES_MAX: usize = 5_000;

/// The most levels of folders that are looked into. Statewright's own limit.
const DEPTH_MAX: usize = 20;

/// Stands for the state of a function's files and settings: two are equal unless one has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeVersion(u64);

impl CodeVersion {
    /// Looks at the files of a function: all below its folder, or those that its command names.
    pub(super) async fn read(function: &HostedFunction) -> Self {
        let function = function.clone();
        let read = tokio::task::spawn_blocking(move || {
            let folder = &function.directory;
            let Self(files) = match &function.runtime {
                FunctionRuntime::Python { .. }
                | FunctionRuntime::Node { .. }
                | FunctionRuntime::Provided { .. } => version_of_folder(folder),
                FunctionRuntime::Command(words) => version_of_command(folder, words),
            };
            let mut hasher = DefaultHasher::new();
            (files, &function).hash(&mut hasher);
            Self(hasher.finish())
        });
        // It fails only while the runtime shuts down; then no process is started.
        read.await.unwrap_or(Self(0))
    }
}

fn version_of_folder(folder: &Path) -> CodeVersion {
    let mut sum = FileSum { hash: 0, files: 0 };
    sum.add_folder(folder, Path::new(""), 0);
    CodeVersion(sum.hash)
}

/// A command may run in the folder of the data, where files change all the time.
fn version_of_command(folder: &Path, words: &[String]) -> CodeVersion {
    let mut sum = FileSum { hash: 0, files: 0 };
    for word in words.iter().flat_map(|words| words.split_whitespace()) {
        let file = PathBuf::from(word.trim_matches(['"', '\'']));
        sum.add_file(&folder.join(&file), &file);
    }
    CodeVersion(sum.hash)
}

/// A hash of files that does not depend on their order.
struct FileSum {
    hash: u64,
    files: usize,
}

impl FileSum {
    /// What cannot be read is left out: the process finds that out itself.
    fn add_folder(&mut self, folder: &Path, name: &Path, depth: usize) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let own_name = entry.file_name();
            let text = own_name.to_string_lossy();
            let is_skipped = text.starts_with('.') || SKIPPED_FOLDERS.contains(&&*text);
            if is_skipped || self.files >= FILES_MAX {
                continue;
            }
            let name = name.join(&own_name);
            // Links to folders are not followed, so that the search ends.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if depth < DEPTH_MAX {
                    self.add_folder(&entry.path(), &name, depth + 1);
                }
            } else if !text.ends_with(".pyc") {
                self.add_file(&entry.path(), &name);
            }
        }
    }

    fn add_file(&mut self, file: &Path, name: &Path) {
        let Some(found) = fs::metadata(file).ok().filter(fs::Metadata::is_file) else { return };
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        found.len().hash(&mut hasher);
        found.modified().unwrap_or(SystemTime::UNIX_EPOCH).hash(&mut hasher);
        self.hash = self.hash.wrapping_add(hasher.finish());
        self.files += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("it is in the folder")).expect("is made");
        fs::write(file, text).expect("is written");
    }

    #[test]
    fn an_edit_a_new_file_and_a_removed_one_change_the_version() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        write(root, "app.py", "1");
        let first = version_of_folder(root);
        assert_eq!(version_of_folder(root), first);
        write(root, "lib/deep.py", "1");
        let second = version_of_folder(root);
        assert_ne!(second, first);
        write(root, "lib/deep.py", "22");
        assert_ne!(version_of_folder(root), second);
        fs::remove_dir_all(root.join("lib")).expect("is removed");
        assert_eq!(version_of_folder(root), first);
    }

    #[test]
    fn what_tools_write_is_no_code() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        write(root, "app.py", "1");
        let first = version_of_folder(root);
        for name in ["__pycache__/app.pyc", "node_modules/a/b.js", ".statewright/db", "app.pyc"] {
            write(root, name, "x");
        }
        assert_eq!(version_of_folder(root), first);
    }

    #[test]
    fn a_command_has_the_files_that_it_names() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        write(root, "add.py", "1");
        let words = ["sh", "-c", "python3 'add.py' --fast"].map(str::to_owned);
        let first = version_of_command(root, &words);
        write(root, "data", "1");
        assert_eq!(version_of_command(root, &words), first);
        write(root, "add.py", "22");
        assert_ne!(version_of_command(root, &words), first);
    }
}
