//! The file of settings, in which `use` keeps a target.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};

use super::RememberedTarget;

/// Shape: `{"target": {"stack": "orders"}}`
#[derive(Debug, Default, Deserialize, Serialize)]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<RememberedTarget>,
}

/// Reads the target that was remembered.
pub(crate) fn read_remembered_target() -> anyhow::Result<Option<RememberedTarget>> {
    match settings_file() {
        Some(file) => read_settings(&file).map(|settings| settings.target),
        None => Ok(None),
    }
}

/// Remembers a target, and returns the file that it is in.
pub(crate) fn remember_target(target: RememberedTarget) -> anyhow::Result<PathBuf> {
    let file = settings_file().ok_or_else(|| anyhow!("HOME names no folder for settings"))?;
    let settings = serde_json::to_string_pretty(&Settings { target: Some(target) })?;
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, settings + "\n"))
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// Forgets the target, and returns whether there was one.
pub(crate) fn forget_target() -> anyhow::Result<bool> {
    let Some(file) = settings_file() else { return Ok(false) };
    match fs::remove_file(&file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot remove {}", file.display())),
    }
}

fn read_settings(file: &Path) -> anyhow::Result<Settings> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Settings::default()),
        read => read.with_context(|| format!("cannot read {}", file.display()))?,
    };
    serde_json::from_str(&text).with_context(|| {
        format!("{} is not what `statewright use` writes; it may be removed", file.display())
    })
}

/// Spec: XDG Base Directory Specification, `$XDG_CONFIG_HOME`
fn settings_file() -> Option<PathBuf> {
    let folder = |name: &str| {
        let value = env::var_os(name).map(PathBuf::from);
        value.filter(|path| path.is_absolute())
    };
    let config =
        folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
    config.map(|config| config.join("statewright/settings.json"))
}
