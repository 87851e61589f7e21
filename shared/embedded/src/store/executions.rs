//! Executions: started by name, finished once, listed newest first.

use std::sync::Arc;

use model::{
    AliasName, ArnQualifier, Execution, ExecutionFacts, ExecutionId, ExecutionStatus, FrameOutcome,
    FramePath, Payload, Record, RecordKey, RecordNumber, RedriveDetails, ResourceName,
    StoredRecord, Timestamp,
};
use orchestrator::{
    Fault,
    ports::{
        ExecutionCreation, ExecutionFilter, ExecutionPage, ExecutionStore, ListedExecution,
        StatusWrite,
    },
};
use rusqlite::{Connection, Row, params};

use super::{
    SqliteStore,
    error::StoreError,
    log,
    record_reader::RecordReader,
    session::WriteSession,
    store_caches::{StoreChange, execution_weight},
    unreadable_rows::{ReadRows, leave_out},
};

const RUNNING: i64 = 0;

const EXECUTION: &str = "
    SELECT e.facts, e.trace_header, e.input, e.stopped_at, e.outcome, e.end_number, e.id
    FROM machines m JOIN executions e ON e.machine = m.id
    WHERE m.name = ?1 AND e.name = ?2";
const LIST: &str = "
    SELECT e.id, e.name, e.status, e.started_at, e.stopped_at, e.listed_at,
        CASE WHEN e.redrives > 0 OR e.version IS NOT NULL THEN e.facts END
    FROM executions e
    WHERE e.machine = (SELECT id FROM machines WHERE name = ?1)
        AND (e.listed_at, e.id) < (?2, ?3)
        AND (?4 IS NULL OR e.version = ?4) AND (?5 IS NULL OR e.alias = ?5)
    ORDER BY e.listed_at DESC, e.id DESC";
const LIST_BY_STATUS: &str = "
    SELECT e.id, e.name, e.status, e.started_at, e.stopped_at, e.listed_at,
        CASE WHEN e.redrives > 0 OR e.version IS NOT NULL THEN e.facts END
    FROM executions e
    WHERE e.machine = (SELECT id FROM machines WHERE name = ?1) AND e.status = ?6
        AND (e.listed_at, e.id) < (?2, ?3)
        AND (?4 IS NULL OR e.version = ?4) AND (?5 IS NULL OR e.alias = ?5)
    ORDER BY e.listed_at DESC, e.id DESC";

impl ExecutionStore for SqliteStore {
    /// The machine need not exist: the use case has checked that.
    async fn create_execution(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<ExecutionCreation, Fault> {
        let _in_progress = self.inner.starts.begin(id);
        let start = PreparedExecution::new(id, execution, first)?;
        loop {
            let copy = start.clone();
            if self
                .run_command(start.byte_len(), move |session| insert_execution(session, copy))
                .await?
            {
                start.stored.mark_durable(&FramePath::ROOT, RecordNumber::FIRST);
                return Ok(ExecutionCreation::Done);
            }
            // If it is gone, it was deleted after the insert found it: try again.
            if let Some(existing) = self.load_execution(id).await? {
                return Ok(ExecutionCreation::Exists(existing));
            }
        }
    }

    async fn load_execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        let executions = &self.caches().executions;
        if let Some(execution) = executions.get(id) {
            return Ok(Some(execution));
        }
        let seen_version = executions.shard_version(id);
        let wanted = id.clone();
        let found = self.run_query(move |connection| load_execution(connection, &wanted)).await?;
        Ok(found.map(|execution| {
            let execution = Arc::new(execution);
            let weight = execution_weight(&execution);
            executions.insert_if_unchanged(
                seen_version,
                id.clone(),
                Arc::clone(&execution),
                weight,
            );
            execution
        }))
    }

