//! What has become of a state in an execution.

use std::collections::BTreeMap;

/// What has become of a state. Of the iterations of a Map, the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateStatus {
    /// It was not entered.
    #[default]
    NotReached,
    /// It ended well.
    Succeeded,
    /// It failed, was retried, and then ended well.
    Retried,
    /// It failed, and a catcher went on elsewhere.
    Caught,
    /// It was running when its execution, or a state around it, was stopped or failed.
    Aborted,
    /// It is running, or waits for its next attempt.
    Running,
    /// It failed, and with it its workflow.
    Failed,
}

impl StateStatus {
    /// Every status, from the least to the greatest.
    pub const ALL: [Self; 7] = [
        Self::NotReached,
        Self::Succeeded,
        Self::Retried,
        Self::Caught,
        Self::Aborted,
        Self::Running,
        Self::Failed,
    ];

    /// Its name in class names and attributes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotReached => "not-reached",
            Self::Succeeded => "succeeded",
            Self::Retried => "retried",
            Self::Caught => "caught",
            Self::Aborted => "aborted",
            Self::Running => "running",
            Self::Failed => "failed",
        }
    }

    /// Its name in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotReached => "not reached",
            Self::Succeeded => "succeeded",
            Self::Retried => "succeeded after retries",
            Self::Caught => "failed, caught",
            Self::Aborted => "aborted",
            Self::Running => "running",
            Self::Failed => "failed",
        }
    }
}

/// The statuses of an execution's states, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateStatuses {
    by_name: BTreeMap<String, StateStatus>,
    /// Whether the execution has succeeded.
    pub has_succeeded: bool,
}

impl StateStatuses {
    /// The status of a state.
    pub fn status_of(&self, name: &str) -> StateStatus {
        self.by_name.get(name).copied().unwrap_or_default()
    }

    /// The states that were entered, in the order of their names, with what became of each.
    pub fn entered_states(&self) -> impl Iterator<Item = (&str, StateStatus)> {
        self.by_name.iter().map(|(name, status)| (name.as_str(), *status))
    }

    /// Adds what a state came to in one iteration.
    pub(crate) fn add_status(&mut self, name: &str, status: StateStatus) {
        let known = self.by_name.entry(name.to_owned()).or_default();
        *known = status.max(*known);
    }
}
