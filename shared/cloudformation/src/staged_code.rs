//! Code that is in no folder of its own: archives, and code that stands in a template.

use std::{
    env,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read},
    path::{Path, PathBuf},
    process,
    sync::Mutex,
    time::SystemTime,
};

use tempfile::TempDir;
use zip::{ZipArchive, result::ZipError};

/// The most bytes of an archive's files, as Lambda has it: 250 MiB.
///
/// Spec: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const UNPACKED_BYTES_MAX: u64 = 262_144_000;

/// The most files of an archive. Statewright's own limit.
const FILES_MAX: usize = 100_000;

/// Why an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no archive, or a broken one.
    #[error("it is not a zip archive that can be read")]
    Format(#[from] ZipError),
    /// Its files are larger than Lambda allows.
    #[error("its files have more than {UNPACKED_BYTES_MAX} bytes, which is the most in Lambda")]
    Size,
    /// It has too many files.
    #[error("it has more than {FILES_MAX} files")]
    Files,
    /// A file would be outside of the folder.
    #[error("its file {0} would be outside of the folder")]
    Outside(String),
}

/// How the names of such folders begin. The number of their process follows.
const FOLDER_PREFIX: &str = "statewright-code-";

/// Holds a temporary folder with a folder for each archive and each code in a template. It is made
/// when the first is, only its user can read it, and it is removed on drop. Those of processes that
/// were killed are removed by the next one.
#[derive(Debug, Default)]
pub struct StagedCode {
    folder: Mutex<Option<TempDir>>,
}

impl StagedCode {
    /// Writes the code of a function into a folder of its own, and returns the folder.
    ///
    /// Errors: the folder cannot be written.
    pub(crate) fn write_inline(
        &self,
        function: &str,
        file_name: &str,
        code: &str,
    ) -> io::Result<PathBuf> {
        let folder = self.folder_of(&(function, file_name, code))?;
        if !folder.is_dir() {
            fs::create_dir(&folder)?;
            fs::write(folder.join(file_name), code)?;
        }
        Ok(folder)
    }

    /// Unpacks an archive into a folder of its own, unless it was unpacked as it is, and returns the
    /// folder. Links in it are left out.
    pub(crate) fn unpack(&self, archive: &Path) -> Result<PathBuf, ArchiveError> {
        let found = fs::metadata(archive)?;
        let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let folder = self.folder_of(&(archive, found.len(), modified))?;
        if folder.is_dir() {
            return Ok(folder);
        }
        // What is there under its final name is complete.
        let part = folder.with_extension("part");
        let unpacked = unpack_into(archive, &part);
        if unpacked.is_err() {
            drop(fs::remove_dir_all(&part));
        }
        unpacked?;
        fs::rename(&part, &folder)?;
        Ok(folder)
    }

    fn folder_of(&self, key: &impl Hash) -> io::Result<PathBuf> {
        let mut folder = self.folder.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let root = if let Some(root) = folder.take() {
            root
        } else {
            remove_orphans(&env::temp_dir(), Path::new("/proc"));
            let prefix = format!("{FOLDER_PREFIX}{}-", process::id());
            tempfile::Builder::new().prefix(&prefix).tempdir()?
        };
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let path = root.path().join(format!("{:016x}", hasher.finish()));
        *folder = Some(root);
        Ok(path)
    }
}

/// Removes the folders of processes that run no more, where the system lists its processes.
fn remove_orphans(folder: &Path, processes: &Path) {
    if !processes.join("self").exists() {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let process = name.strip_prefix(FOLDER_PREFIX).and_then(|rest| rest.split('-').next());
        let number = process.and_then(|process| process.parse::<u32>().ok());
        if number.is_some_and(|number| !processes.join(number.to_string()).exists()) {
            // Another user's folder stays.
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

fn unpack_into(archive: &Path, folder: &Path) -> Result<(), ArchiveError> {
    let mut archive = ZipArchive::new(File::open(archive)?)?;
    if archive.len() > FILES_MAX {
        return Err(ArchiveError::Files);
    }
    fs::create_dir(folder)?;
    let mut bytes_left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let Some(name) = entry.enclosed_name() else {
            let name = entry.name().unwrap_or_default().into_owned();
            return Err(ArchiveError::Outside(name));
        };
        let path = folder.join(name);
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if entry.is_symlink() {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mode = entry.unix_mode();
        let mut file = File::create(&path)?;
        // The sizes in an archive may be wrong, so what comes is counted.
        let written = io::copy(&mut entry.take(bytes_left + 1), &mut file)?;
        bytes_left = bytes_left.checked_sub(written).ok_or(ArchiveError::Size)?;
        if mode.is_some_and(|mode| mode & 0o100 != 0) {
            make_executable(&file)?;
        }
    }
    Ok(())
}

fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::fs::PermissionsExt};

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn write_archive(path: &Path, files: &[(&str, &str, u32)]) {
        let mut writer = ZipWriter::new(File::create(path).expect("is made"));
        for (name, text, mode) in files {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .unix_permissions(*mode);
            writer.start_file(*name, options).expect("is begun");
            writer.write_all(text.as_bytes()).expect("is written");
        }
        writer.finish().expect("is finished");
    }

    #[test]
    fn an_archive_is_unpacked_once_and_again_after_a_change() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let archive = folder.path().join("code.zip");
        write_archive(&archive, &[("src/app.py", "1", 0o644), ("bootstrap", "#!", 0o755)]);
        let staged = StagedCode::default();
        let first = staged.unpack(&archive).expect("is unpacked");
        assert_eq!(fs::read_to_string(first.join("src/app.py")).expect("is there"), "1");
        let mode = fs::metadata(first.join("bootstrap")).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(staged.unpack(&archive).expect("is there"), first);
        write_archive(&archive, &[("src/app.py", "22", 0o644)]);
        let second = staged.unpack(&archive).expect("is unpacked");
        assert_eq!(fs::read_to_string(second.join("src/app.py")).expect("is there"), "22");
        drop(staged);
        assert!(!first.exists() && !second.exists());
    }

    #[test]
    fn the_folder_of_a_process_that_was_killed_is_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let processes = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(processes.path().join("self")).expect("is made");
        fs::create_dir(processes.path().join("7")).expect("is made");
        for name in ["statewright-code-7-a", "statewright-code-8-b", "statewright-code-x", "8"] {
            fs::create_dir(folder.path().join(name)).expect("is made");
        }
        remove_orphans(folder.path(), processes.path());
        let left = |name: &str| folder.path().join(name).exists();
        assert!(left("statewright-code-7-a") && left("statewright-code-x") && left("8"));
        assert!(!left("statewright-code-8-b"));
    }

    #[test]
    fn no_file_comes_outside_of_its_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let archive = folder.path().join("code.zip");
        write_archive(&archive, &[("../../evil.py", "1", 0o644)]);
        let staged = StagedCode::default();
        let refused = staged.unpack(&archive).expect_err("it would be outside").to_string();
        assert_eq!(refused, "its file ../../evil.py would be outside of the folder");
        fs::write(&archive, "no archive").expect("is written");
        let refused = staged.unpack(&archive).expect_err("it is none").to_string();
        assert_eq!(refused, "it is not a zip archive that can be read");
    }
}
