//! The file of settings, in which `use` keeps a place.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};

use super::RememberedPlace;

/// Shape: `{"place": {"stack": "orders"}}`
#[derive(Debug, Default, Deserialize, Serialize)]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<RememberedPlace>,
}

/// Reads the place that was remembered.
pub(crate) fn read_remembered_place() -> anyhow::Result<Option<RememberedPlace>> {
    match settings_file() {
        Some(file) => read_settings(&file).map(|settings| settings.place),
        None => Ok(None),
    }
}

/// Remembers a place, and returns the file that it is in.
pub(crate) fn remember_place(place: RememberedPlace) -> anyhow::Result<PathBuf> {
    let file = settings_file().ok_or_else(|| anyhow!("HOME names no folder for settings"))?;
    let settings = serde_json::to_string_pretty(&Settings { place: Some(place) })?;
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, settings + "\n"))
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// Forgets the place, and returns whether there was one.
pub(crate) fn forget_place() -> anyhow::Result<bool> {
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
