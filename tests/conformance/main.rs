//! Does Statewright behave like Step Functions? Golden histories, one file for each topic of the
//! specification, in the format of `statewright test`.
//!
//! Each case says where its rule comes from; everything else in its history is our own choice.
//! `UPDATE=1` rewrites the expected results. Rewriting a case that is not *ours* needs a good
//! reason.

use std::{fs, path::PathBuf};

use testkit::{TestSuite, check_all_cases};

/// The sources that a case may name for its rule.
const PROVENANCES: [&str; 3] = ["*observed on AWS*", "*from docs*", "*ours*"];

/// Makes one test for each file.
macro_rules! golden {
    ($($test:ident: $file:literal,)*) => {
        $(#[test] fn $test() { check($file); })*
        const FILES: &[&str] = &[$($file),*];
    };
}

golden! {
    what_a_task_of_an_activity_does: "activity.md",
    what_a_task_that_waits_does: "callback.md",
    what_a_catch_does: "catch.md",
    what_a_choice_does: "choice.md",
    what_the_context_object_shows: "context.md",
    what_a_fail_and_a_succeed_do: "ends.md",
    what_an_intrinsic_function_does: "intrinsic.md",
    what_jsonata_does: "jsonata.md",
    what_a_map_does: "map.md",
    what_a_parallel_does: "parallel.md",
    what_a_pass_does: "pass.md",
    what_a_path_finds: "path.md",
    what_a_retry_does: "retry.md",
    what_a_task_does: "task.md",
    what_a_timeout_does: "timeout.md",
    what_variables_do: "variables.md",
    what_a_wait_does: "wait.md",
}

fn conformance_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

fn check(name: &str) {
    let file = conformance_folder().join(name);
    let text = fs::read_to_string(&file).expect("the test names a file of this folder");
    let definitions_stand_inside = |other: &str| Err(format!("{other} is not in {name}"));
    let suite = TestSuite::parse_markdown(&text, definitions_stand_inside);
    let suites = [suite.unwrap_or_else(|error| panic!("{name}: {error}"))];
    let results = check_all_cases(&suites).pop().expect("there is a verdict for the suite");
    if std::env::var_os("UPDATE").is_some() {
        let actual: Vec<_> = results.into_iter().flat_map(|result| result.actual).collect();
        fs::write(&file, TestSuite::update_expectations(&text, &actual))
            .expect("the repository can be written");
        return;
    }
    let mut wrong = Vec::new();
    for (case, result) in suites[0].cases.iter().zip(&results) {
        let line = case.line.unwrap_or_default();
        for failure in &result.failures {
            wrong.push(format!("{name}:{line}: {}: {failure}", case.name));
        }
        let mut prose = text.lines().skip(line).map(str::trim).filter(|line| !line.is_empty());
        let first = prose.next().unwrap_or_default();
        if !PROVENANCES.iter().any(|provenance| first.starts_with(provenance)) {
            wrong.push(format!("{name}:{line}: {} does not say where it is from", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_the_folder_is_checked() {
    let entries = fs::read_dir(conformance_folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let markdown = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let name = |path: PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found: Vec<String> = markdown.map(name).collect();
    found.sort_unstable();
    assert_eq!(found, FILES);
}
