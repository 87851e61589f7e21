//! Runs all cases of several suites in parallel.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use crate::{CaseResult, OfflineMachine, TestCase, TestSuite, check_case};

/// Runs every case of every suite and returns the results in the order of the cases.
pub fn check_all_cases(suites: &[TestSuite]) -> Vec<Vec<CaseResult>> {
    let cases: Vec<(&OfflineMachine, &TestCase)> = suites
        .iter()
        .flat_map(|suite| {
            suite.cases.iter().map(|case| (&suite.machines[case.machine].machine, case))
        })
        .collect();
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((machine, case)) = cases.get(at) else { return };
            let started = Instant::now();
            let mut result = check_case_catching_panics(machine, case);
            result.elapsed = started.elapsed();
            memory_ports::lock_unpoisoned(&results).push((at, result));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(cases.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let mut results = std::mem::take(&mut *memory_ports::lock_unpoisoned(&results));
    results.sort_by_key(|(at, _)| *at);
    let mut results = results.into_iter().map(|(_, result)| result);
    suites.iter().map(|suite| results.by_ref().take(suite.cases.len()).collect()).collect()
}

/// A panic fails only the case that caused it.
fn check_case_catching_panics(machine: &OfflineMachine, case: &TestCase) -> CaseResult {
    catch_unwind(AssertUnwindSafe(|| check_case(machine, case))).unwrap_or_else(|_| {
        let reason = "Statewright itself failed; its words are on stderr";
        CaseResult::of_refused_case(reason.to_owned())
    })
}
