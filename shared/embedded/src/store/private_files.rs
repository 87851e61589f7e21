//! A directory and files that only the user of this process can read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use tracing::warn;

#[cfg(unix)]
const DIRECTORY_MODE: u32 = 0o700;
#[cfg(unix)]
const FILE_MODE: u32 = 0o600;

/// Creates a directory that only its user may enter. An existing one becomes so if it holds nothing
/// but these files: then it is there for them. Others may need to enter any other one.
pub(super) fn create_private_directory(directory: &Path, own_files: &[&str]) -> io::Result<()> {
    let is_new = !directory.try_exists()?;
    create_directory(directory)?;
    if is_new || holds_only(directory, own_files)? {
        withdraw_from_others(directory);
    }
    Ok(())
}

/// Opens a file for writing and creates it if it is missing. Only its user may read it.
pub(super) fn create_private_file(path: &Path) -> io::Result<File> {
    open_private_file(path, File::options().truncate(false).write(true))
}

/// Writes a whole file, in place of what it held. Only its user may read it.
pub(crate) fn write_private_file(path: &Path, text: &str) -> io::Result<()> {
    let mut file = open_private_file(path, File::options().write(true).truncate(true))?;
    file.write_all(text.as_bytes())
}

/// Opens a file for appending and creates it if it is missing. Only its user may read it.
pub(crate) fn open_private_log(path: &Path) -> io::Result<File> {
    open_private_file(path, File::options().append(true))
}

fn open_private_file(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, FILE_MODE);
    options.open(path)
}

/// Makes an existing file one that only its user may read. A release before this one, or a copy, may
/// have left it open to all.
pub(super) fn make_file_private(path: &Path) {
    if path.exists() {
        withdraw_from_others(path);
    }
}

fn create_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, DIRECTORY_MODE);
    builder.create(directory)
}

fn holds_only(directory: &Path, own_files: &[&str]) -> io::Result<bool> {
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if !own_files.iter().any(|own| name == **own) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes all permissions of others. A directory that is shared on purpose (sticky, or with a group of
/// its own) is left as it is, and what belongs to somebody else cannot be changed.
#[cfg(unix)]
fn withdraw_from_others(path: &Path) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    const SPECIAL: u32 = 0o7000;
    const OTHERS: u32 = 0o077;
    let Ok(metadata) = fs::metadata(path) else { return };
    let mode = metadata.mode();
    if mode & SPECIAL != 0 || mode & OTHERS == 0 {
        return;
    }
    let private = fs::Permissions::from_mode(mode & 0o777 & !OTHERS);
    if let Err(error) = fs::set_permissions(path, private) {
        warn!(path = %path.display(), %error, "other users may be able to read this");
    }
}

/// Other systems have no such permissions.
#[cfg(not(unix))]
fn withdraw_from_others(_: &Path) {}
