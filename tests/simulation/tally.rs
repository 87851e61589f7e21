//! Totals of many runs.

use std::{collections::BTreeMap, fmt};

use crate::run::FinishedRun;

/// The totals.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) runs: u64,
    records: u64,
    handled: u64,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// The most deliveries per record of any run, and the seed of that run.
    worst: (f64, u64),
}

impl Tally {
    #[expect(clippy::cast_precision_loss, reason = "a run handles some thousands of messages")]
    pub(crate) fn add(&mut self, seed: u64, finished: &FinishedRun) {
        let (handled, records) = finished.handled;
        self.runs += 1;
        self.records += records;
        self.handled += handled;
        for (kind, count) in &finished.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        let ratio = handled as f64 / records.max(1) as f64;
        if ratio > self.worst.0 {
            self.worst = (ratio, seed);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, records, handled, faults, worst: (ratio, seed) } = self;
        writeln!(f, "{runs} seeds, {records} records, {handled} messages handled")?;
        writeln!(f, "most messages for a record: {ratio:.1} (SEED={seed})")?;
        for (kind, count) in faults {
            writeln!(f, "{count:>10} {kind}")?;
        }
        Ok(())
    }
}
