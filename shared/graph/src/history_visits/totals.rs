//! Sums over the visits of an execution.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ExecutionVisits,
    visit::{AttemptOutcome, HistoryVisit},
};

/// Sums over all visits of an execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitTotals {
    /// The state transitions: each state that was entered, and each attempt after the first.
    ///
    /// Spec: AWS Step Functions Pricing, "a state transition each time a step of your workflow is
    /// executed, including retries".
    pub transitions: u64,
    /// The attempts that were retries.
    pub retries: u64,
    /// The attempts that failed.
    pub failed_attempts: u64,
    /// The same for each state that was entered, by its name.
    pub states: BTreeMap<Arc<str>, StateTotals>,
}

/// Sums over the visits of one state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateTotals {
    /// How often it was entered.
    pub visits: u64,
    /// The attempts after the first of each visit, made by retries and redrives.
    pub repeats: u64,
    /// The attempts that were retries.
    pub retries: u64,
    /// The attempts that failed.
    pub failed_attempts: u64,
    /// The visits that have ended.
    pub ended_visits: u64,
    /// Milliseconds of the visits that have ended, all together.
    pub milliseconds: i64,
}

impl StateTotals {
    /// The state transitions into it: its visits and its further attempts.
    pub const fn transitions(&self) -> u64 {
        self.visits + self.repeats
    }

    /// The milliseconds of a visit that has ended, on average.
    pub fn mean_milliseconds(&self) -> Option<i64> {
        self.milliseconds.checked_div(i64::try_from(self.ended_visits).ok()?)
    }

    fn add_visit(&mut self, visit: &HistoryVisit) {
        self.visits += 1;
        self.repeats += visit.repeats() as u64;
        self.retries += visit.retries() as u64;
        let has_failed = |outcome: &AttemptOutcome| matches!(outcome, AttemptOutcome::Failed(_));
        let failed = visit.attempts.iter().filter(|attempt| has_failed(&attempt.outcome));
        self.failed_attempts += failed.count() as u64;
        if let Some(ended) = visit.ended() {
            self.ended_visits += 1;
            let lasted = ended.at.as_milliseconds() - visit.entered.at.as_milliseconds();
            self.milliseconds = self.milliseconds.saturating_add(lasted.max(0));
        }
    }
}

impl ExecutionVisits {
    /// Adds up all visits.
    pub fn totals(&self) -> VisitTotals {
        let mut totals = VisitTotals::default();
        for visit in &self.visits {
            totals.states.entry(Arc::clone(&visit.name)).or_default().add_visit(visit);
        }
        for state in totals.states.values() {
            totals.transitions += state.transitions();
            totals.retries += state.retries;
            totals.failed_attempts += state.failed_attempts;
        }
        totals
    }
}
