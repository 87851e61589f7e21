//! Tells whether a file has changed.

use std::{fs, path::Path, time::SystemTime};

/// Two are equal unless the file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileState {
    bytes: u64,
    modified: SystemTime,
}

impl FileState {
    /// None if there is no such file.
    pub(super) fn read(file: &Path) -> Option<Self> {
        let found = fs::metadata(file).ok()?;
        let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Self { bytes: found.len(), modified })
    }
}
