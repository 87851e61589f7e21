//! What the workspace consists of.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every package of the workspace with the names of its dependencies, those of tests left out.
pub(crate) fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs, since it runs this test");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    packages.iter().map(|package| (name(package), used(package))).collect()
}

fn used(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().expect("a package lists dependencies");
    dependencies.iter().filter(|dependency| dependency["kind"].is_null()).map(name).collect()
}

fn name(value: &Value) -> String {
    value["name"].as_str().expect("packages and dependencies have names").to_owned()
}

/// Every file that git tracks or would track.
pub(crate) fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("the repository is a git checkout");
    let listed = String::from_utf8(output.stdout).expect("our paths are UTF-8");
    let files = listed.lines().map(|line| root().join(line));
    files.filter(|file| file.exists()).collect()
}

/// The path as the repository names it.
pub(crate) fn relative(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}
