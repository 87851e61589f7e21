//! Executions: started by name, finished once, listed newest first.

use std::{fmt, sync::Arc};

use model::{
    Execution, ExecutionId, Name, Outcome, Record, RecordKey, RecordNumber, Redriven, Status,
    Timestamp,
};
use orchestrator::{
    Fault,
    ports::{Created, ExecutionPage, Executions, ListedExecution},
};

use super::{Error, MemoryStore, Started, State, first_key};

impl Executions for MemoryStore {
    /// The machine need not exist: the use case has judged that.
    async fn create(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<Created, Fault> {
        let mut state = self.state();
        if let Some(existing) = state.executions.get(id) {
            return Ok(Created::Exists(Arc::clone(&existing.execution)));
        }
        let (machine, ordinal) = (machine_of(id).to_owned(), state.started);
        let place = Place { machine, at: execution.facts.started_at, ordinal };
        state.started += 1;
        state.lists.insert(place.clone(), id.clone());
        let execution = Arc::new(execution);
        state.executions.insert(id.clone(), Started { execution, place });
        state.records.insert(first_key(id), Arc::new(first));
        Ok(Created::Done)
    }

    async fn execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        Ok(self.state().executions.get(id).map(|started| Arc::clone(&started.execution)))
    }

    /// The first end of each redrive counts. An execution that is gone stays so.
    async fn finish(
        &self,
        id: &ExecutionId,
        redriven: Option<&Redriven>,
        end: (Timestamp, &Outcome),
    ) -> Result<(), Fault> {
        let mut state = self.state();
        if let Some(redriven) = redriven {
            state.reopen(id, redriven);
        }
        state.finish(id, redriven.map_or(0, |redriven| redriven.count), end);
        Ok(())
    }

    async fn reopen(&self, id: &ExecutionId, redriven: &Redriven) -> Result<(), Fault> {
        self.state().reopen(id, redriven);
        Ok(())
    }

    async fn unstarted(&self, before: Timestamp) -> Result<Vec<ExecutionId>, Fault> {
        let state = self.state();
        let is_unstarted = |(id, started): &(&ExecutionId, &Started)| {
            let execution = &started.execution;
            let second = RecordKey { number: RecordNumber::FIRST.next(), ..first_key(id) };
            execution.end.is_none()
                && execution.facts.started_at < before
                && !state.records.contains_key(&second)
        };
        Ok(state.executions.iter().filter(is_unstarted).map(|(id, _)| id.clone()).collect())
    }

    async fn list(
        &self,
        machine: &Name,
        status: Option<Status>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        let end = match after {
            Some(token) => Place::parse(machine, token)?,
            None => Place::last(machine),
        };
        Ok(self.state().list(status, limit.max(1) as usize, end))
    }
}

impl State {
    fn finish(&mut self, id: &ExecutionId, redrives: u32, (at, outcome): (Timestamp, &Outcome)) {
        let Some(Started { execution, .. }) = self.executions.get_mut(id) else { return };
        if execution.end.is_none() && execution.facts.redrives() == redrives {
            Arc::make_mut(execution).end = Some((at, outcome.clone()));
            self.list_at(id, at);
        }
    }

    fn reopen(&mut self, id: &ExecutionId, redriven: &Redriven) {
        let Some(Started { execution, .. }) = self.executions.get_mut(id) else { return };
        if execution.facts.redrives() < redriven.count {
            let execution = Arc::make_mut(execution);
            execution.end = None;
            Arc::make_mut(&mut execution.facts).redriven = Some(redriven.clone());
            self.list_at(id, redriven.at);
        }
    }

    fn list_at(&mut self, id: &ExecutionId, at: Timestamp) {
        let Some(started) = self.executions.get_mut(id) else { return };
        self.lists.remove(&started.place);
        started.place.at = at;
        self.lists.insert(started.place.clone(), id.clone());
    }

    fn list(&self, status: Option<Status>, limit: usize, end: Place) -> ExecutionPage {
        let first = Place::first(&end.machine);
        let of_status = |listed: &ListedExecution| status.is_none_or(|s| listed.status == s);
        let mut lines = self.lists.range(first..end).rev().filter_map(|(place, id)| {
            let listed = listed(id, &self.executions.get(id)?.execution);
            of_status(&listed).then_some((place, listed))
        });
        let page: Vec<_> = lines.by_ref().take(limit).collect();
        let next = lines.next().and_then(|_| page.last()).map(|(place, _)| place.to_string());
        ExecutionPage { executions: page.into_iter().map(|(_, listed)| listed).collect(), next }
    }
}

fn listed(id: &ExecutionId, execution: &Execution) -> ListedExecution {
    ListedExecution {
        id: id.clone(),
        status: execution.status(),
        started_at: execution.facts.started_at,
        stopped_at: execution.end.as_ref().map(|(at, _)| *at),
        redriven: execution.facts.redriven.clone(),
    }
}

/// The machine's name in `machine:name`.
pub(super) fn machine_of(id: &ExecutionId) -> &str {
    id.as_str().split_once(':').map_or(id.as_str(), |(machine, _)| machine)
}

/// A line of a machine's list. Its text is the page token: `1700000000000.42`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) machine: String,
    /// When the execution started, or ended if it has.
    pub(super) at: Timestamp,
    /// How many were started before it.
    pub(super) ordinal: u64,
}

impl Place {
    pub(super) fn first(machine: &str) -> Self {
        let at = Timestamp::from_milliseconds(i64::MIN);
        Self { machine: machine.to_owned(), at, ordinal: 0 }
    }

    fn last(machine: &Name) -> Self {
        let at = Timestamp::from_milliseconds(i64::MAX);
        Self { machine: machine.to_string(), at, ordinal: u64::MAX }
    }

    fn parse(machine: &Name, token: &str) -> Result<Self, Error> {
        let wrong = || Error::PageToken(token.to_owned());
        let (at, ordinal) = token.split_once('.').ok_or_else(wrong)?;
        let at = at.parse().map(Timestamp::from_milliseconds).map_err(|_| wrong())?;
        let ordinal = ordinal.parse().map_err(|_| wrong())?;
        Ok(Self { machine: machine.to_string(), at, ordinal })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.milliseconds(), self.ordinal)
    }
}