    /// Keeps the first end since the last redrive. Does nothing if the execution is gone.
    async fn finish_execution(
        &self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        (at, outcome): (Timestamp, &FrameOutcome),
    ) -> Result<Option<StatusWrite>, Fault> {
        if let Some(redriven) = redriven {
            self.reopen_execution(id, redriven).await?;
        }
        let life = redriven.map_or(0, |redriven| redriven.count);
        let (id, outcome) = (id.clone(), outcome.clone());
        let text = log::to_json_text(id.as_str(), &outcome)?;
        let work = move |session: &mut WriteSession<'_>| {
            finish_execution(session, id, life, (at, outcome), &text)
        };
        self.run_command(0, work).await
    }

    async fn reopen_execution(
        &self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> Result<Option<StatusWrite>, Fault> {
        let Some(execution) = self.load_execution(id).await? else { return Ok(None) };
        let facts =
            ExecutionFacts { last_redrive: Some(redriven.clone()), ..(*execution.facts).clone() };
        let facts = log::to_json_text(id.as_str(), &facts)?;
        let (id, redriven) = (id.clone(), redriven.clone());
        self.run_command(facts.len(), move |session| {
            reopen_execution(session, id, redriven, &facts)
        })
        .await
    }

    async fn list_executions(
        &self,
        machine: &ResourceName,
        filter: ExecutionFilter,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        let after = after.map_or(Ok(ListCursor::TOP), ListCursor::parse)?;
        let machine = machine.clone();
        let query = move |connection: &Connection| {
            list_executions(connection, &machine, &filter, limit.max(1), after)
        };
        Ok(self.inner.unreadable.log_left_out_rows(self.run_query(query).await?))
    }
}

/// An execution and its record 0, serialised and ready to be written.
#[derive(Clone)]
pub(super) struct PreparedExecution {
    id: ExecutionId,
    execution: Arc<Execution>,
    facts: String,
    /// JSON text of the input; none if record 0 holds the same text.
    input: Option<String>,
    /// JSON text of the outcome; none if the execution runs or record 0 holds it.
    outcome: Option<String>,
    first: Arc<Record>,
    stored: Arc<StoredRecord>,
    body: String,
}

