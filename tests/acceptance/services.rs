//! What Tasks call, on a double of AWS: every action, in each of its patterns, with success and with
//! failure.
//!
//! The cases are in `services/cases/*.json`; [`case::ServiceCase`] says what their fields mean.
//! `UPDATE=1` rewrites the table of `shared/services/README.md`, which lists them.

mod case;
mod clusters;
mod endpoints;
mod faults;
mod runs;
mod server;
pub(crate) mod stub;
mod table;

use case::ServiceCase;
use runs::{Run, RunKind};
use server::CallingServer;

#[test]
fn every_action_succeeds_and_fails_in_each_of_its_patterns() {
    let server = CallingServer::start();
    let cases = ServiceCase::read_all();
    let mut runs = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        for kind in RunKind::all_of(case) {
            runs.push(Run::start(&server, case, index, kind));
        }
    }
    for run in &runs {
        run.act(&server);
    }
    let mistakes: Vec<String> = runs.iter().filter_map(|run| run.find_mistake(&server)).collect();
    assert!(mistakes.is_empty(), "{} mistakes:\n{}", mistakes.len(), mistakes.join("\n"));
    table::compare_readme(&cases);
}
