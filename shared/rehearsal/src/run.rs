//! All cases of some suites, side by side.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{Case, Machine, Reached, Suite, Verdict, check};

/// Runs every case of every suite; the verdicts stand in the order of the cases.
pub fn check_all(suites: &[Suite]) -> Vec<Vec<Verdict>> {
    let cases: Vec<(&Machine, &Case)> = suites
        .iter()
        .flat_map(|suite| {
            suite.cases.iter().map(|case| (&suite.machines[case.machine].machine, case))
        })
        .collect();
    let (next, verdicts) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((machine, case)) = cases.get(at) else { return };
            let verdict = checked(machine, case);
            memory::locked(&verdicts).push((at, verdict));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(cases.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let mut verdicts = std::mem::take(&mut *memory::locked(&verdicts));
    verdicts.sort_by_key(|(at, _)| *at);
    let mut verdicts = verdicts.into_iter().map(|(_, verdict)| verdict);
    suites.iter().map(|suite| verdicts.by_ref().take(suite.cases.len()).collect()).collect()
}

/// A case that makes us panic fails alone.
fn checked(machine: &Machine, case: &Case) -> Verdict {
    catch_unwind(AssertUnwindSafe(|| check(machine, case))).unwrap_or_else(|_| {
        let summary = "Statewright itself failed; its words are on stderr".to_owned();
        let failures = vec![summary.clone()];
        Verdict { failures, summary, reached: Reached::default(), actual: Vec::new() }
    })
}
