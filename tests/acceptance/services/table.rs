//! The table of what was called, which is a part of the README of `shared/services`.

use std::{fmt::Write, fs};

use super::{
    case::ServiceCase,
    runs::RunKind::{self, JobFails, JobIsCancelled, JobSucceeds, TokenFails, TokenSucceeds},
};
use crate::program::repository_root;

const README: &str = "shared/services/README.md";
const BEGIN: &str = "<!-- begin: written by tests/acceptance/services/table.rs -->\n";
const END: &str = "<!-- end -->\n";

/// Compares the table in the README with these cases, all of which have run. With `UPDATE=1` it
/// rewrites it.
pub(super) fn compare_readme(cases: &[ServiceCase]) {
    let file = repository_root().join(README);
    let text = fs::read_to_string(&file).expect("the README of shared/services");
    let (before, rest) = text.split_once(BEGIN).expect("the README has the begin of the table");
    let (_, after) = rest.split_once(END).expect("the README has the end of the table");
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", table_of(cases));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, expected).expect("the README can be written");
        return;
    }
    assert!(text == expected, "{README} is not up to date: UPDATE=1 rewrites its table");
}

fn table_of(cases: &[ServiceCase]) -> String {
    let mut rows: Vec<String> = cases.iter().map(row).collect();
    rows.sort();
    format!(
        "| action | against | request-response | `.sync` | `.waitForTaskToken` |\n\
         |---|---|---|---|---|\n{}",
        rows.concat()
    )
}

fn row(case: &ServiceCase) -> String {
    let kinds = RunKind::all_of(case);
    let shown = |names: &[(RunKind, &'static str)]| {
        let found = names.iter().filter(|(kind, _)| kinds.contains(kind));
        let found: Vec<&str> = found.map(|(_, name)| *name).collect();
        if found.is_empty() { "–".to_owned() } else { found.join(", ") }
    };
    let job =
        shown(&[(JobSucceeds, "success"), (JobFails, "failed job"), (JobIsCancelled, "cancelled")]);
    let token = shown(&[(TokenSucceeds, "success"), (TokenFails, "failure")]);
    let mut row = format!("| `{}`", case.action);
    if !case.about.is_empty() {
        write!(row, " ({})", case.about).expect("a text can be written");
    }
    writeln!(row, " | stub | success, `{}` | {job} | {token} |", case.error)
        .expect("a text can be written");
    row
}
