//! The statuses of states by the visits of them.

use std::collections::BTreeMap;

use super::{ExecutionVisits, visit::HistoryVisit};
use crate::state_status::{StateStatus, StateStatuses};

impl ExecutionVisits {
    /// What has become of each state. Of the rounds of a loop and of the attempts of a Parallel or
    /// Map, the last one counts.
    pub fn statuses(&self) -> StateStatuses {
        let mut newest = BTreeMap::new();
        for visit in &self.visits {
            newest.insert((visit.scope, &*visit.name), visit.index);
        }
        // A visit comes after the one around it.
        let mut counts = vec![false; self.visits.len()];
        for (position, visit) in self.visits.iter().enumerate() {
            let is_newest = newest.get(&(visit.scope, &*visit.name)) == Some(&visit.index);
            counts[position] = is_newest
                && visit.scope.parent().is_none_or(|(around, attempt)| {
                    let last = self.visit(around).and_then(HistoryVisit::last_attempt);
                    counts[around.position()] && last == Some(attempt)
                });
        }
        let mut statuses = StateStatuses::default();
        let mut earlier = BTreeMap::new();
        for (visit, counts) in self.visits.iter().zip(counts) {
            if counts {
                statuses.add_status(&visit.name, visit.status());
            } else {
                earlier.insert(&*visit.name, visit.status());
            }
        }
        // What an earlier round came to is shown where the newest has not come so far.
        for (name, status) in earlier {
            if statuses.status_of(name) == StateStatus::NotReached {
                statuses.add_status(name, status);
            }
        }
        statuses.has_succeeded = self.has_succeeded;
        statuses
    }
}
