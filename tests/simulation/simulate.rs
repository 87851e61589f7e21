//! `cargo simulate --seeds N [--from SEED]` runs N seeds on all cores and prints the failures.
#![expect(dead_code, reason = "the tests, which share these modules, use more of them")]

mod abandoned;
mod ablations;
mod activities;
mod alarm;
mod checks;
mod execution_logs;
mod fan_ins;
mod faults;
mod function_answers;
mod functions;
mod generate;
mod history_pages;
mod jobs;
mod lost_queues;
mod pool;
mod ports;
mod queue_ports;
mod random;
mod run;
mod safety;
mod scenario;
mod scheduler;
mod service_jobs;
mod tally;
mod workflows;
mod world;

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::{Mutex, PoisonError},
};

use pool::across_cores;
use scenario::Scenario;
use tally::Tally;

/// The number of seeds between two progress messages.
const SHOWN_EVERY: u64 = 10_000;

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let Some(seeds) = number("--seeds") else {
        writeln!(io::stderr(), "usage: cargo simulate --seeds N [--from SEED]")?;
        return Ok(ExitCode::from(2));
    };
    let first = number("--from").unwrap_or_default();
    let tally = Mutex::new(Tally::default());
    let failed = across_cores(first..first + seeds, |seed| {
        let scenario = Scenario::from_seed(seed);
        let finished = scenario.run();
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.add(seed, &finished);
        if tally.runs.is_multiple_of(SHOWN_EVERY) {
            drop(writeln!(io::stderr(), "{} seeds", tally.runs));
        }
        let wrong = finished.violations.into_iter().next()?;
        let (name, transitions) = (&scenario.workflow.name, scenario.setup.transitions);
        let line = format!("SEED={seed} ({name}, transitions {transitions:?}): {wrong}");
        drop(writeln!(io::stderr(), "{line}"));
        Some(line)
    });
    let mut out = io::stdout().lock();
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    writeln!(out, "{tally}{} seeds failed", failed.len())?;
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
