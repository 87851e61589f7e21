//! Bootstraps for the runtimes that AWS provides. They are written to a folder while functions are
//! hosted.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

const PYTHON: &str = include_str!("bootstrap.py");
const NODE: &str = include_str!("bootstrap.mjs");

/// The temporary folder of the bootstraps. It is removed on drop.
pub(super) struct BootstrapFolder {
    folder: TempDir,
}

impl BootstrapFolder {
    pub(super) fn write_files() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("statewright-lambda-").tempdir()?;
        let bootstraps = Self { folder };
        fs::write(bootstraps.python_path(), PYTHON)?;
        fs::write(bootstraps.node_path(), NODE)?;
        Ok(bootstraps)
    }

    pub(super) fn folder_path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn python_path(&self) -> PathBuf {
        self.folder.path().join("bootstrap.py")
    }

    pub(super) fn node_path(&self) -> PathBuf {
        self.folder.path().join("bootstrap.mjs")
    }
}