impl PreparedExecution {
    pub(super) fn new(
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<Self, StoreError> {
        let held =
            first.frame.held_payload().is_some_and(|data| data.has_same_text(&execution.input));
        let stored = StoredRecord::from_record(&first).without_known_facts(&execution.facts);
        let outcome = execution.end.as_ref().map(|(_, outcome)| outcome);
        let outcome = outcome.filter(|outcome| first.frame.outcome() != Some(outcome));
        let outcome = outcome.map(|outcome| log::to_json_text(id.as_str(), outcome)).transpose()?;
        Ok(Self {
            id: id.clone(),
            facts: log::to_json_text(id.as_str(), &execution.facts)?,
            input: (!held).then(|| execution.input.json_text().to_owned()),
            outcome,
            execution: Arc::new(execution),
            body: log::to_json_text(id.as_str(), &stored)?,
            stored: stored.into(),
            first: Arc::new(first),
        })
    }

    fn byte_len(&self) -> usize {
        self.body.len() + self.input.as_ref().map_or(0, String::len)
    }
}

pub(super) fn insert_execution(
    session: &mut WriteSession<'_>,
    start: PreparedExecution,
) -> rusqlite::Result<bool> {
    let PreparedExecution { id, execution, facts, input, outcome, first, stored: _, body } = start;
    let (machine, name) = (id.machine_name(), id.within_machine());
    session.execute_statement(
        "INSERT INTO machines (name) VALUES (?1) ON CONFLICT DO NOTHING",
        [machine],
    )?;
    let version = execution.facts.version.as_ref();
    let started_at = execution.facts.started_at.as_milliseconds();
    let stopped_at = execution.end.as_ref().map(|(at, _)| at.as_milliseconds());
    let end_number = stopped_at.filter(|_| outcome.is_none());
    let end_number = end_number.map(|_| log::record_number_to_sql(RecordNumber::FIRST));
    let created = session.execute_statement(
        "INSERT INTO executions
            (machine, name, status, listed_at, started_at, stopped_at, outcome, end_number, facts,
             trace_header, input, version, alias)
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 FROM machines WHERE name = ?1
         ON CONFLICT DO NOTHING",
        params![
            machine,
            name,
            status_number(execution.status()),
            stopped_at.unwrap_or(started_at),
            started_at,
            stopped_at,
            outcome,
            end_number,
            facts,
            execution.trace_header,
            input,
            version.map(|started| started.number.to_string()),
            version.and_then(|started| started.alias.as_ref()).map(AliasName::as_str)
        ],
    )?;
    if created == 0 {
        return Ok(false);
    }
    let row = session.connection.last_insert_rowid();
    let key =
        RecordKey { execution: id.clone(), frame: FramePath::ROOT, number: RecordNumber::FIRST };
    log::insert_record(session, row, &key, &body)?;
    session.record_change(StoreChange::Started(id, execution));
    session.record_change(StoreChange::Appended(key, first, body.len()));
    Ok(true)
}

fn finish_execution(
    session: &mut WriteSession<'_>,
    id: ExecutionId,
    redrives: u32,
    (at, outcome): (Timestamp, FrameOutcome),
    text: &str,
) -> rusqlite::Result<Option<StatusWrite>> {
    let Some(row) = session.execution_row_id(&id)? else { return Ok(None) };
    let end_number = end_record_number(session, row, &id, &outcome)?;
    let text = if end_number.is_none() { Some(text) } else { None };
    let finished = session.execute_statement(
        "UPDATE executions
         SET status = ?2, listed_at = ?3, stopped_at = ?3, outcome = ?4, end_number = ?5
         WHERE id = ?1 AND status = 0 AND redrives = ?6",
        params![
            row,
            status_number(outcome.execution_status()),
            at.as_milliseconds(),
            text,
            end_number,
            redrives
        ],
    )?;
    if finished == 1 {
        session.record_change(StoreChange::Finished(id, at, outcome));
    }
    Ok(Some(StatusWrite { execution: None, repeated: finished == 0 }))
}

/// Marks an execution as running again, unless this redrive or a later one has done so already.
pub(super) fn reopen_execution(
    session: &mut WriteSession<'_>,
    id: ExecutionId,
    redriven: RedriveDetails,
    facts: &str,
) -> rusqlite::Result<Option<StatusWrite>> {
    let Some(row) = session.execution_row_id(&id)? else { return Ok(None) };
    let reopened = session.execute_statement(
        "UPDATE executions
         SET status = 0, listed_at = ?2, stopped_at = NULL, outcome = NULL, end_number = NULL,
             redrives = ?3, facts = ?4
         WHERE id = ?1 AND redrives < ?3",
        params![row, redriven.requested_at.as_milliseconds(), redriven.count, facts],
    )?;
    if reopened == 1 {
        session.record_change(StoreChange::Reopened(id, redriven));
    }
    Ok(Some(StatusWrite { execution: None, repeated: reopened == 0 }))
}

/// Returns the number of the root's newest record if it is cached and has this outcome. The outcome
/// is then not stored a second time.
fn end_record_number(
    session: &WriteSession<'_>,
    row: i64,
    id: &ExecutionId,
    outcome: &FrameOutcome,
) -> rusqlite::Result<Option<i64>> {
    let newest = session.find_row(
        "SELECT number FROM records WHERE execution = ?1 AND frame = ''
         ORDER BY number DESC LIMIT 1",
        [row],
        |row| log::record_number_from_row(row, 0),
    )?;
    let Some(number) = newest else { return Ok(None) };
    let key = RecordKey { execution: id.clone(), frame: FramePath::ROOT, number };
    let held = session.caches.records.get(&key);
    let same = held.is_some_and(|record| record.frame.outcome() == Some(outcome));
    Ok(same.then_some(log::record_number_to_sql(number)))
}

fn load_execution(
    connection: &Connection,
    id: &ExecutionId,
) -> Result<Option<Execution>, StoreError> {
    let (machine, name) = (id.machine_name(), id.within_machine());
    let mut statement = connection.prepare_cached(EXECUTION)?;
    let mut rows = statement.query([machine, name])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut reader = RecordReader::of_row(connection, row.get(6)?, id.as_str());
    execution_from_row(id.as_str(), row, &mut reader).map(Some)
}

fn execution_from_row(
    id: &str,
    row: &Row<'_>,
    reader: &mut RecordReader<'_>,
) -> Result<Execution, StoreError> {
    let facts: String = row.get(0)?;
    let input = match row.get::<_, Option<String>>(2)? {
        Some(text) => log::parse_json_text(id, &text)?,
        None => read_input(id, reader)?,
    };
    let stopped_at: Option<i64> = row.get(3)?;
    let at = stopped_at.map(Timestamp::from_milliseconds);
    let outcome = || match (row.get::<_, Option<String>>(4)?, row.get::<_, Option<i64>>(5)?) {
        (Some(text), _) => log::parse_json_text(id, &text),
        (None, number) => read_outcome(id, reader, number),
    };
    let end = at.map(|at| Ok::<_, StoreError>((at, { outcome }()?))).transpose()?;
    let (facts, trace_header) = (Arc::new(log::parse_json_text(id, &facts)?), row.get(1)?);
    Ok(Execution { facts, input, trace_header, end })
}

/// Reads the input from record 0 of the root.
fn read_input(id: &str, reader: &mut RecordReader<'_>) -> Result<Payload, StoreError> {
    let first = reader.read_record(&FramePath::ROOT, RecordNumber::FIRST)?;
    let input = first.and_then(|(first, _)| first.frame.held_payload().cloned());
    input.ok_or_else(|| StoreError::broken_entry(id, "its first record has no input"))
}

/// Reads the outcome from the last record of the root.
fn read_outcome(
    id: &str,
    reader: &mut RecordReader<'_>,
    number: Option<i64>,
) -> Result<FrameOutcome, StoreError> {
    let number = number.map(|number| RecordNumber::new(number.cast_unsigned()));
    let last = match number {
        Some(number) => reader.read_record(&FramePath::ROOT, number)?,
        None => None,
    };
    let outcome = last.and_then(|(last, _)| last.frame.outcome().cloned());
    outcome.ok_or_else(|| StoreError::broken_entry(id, "its last record has no outcome"))
}

fn list_executions(
    connection: &Connection,
    machine: &ResourceName,
    filter: &ExecutionFilter,
    limit: u32,
    after: ListCursor,
) -> Result<ReadRows<ExecutionPage>, StoreError> {
    let name = machine.as_str();
    let (version, alias) = match &filter.started_as {
        None => (None, None),
        Some(ArnQualifier::Version(number)) => (Some(number.to_string()), None),
        Some(ArnQualifier::Alias(name)) => (None, Some(name.as_str())),
    };
    let mut statement = connection.prepare_cached(match filter.status {
        Some(_) => LIST_BY_STATUS,
        None => LIST,
    })?;
    let mut rows = match filter.status.map(status_number) {
        Some(status) => {
            statement.query(params![name, after.at, after.row, version, alias, status])?
        }
        None => statement.query(params![name, after.at, after.row, version, alias])?,
    };
    let (mut executions, mut left_out, mut last) = (Vec::new(), Vec::new(), None);
    while let Some(row) = rows.next()? {
        if executions.len() == limit as usize {
            let next = last.map(|cursor: ListCursor| cursor.to_string());
            return Ok(ReadRows { rows: ExecutionPage { executions, next }, left_out });
        }
        executions.extend(leave_out(listed_execution_from_row(machine, row), &mut left_out)?);
        last = Some(ListCursor { at: row.get(5)?, row: row.get(0)? });
    }
    Ok(ReadRows { rows: ExecutionPage { executions, next: None }, left_out })
}

fn listed_execution_from_row(
    machine: &ResourceName,
    row: &Row<'_>,
) -> Result<ListedExecution, StoreError> {
    let within = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    let id = ExecutionId::of_machine(machine.as_str(), within)
        .map_err(|error| StoreError::broken_entry(machine.as_str(), error))?;
    let stopped_at: Option<i64> = row.get(4)?;
    let facts: Option<String> = row.get(6)?;
    let facts: Option<ExecutionFacts> =
        facts.map(|facts| log::parse_json_text(id.as_str(), &facts)).transpose()?;
    Ok(ListedExecution {
        id,
        status: status_from_number(machine, row.get(2)?)?,
        started_at: Timestamp::from_milliseconds(row.get(3)?),
        stopped_at: stopped_at.map(Timestamp::from_milliseconds),
        redriven: facts.as_ref().and_then(|facts| facts.last_redrive.clone()),
        version: facts.and_then(|facts| facts.version),
    })
}

/// A position in a list: `listed_at` in milliseconds and the row id. Its text is the page token:
/// `1700000000000.42`.
#[derive(Clone, Copy)]
struct ListCursor {
    at: i64,
    row: i64,
}

impl ListCursor {
    const TOP: Self = Self { at: i64::MAX, row: i64::MAX };

    fn parse(token: &str) -> Result<Self, StoreError> {
        let wrong = || StoreError::PageToken(token.to_owned());
        let (at, row) = token.split_once('.').ok_or_else(wrong)?;
        let number = |text: &str| text.parse().map_err(|_| wrong());
        Ok(Self { at: number(at)?, row: number(row)? })
    }
}

impl std::fmt::Display for ListCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at, self.row)
    }
}

/// Returns the number that stands for a status in the table. Existing files hold these numbers, so
/// they must never change.
const fn status_number(status: ExecutionStatus) -> i64 {
    match status {
        ExecutionStatus::Running => RUNNING,
        ExecutionStatus::Succeeded => 1,
        ExecutionStatus::Failed => 2,
        ExecutionStatus::TimedOut => 3,
        ExecutionStatus::Aborted => 4,
    }
}

fn status_from_number(machine: &ResourceName, number: i64) -> Result<ExecutionStatus, StoreError> {
    let found = ExecutionStatus::ALL.into_iter().find(|status| status_number(*status) == number);
    found.ok_or_else(|| {
        StoreError::broken_entry(machine.as_str(), format!("{number} is not a status"))
    })
}
