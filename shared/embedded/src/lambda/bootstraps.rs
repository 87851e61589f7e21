//! Our bootstraps for runtimes that AWS would bring, written to a folder while functions are
//! hosted.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

const PYTHON: &str = include_str!("bootstrap.py");
const NODE: &str = include_str!("bootstrap.mjs");

/// The folder of the bootstraps; it is removed on drop.
pub(super) struct Bootstraps {
    folder: TempDir,
}

impl Bootstraps {
    pub(super) fn write() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("statewright-lambda-").tempdir()?;
        let bootstraps = Self { folder };
        fs::write(bootstraps.python(), PYTHON)?;
        fs::write(bootstraps.node(), NODE)?;
        Ok(bootstraps)
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn python(&self) -> PathBuf {
        self.folder.path().join("bootstrap.py")
    }

    pub(super) fn node(&self) -> PathBuf {
        self.folder.path().join("bootstrap.mjs")
    }
}
