//! What the workspace consists of.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The repository's root.
pub(crate) fn repository_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every package of the workspace with the names of its dependencies, those of tests left out.
pub(crate) fn package_dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(repository_root())
        .output()
        .expect("cargo runs, since it runs this test");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    packages.iter().map(|package| (json_name(package), dependency_names(package))).collect()
}

fn dependency_names(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().expect("a package lists dependencies");
    dependencies.iter().filter(|dependency| dependency["kind"].is_null()).map(json_name).collect()
}

fn json_name(value: &Value) -> String {
    value["name"].as_str().expect("packages and dependencies have names").to_owned()
}

/// Every file that git tracks or would track.
pub(crate) fn repository_files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository_root())
        .output()
        .expect("these tests need git on the PATH");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "these tests need a git checkout, not an archive: {said}");
    let listed = String::from_utf8(output.stdout).expect("our paths are UTF-8");
    let files = listed.lines().map(|line| repository_root().join(line));
    files.filter(|file| file.exists()).collect()
}

/// The path as the repository names it.
pub(crate) fn relative_path(file: &Path) -> String {
    file.strip_prefix(repository_root()).unwrap_or(file).display().to_string()
}

/// Every Rust source of the repository.
pub(crate) fn rust_sources() -> Vec<PathBuf> {
    repository_files()
        .into_iter()
        .filter(|file| file.extension().is_some_and(|e| e == "rs"))
        .collect()
}
