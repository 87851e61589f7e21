//! Executions: started by name, finished once, listed newest first.

use std::{fmt, sync::Arc};

use model::{
    Execution, ExecutionId, FrameOutcome, Record, RedriveDetails, ResourceName, Timestamp,
};
use orchestrator::{
    Fault,
    ports::{
        ExecutionCreation, ExecutionFilter, ExecutionPage, ExecutionStore, ListedExecution,
        StatusWrite,
    },
};

use super::{MemoryState, MemoryStore, MemoryStoreError, StoredExecution, first_record_key};

impl ExecutionStore for MemoryStore {
    /// The machine need not exist: the use case has checked that.
    async fn create_execution(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<ExecutionCreation, Fault> {
        let mut state = self.lock_state();
        if let Some(existing) = state.executions.get(id) {
            return Ok(ExecutionCreation::Exists(Arc::clone(&existing.execution)));
        }
        let (machine, ordinal) = (id.machine_name().to_owned(), state.started);
        let at = execution.end.as_ref().map_or(execution.facts.started_at, |(at, _)| *at);
        let cursor = ListCursor { machine, at, ordinal };
        state.started += 1;
        state.lists.insert(cursor.clone(), id.clone());
        let execution = Arc::new(execution);
        state.executions.insert(id.clone(), StoredExecution { execution, cursor });
        state.records.insert(first_record_key(id), Arc::new(first));
        Ok(ExecutionCreation::Done)
    }

    async fn load_execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        Ok(self.lock_state().executions.get(id).map(|started| Arc::clone(&started.execution)))
    }

    /// Keeps the first end since the last redrive. Does nothing if the execution is gone.
    async fn finish_execution(
        &self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        end: (Timestamp, &FrameOutcome),
    ) -> Result<Option<StatusWrite>, Fault> {
        let mut state = self.lock_state();
        if let Some(redriven) = redriven {
            state.reopen_execution(id, redriven);
        }
        Ok(state.finish_execution(id, redriven.map_or(0, |redriven| redriven.count), end))
    }

    async fn reopen_execution(
        &self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> Result<Option<StatusWrite>, Fault> {
        Ok(self.lock_state().reopen_execution(id, redriven))
    }

    async fn list_executions(
        &self,
        machine: &ResourceName,
        filter: ExecutionFilter,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        let end = match after {
            Some(token) => ListCursor::parse(machine, token)?,
            None => ListCursor::last_of_machine(machine),
        };
        Ok(self.lock_state().list_executions(&filter, limit.max(1) as usize, end))
    }
}

impl MemoryState {
    fn finish_execution(
        &mut self,
        id: &ExecutionId,
        redrives: u32,
        (at, outcome): (Timestamp, &FrameOutcome),
    ) -> Option<StatusWrite> {
        let StoredExecution { execution, .. } = self.executions.get_mut(id)?;
        let ends = execution.end.is_none() && execution.facts.redrive_count() == redrives;
        if ends {
            Arc::make_mut(execution).end = Some((at, outcome.clone()));
            self.move_in_list(id, at);
        }
        Some(StatusWrite { execution: None, repeated: !ends })
    }

    fn reopen_execution(
        &mut self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> Option<StatusWrite> {
        let StoredExecution { execution, .. } = self.executions.get_mut(id)?;
        let reopens = execution.facts.redrive_count() < redriven.count;
        if reopens {
            let execution = Arc::make_mut(execution);
            execution.end = None;
            Arc::make_mut(&mut execution.facts).last_redrive = Some(redriven.clone());
            self.move_in_list(id, redriven.requested_at);
        }
        Some(StatusWrite { execution: None, repeated: !reopens })
    }

    fn move_in_list(&mut self, id: &ExecutionId, at: Timestamp) {
        let Some(started) = self.executions.get_mut(id) else { return };
        self.lists.remove(&started.cursor);
        started.cursor.at = at;
        self.lists.insert(started.cursor.clone(), id.clone());
    }

    fn list_executions(
        &self,
        filter: &ExecutionFilter,
        limit: usize,
        end: ListCursor,
    ) -> ExecutionPage {
        let first = ListCursor::first_of_machine(&end.machine);
        let mut lines = self.lists.range(first..end).rev().filter_map(|(cursor, id)| {
            let listed = to_listed_execution(id, &self.executions.get(id)?.execution);
            filter.matches_execution(&listed).then_some((cursor, listed))
        });
        let page: Vec<_> = lines.by_ref().take(limit).collect();
        let next = lines.next().and_then(|_| page.last()).map(|(cursor, _)| cursor.to_string());
        ExecutionPage { executions: page.into_iter().map(|(_, listed)| listed).collect(), next }
    }
}

fn to_listed_execution(id: &ExecutionId, execution: &Execution) -> ListedExecution {
    ListedExecution {
        id: id.clone(),
        status: execution.status(),
        started_at: execution.facts.started_at,
        stopped_at: execution.end.as_ref().map(|(at, _)| *at),
        redriven: execution.facts.last_redrive.clone(),
        version: execution.facts.version.clone(),
    }
}

/// A position in a machine's list. Its text is the page token: `1700000000000.42`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ListCursor {
    pub(super) machine: String,
    /// When the execution was started or last redriven; when it ended, if it has.
    pub(super) at: Timestamp,
    /// How many executions were started before it.
    pub(super) ordinal: u64,
}

impl ListCursor {
    pub(super) fn first_of_machine(machine: &str) -> Self {
        let at = Timestamp::from_milliseconds(i64::MIN);
        Self { machine: machine.to_owned(), at, ordinal: 0 }
    }

    fn last_of_machine(machine: &ResourceName) -> Self {
        let at = Timestamp::from_milliseconds(i64::MAX);
        Self { machine: machine.to_string(), at, ordinal: u64::MAX }
    }

    fn parse(machine: &ResourceName, token: &str) -> Result<Self, MemoryStoreError> {
        let wrong = || MemoryStoreError::PageToken(token.to_owned());
        let (at, ordinal) = token.split_once('.').ok_or_else(wrong)?;
        let at = at.parse().map(Timestamp::from_milliseconds).map_err(|_| wrong())?;
        let ordinal = ordinal.parse().map_err(|_| wrong())?;
        Ok(Self { machine: machine.to_string(), at, ordinal })
    }
}

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_milliseconds(), self.ordinal)
    }
}
