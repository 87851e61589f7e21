//! The files that a user means by naming a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};

/// Folders that hold no files of the user's own. Those whose names begin with a dot are left out,
/// too.
pub(crate) const SKIPPED_FOLDERS: [&str; 2] = ["node_modules", "target"];

/// Which files a folder stands for.
pub(crate) struct WantedFiles {
    /// What they are, for messages.
    pub(crate) what: &'static str,
    /// How their names end.
    pub(crate) endings: &'static [&'static str],
}

/// Replaces each folder by the files in it and below it, in the order of their names. A folder
/// that cannot be read, or has no such file, is an error in the place of its files.
pub(crate) fn list_named_files(
    paths: &[PathBuf],
    wanted: &WantedFiles,
) -> Vec<anyhow::Result<PathBuf>> {
    let mut listed = Vec::new();
    for path in paths {
        if !path.is_dir() {
            listed.push(Ok(path.clone()));
            continue;
        }
        let mut found = Vec::new();
        let searched = search_folder(path, wanted, &mut found);
        match searched.with_context(|| format!("cannot read {}", path.display())) {
            Ok(()) if found.is_empty() => {
                let endings: Vec<String> =
                    wanted.endings.iter().map(|ending| format!("*{ending}")).collect();
                let (folder, what) = (path.display(), wanted.what);
                listed.push(Err(anyhow!("{folder} has no {what} ({})", endings.join(", "))));
            }
            Ok(()) => listed.extend(found.into_iter().map(Ok)),
            Err(error) => listed.push(Err(error)),
        }
    }
    listed
}

fn search_folder(folder: &Path, wanted: &WantedFiles, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A link to a folder is not followed, so that the search ends.
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !SKIPPED_FOLDERS.contains(&&*name) {
                search_folder(&entry.path(), wanted, found)?;
            }
        } else if wanted.endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: WantedFiles = WantedFiles { what: "definitions", endings: &[".asl.json"] };

    #[test]
    fn a_folder_stands_for_the_files_in_it_and_below_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        for name in ["b.asl.json", "a/c.asl.json", "a/d.txt", "node_modules/e.asl.json", ".f/g"] {
            let file = root.join(name);
            fs::create_dir_all(file.parent().expect("it is in the folder")).expect("is made");
            fs::write(file, "").expect("is written");
        }
        let given = [root.to_owned(), root.join("missing.json")];
        let listed: Vec<PathBuf> = list_named_files(&given, &WANTED)
            .into_iter()
            .map(|file| file.expect("the folder has files"))
            .collect();
        let expected = ["a/c.asl.json", "b.asl.json", "missing.json"].map(|name| root.join(name));
        assert_eq!(listed, expected);
    }

    #[test]
    fn a_folder_without_such_files_says_what_it_looked_for() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listed = list_named_files(&[folder.path().to_owned()], &WANTED);
        let [Err(error)] = &listed[..] else { panic!("one error, not {listed:?}") };
        let expected = format!("{} has no definitions (*.asl.json)", folder.path().display());
        assert_eq!(error.to_string(), expected);
    }
}
