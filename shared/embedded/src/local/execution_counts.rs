//! Counts what has happened to executions since this process began.

use std::sync::atomic::{AtomicU64, Ordering};

use model::{
    EventKind, ExecutionStatus, Record, RecordKey, RecordNumber,
    StateMachineType::{self, Express, Standard},
};

/// Counters that only grow. To count costs no lock.
#[derive(Debug, Default)]
pub struct ExecutionCounts {
    started: AtomicU64,
    redriven: AtomicU64,
    states_entered: AtomicU64,
    standard_ends: EndsByStatus,
    express_ends: EndsByStatus,
}

/// One counter for each status of [`ExecutionStatus::ALL`]. Nothing ends as running.
#[derive(Debug, Default)]
struct EndsByStatus([AtomicU64; ExecutionStatus::ALL.len()]);

impl ExecutionCounts {
    /// Counts what a record of a Standard execution says. Each is counted once: of many appends of a
    /// record one is done.
    pub(super) fn count_record(&self, key: &RecordKey, record: &Record) {
        for event in &record.events {
            match event.kind {
                EventKind::StateEntered { .. } => add_one(&self.states_entered),
                EventKind::ExecutionRedriven { .. } => add_one(&self.redriven),
                _ => {}
            }
        }
        if key.frame.fork_depth() > 0 {
            return;
        }
        // The start makes the first record, which nobody is told of.
        if key.number == RecordNumber::FIRST.next_number() {
            add_one(&self.started);
        }
        if let Some(outcome) = record.frame.outcome() {
            self.standard_ends.count(outcome.execution_status());
        }
    }

    pub(super) fn count_express_end(&self, status: ExecutionStatus) {
        self.express_ends.count(status);
    }

    /// Returns how many Standard executions have begun their first state.
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// Returns how many redrives of Standard executions have begun.
    pub fn redriven(&self) -> u64 {
        self.redriven.load(Ordering::Relaxed)
    }

    /// Returns how many states of Standard executions were entered.
    pub fn states_entered(&self) -> u64 {
        self.states_entered.load(Ordering::Relaxed)
    }

    /// Returns how many executions of a type have ended with this status.
    pub fn ended(&self, machine_type: StateMachineType, status: ExecutionStatus) -> u64 {
        let ends = match machine_type {
            Standard => &self.standard_ends,
            Express => &self.express_ends,
        };
        ends.of_status(status).load(Ordering::Relaxed)
    }
}

impl EndsByStatus {
    fn count(&self, status: ExecutionStatus) {
        add_one(self.of_status(status));
    }

    fn of_status(&self, status: ExecutionStatus) -> &AtomicU64 {
        &self.0[status as usize]
    }
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
