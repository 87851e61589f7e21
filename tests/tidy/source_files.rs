//! Files are small, named by nouns, and finished.

use std::fs;

use crate::workspace::{relative_path, repository_files, repository_root, rust_sources};

/// Lines after which a file is no longer one thing.
const LINES_MAX: usize = 800;

/// What may stand at the top level: the owner's seven, and what the ecosystem expects there.
const TOP_LEVEL: [&str; 16] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "Cargo.toml",
    "functions",
    "shared",
    "infra",
    "template.yaml",
    "tests",
    "README.md",
    "Cargo.lock",
    "LICENSE",
    "CHANGELOG.md",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
    "fuzz",
];

#[test]
fn no_source_file_is_longer_than_eight_hundred_lines() {
    for file in rust_sources() {
        let lines = fs::read_to_string(&file).expect("sources are UTF-8").lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", relative_path(&file));
    }
}

#[test]
fn nothing_unfinished_is_left() {
    let marks = ["TO", "FIX", "XX"].map(|start| {
        format!(
            "{start}{}",
            match start {
                "TO" => "DO",
                "FIX" => "ME",
                _ => "X",
            }
        )
    });
    for file in rust_sources() {
        let text = fs::read_to_string(&file).expect("sources are UTF-8");
        for mark in &marks {
            assert!(!text.contains(mark), "{} says {mark}", relative_path(&file));
        }
        let ignored = concat!("#[ign", "ore");
        assert!(!text.contains(ignored), "{} ignores a test", relative_path(&file));
    }
}

#[test]
fn every_test_ends_on_an_event_and_never_on_a_sleep() {
    let sleep = concat!("thread::sl", "eep(");
    for file in rust_sources() {
        let text = fs::read_to_string(&file).expect("sources are UTF-8");
        assert!(!text.contains(sleep), "{} sleeps", relative_path(&file));
    }
}

#[test]
fn the_top_level_holds_what_its_owner_fixed() {
    for file in repository_files() {
        let path =
            file.strip_prefix(repository_root()).expect("listed files are in the repository");
        let first = path.components().next().expect("a path has a first part");
        let name = first.as_os_str().to_string_lossy();
        let known = name.starts_with('.') || TOP_LEVEL.contains(&name.as_ref());
        assert!(known, "{name} has no place at the top level");
    }
}
