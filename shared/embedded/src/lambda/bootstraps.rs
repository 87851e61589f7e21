//! Bootstraps for the runtimes that AWS provides. Each process has a folder of its own with them.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

const PYTHON: &str = include_str!("bootstrap.py");
const NODE: &str = include_str!("bootstrap.mjs");

/// A temporary folder of bootstraps. It is removed on drop.
pub(super) struct BootstrapFolder {
    path: PathBuf,
}

impl BootstrapFolder {
    /// Chooses a path that nothing else has. Nothing is there yet.
    pub(super) fn choose_path() -> Self {
        let name = format!("statewright-lambda-{}", Uuid::new_v4().simple());
        Self { path: env::temp_dir().join(name) }
    }

    /// Creates the folder, which only this user can read, with its files.
    pub(super) fn write_files(&self) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().mode(0o700).create(&self.path)?;
        fs::write(self.python_path(), PYTHON)?;
        fs::write(self.node_path(), NODE)
    }

    pub(super) fn folder_path(&self) -> &Path {
        &self.path
    }

    pub(super) fn python_path(&self) -> PathBuf {
        self.path.join("bootstrap.py")
    }

    pub(super) fn node_path(&self) -> PathBuf {
        self.path.join("bootstrap.mjs")
    }
}

impl Drop for BootstrapFolder {
    fn drop(&mut self) {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, folder = %self.path.display(), "a temporary folder stays");
            }
            Ok(()) | Err(_) => {}
        }
    }
}
