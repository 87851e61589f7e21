//! Executions: started by name, finished once, listed newest first.

use std::sync::Arc;

use model::{
    Execution, ExecutionId, Facts, FramePath, Name, Outcome, Payload, Record, RecordKey,
    RecordNumber, Redriven, Status, Timestamp,
};
use orchestrator::{
    Fault,
    ports::{Created, ExecutionPage, Executions, ListedExecution},
};
use rusqlite::{Connection, Row, params};

use super::{
    Store,
    caches::{Change, execution_weight},
    error::Error,
    log,
    session::{Session, names_of},
};

const RUNNING: i64 = 0;

const EXECUTION: &str = "
    SELECT e.facts, e.trace_header, e.input, e.status, e.stopped_at, e.outcome,
        CASE WHEN e.input IS NULL THEN (SELECT r.body FROM records r
            WHERE r.execution = e.id AND r.frame = '' AND r.number = 0) END,
        (SELECT r.body FROM records r
            WHERE r.execution = e.id AND r.frame = '' AND r.number = e.end_number)
    FROM machines m JOIN executions e ON e.machine = m.id
    WHERE m.name = ?1 AND e.name = ?2";
const LIST: &str = "
    SELECT e.id, e.name, e.status, e.started_at, e.stopped_at, e.listed_at,
        CASE WHEN e.redrives > 0 THEN e.facts END
    FROM executions e
    WHERE e.machine = (SELECT id FROM machines WHERE name = ?1)
        AND (e.listed_at, e.id) < (?2, ?3)
    ORDER BY e.listed_at DESC, e.id DESC LIMIT ?4";
const LIST_BY_STATUS: &str = "
    SELECT e.id, e.name, e.status, e.started_at, e.stopped_at, e.listed_at,
        CASE WHEN e.redrives > 0 THEN e.facts END
    FROM executions e
    WHERE e.machine = (SELECT id FROM machines WHERE name = ?1) AND e.status = ?5
        AND (e.listed_at, e.id) < (?2, ?3)
    ORDER BY e.listed_at DESC, e.id DESC LIMIT ?4";

/// Executions that are found at once.
const UNSTARTED_MAX: i64 = 500;
const UNSTARTED: &str = "
    SELECT m.name, e.name FROM executions e JOIN machines m ON m.id = e.machine
    WHERE e.status = 0 AND e.started_at < ?1 AND NOT EXISTS
        (SELECT 1 FROM records r WHERE r.execution = e.id AND r.frame = '' AND r.number = 1)
    LIMIT ?2";

impl Executions for Store {
    /// The machine need not exist: the use case has judged that.
    async fn create(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<Created, Fault> {
        let start = Start::new(id, execution, first)?;
        loop {
            let copy = start.clone();
            if self.write(start.bytes(), move |session| create(session, copy)).await? {
                return Ok(Created::Done);
            }
            // It may have been deleted in between.
            if let Some(existing) = self.execution(id).await? {
                return Ok(Created::Exists(existing));
            }
        }
    }

    async fn execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        let executions = &self.caches().executions;
        if let Some(execution) = executions.get(id) {
            return Ok(Some(execution));
        }
        let ticket = executions.ticket(id);
        let wanted = id.clone();
        let found = self.read(move |connection| load(connection, &wanted)).await?;
        Ok(found.map(|execution| {
            let execution = Arc::new(execution);
            let weight = execution_weight(&execution);
            executions.offer(ticket, id.clone(), Arc::clone(&execution), weight);
            execution
        }))
    }

    /// The first end of each redrive counts. An execution that is gone stays so.
    async fn finish(
        &self,
        id: &ExecutionId,
        redriven: Option<&Redriven>,
        (at, outcome): (Timestamp, &Outcome),
    ) -> Result<(), Fault> {
        if let Some(redriven) = redriven {
            self.reopen(id, redriven).await?;
        }
        let life = redriven.map_or(0, |redriven| redriven.count);
        let (id, outcome) = (id.clone(), outcome.clone());
        let text = log::text(id.as_str(), &outcome)?;
        let work = move |session: &mut Session<'_>| finish(session, id, life, (at, outcome), &text);
        self.write(0, work).await
    }

    async fn reopen(&self, id: &ExecutionId, redriven: &Redriven) -> Result<(), Fault> {
        let Some(execution) = self.execution(id).await? else { return Ok(()) };
        let facts = Facts { redriven: Some(redriven.clone()), ..(*execution.facts).clone() };
        let facts = log::text(id.as_str(), &facts)?;
        let (id, redriven) = (id.clone(), redriven.clone());
        self.write(facts.len(), move |session| reopen(session, id, redriven, &facts)).await
    }

    async fn unstarted(&self, before: Timestamp) -> Result<Vec<ExecutionId>, Fault> {
        self.read(move |connection| unstarted(connection, before)).await
    }

    async fn list(
        &self,
        machine: &Name,
        status: Option<Status>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        let after = after.map_or(Ok(Place::TOP), Place::parse)?;
        let machine = machine.clone();
        self.read(move |connection| list(connection, &machine, status, limit.max(1), after)).await
    }
}

/// A start, ready to be written.
#[derive(Clone)]
pub(super) struct Start {
    id: ExecutionId,
    execution: Arc<Execution>,
    facts: String,
    /// None where record 0 holds it.
    input: Option<String>,
    first: Arc<Record>,
    body: String,
}

impl Start {
    pub(super) fn new(
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<Self, Error> {
        let held = first.frame.data().is_some_and(|data| data.same(&execution.input));
        Ok(Self {
            id: id.clone(),
            facts: log::text(id.as_str(), &execution.facts)?,
            input: (!held).then(|| execution.input.text().to_owned()),
            execution: Arc::new(execution),
            body: log::text(id.as_str(), &first)?,
            first: Arc::new(first),
        })
    }

    fn bytes(&self) -> usize {
        self.body.len() + self.input.as_ref().map_or(0, String::len)
    }
}

pub(super) fn create(session: &mut Session<'_>, start: Start) -> rusqlite::Result<bool> {
    let Start { id, execution, facts, input, first, body } = start;
    let (machine, name) = names_of(&id);
    session.execute("INSERT INTO machines (name) VALUES (?1) ON CONFLICT DO NOTHING", [machine])?;
    let created = session.execute(
        "INSERT INTO executions
            (machine, name, status, listed_at, started_at, facts, trace_header, input)
         SELECT id, ?2, 0, ?3, ?3, ?4, ?5, ?6 FROM machines WHERE name = ?1
         ON CONFLICT DO NOTHING",
        params![
            machine,
            name,
            execution.facts.started_at.milliseconds(),
            facts,
            execution.trace_header,
            input
        ],
    )?;
    if created == 0 {
        return Ok(false);
    }
    let row = session.connection.last_insert_rowid();
    let key =
        RecordKey { execution: id.clone(), frame: FramePath::ROOT, number: RecordNumber::FIRST };
    log::insert(session, row, &key, &body)?;
    session.changed(Change::Started(id, execution));
    session.changed(Change::Appended(key, first, body.len()));
    Ok(true)
}

fn finish(
    session: &mut Session<'_>,
    id: ExecutionId,
    redrives: u32,
    (at, outcome): (Timestamp, Outcome),
    text: &str,
) -> rusqlite::Result<()> {
    let Some(row) = session.execution(&id)? else { return Ok(()) };
    let end_number = end_number(session, row, &id, &outcome)?;
    let text = if end_number.is_none() { Some(text) } else { None };
    let finished = session.execute(
        "UPDATE executions
         SET status = ?2, listed_at = ?3, stopped_at = ?3, outcome = ?4, end_number = ?5
         WHERE id = ?1 AND status = 0 AND redrives = ?6",
        params![row, number_of(outcome.status()), at.milliseconds(), text, end_number, redrives],
    )?;
    if finished == 1 {
        session.changed(Change::Finished(id, at, outcome));
    }
    Ok(())
}

/// Shows an execution as running again, unless that redrive has done so before.
pub(super) fn reopen(
    session: &mut Session<'_>,
    id: ExecutionId,
    redriven: Redriven,
    facts: &str,
) -> rusqlite::Result<()> {
    let Some(row) = session.execution(&id)? else { return Ok(()) };
    let reopened = session.execute(
        "UPDATE executions
         SET status = 0, listed_at = ?2, stopped_at = NULL, outcome = NULL, end_number = NULL,
             redrives = ?3, facts = ?4
         WHERE id = ?1 AND redrives < ?3",
        params![row, redriven.at.milliseconds(), redriven.count, facts],
    )?;
    if reopened == 1 {
        session.changed(Change::Reopened(id, redriven));
    }
    Ok(())
}

/// The root's last record, if it is at hand and says the same.
fn end_number(
    session: &Session<'_>,
    row: i64,
    id: &ExecutionId,
    outcome: &Outcome,
) -> rusqlite::Result<Option<i64>> {
    let newest = session.find(
        "SELECT number FROM records WHERE execution = ?1 AND frame = ''
         ORDER BY number DESC LIMIT 1",
        [row],
        |row| log::number_of(row, 0),
    )?;
    let Some(number) = newest else { return Ok(None) };
    let key = RecordKey { execution: id.clone(), frame: FramePath::ROOT, number };
    let held = session.caches.records.get(&key);
    let same = held.is_some_and(|record| record.frame.outcome() == Some(outcome));
    Ok(same.then_some(log::number_in(number)))
}

fn load(connection: &Connection, id: &ExecutionId) -> Result<Option<Execution>, Error> {
    let (machine, name) = names_of(id);
    let mut statement = connection.prepare_cached(EXECUTION)?;
    let mut rows = statement.query([machine, name])?;
    rows.next()?.map(|row| execution_of(id.as_str(), row)).transpose()
}

fn execution_of(id: &str, row: &Row<'_>) -> Result<Execution, Error> {
    let facts: String = row.get(0)?;
    let input = input_of(id, row)?;
    let stopped_at: Option<i64> = row.get(4)?;
    let at = stopped_at.map(Timestamp::from_milliseconds);
    let end = at.map(|at| outcome_of(id, row).map(|outcome| (at, outcome))).transpose()?;
    let (facts, trace_header) = (Arc::new(log::parsed(id, &facts)?), row.get(1)?);
    Ok(Execution { facts, input, trace_header, end })
}

fn input_of(id: &str, row: &Row<'_>) -> Result<Payload, Error> {
    if let Some(text) = row.get::<_, Option<String>>(2)? {
        return log::parsed(id, &text);
    }
    let first = log::record_of(id, row, 6)?.0;
    let input = first.frame.data().cloned();
    input.ok_or_else(|| Error::broken(id, "its first record has no input"))
}

fn outcome_of(id: &str, row: &Row<'_>) -> Result<Outcome, Error> {
    if let Some(text) = row.get::<_, Option<String>>(5)? {
        return log::parsed(id, &text);
    }
    let last = log::record_of(id, row, 7)?.0;
    let outcome = last.frame.outcome().cloned();
    outcome.ok_or_else(|| Error::broken(id, "its last record has no outcome"))
}

fn unstarted(connection: &Connection, before: Timestamp) -> Result<Vec<ExecutionId>, Error> {
    let mut statement = connection.prepare_cached(UNSTARTED)?;
    let mut rows = statement.query(params![before.milliseconds(), UNSTARTED_MAX])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let machine: String = row.get(0)?;
        let name: String = row.get(1)?;
        let parse = |text: &str| Name::parse(text).map_err(|error| Error::broken(&*machine, error));
        ids.push(ExecutionId::new(&parse(&machine)?, &parse(&name)?));
    }
    Ok(ids)
}

fn list(
    connection: &Connection,
    machine: &Name,
    status: Option<Status>,
    limit: u32,
    after: Place,
) -> Result<ExecutionPage, Error> {
    let (name, one_more) = (machine.as_str(), i64::from(limit) + 1);
    let mut statement = connection.prepare_cached(match status {
        Some(_) => LIST_BY_STATUS,
        None => LIST,
    })?;
    let mut rows = match status.map(number_of) {
        Some(status) => statement.query(params![name, after.at, after.row, one_more, status])?,
        None => statement.query(params![name, after.at, after.row, one_more])?,
    };
    let (mut executions, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        if executions.len() == limit as usize {
            let next = last.map(|place: Place| place.to_string());
            return Ok(ExecutionPage { executions, next });
        }
        executions.push(listed(machine, row)?);
        last = Some(Place { at: row.get(5)?, row: row.get(0)? });
    }
    Ok(ExecutionPage { executions, next: None })
}

fn listed(machine: &Name, row: &Row<'_>) -> Result<ListedExecution, Error> {
    let name = Name::parse(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)
        .map_err(|error| Error::broken(machine.as_str(), error))?;
    let stopped_at: Option<i64> = row.get(4)?;
    let facts: Option<String> = row.get(6)?;
    let facts: Option<Facts> =
        facts.map(|facts| log::parsed(machine.as_str(), &facts)).transpose()?;
    Ok(ListedExecution {
        id: ExecutionId::new(machine, &name),
        status: status_of(machine, row.get(2)?)?,
        started_at: Timestamp::from_milliseconds(row.get(3)?),
        stopped_at: stopped_at.map(Timestamp::from_milliseconds),
        redriven: facts.and_then(|facts| facts.redriven),
    })
}

/// A line of a list. Its text is the page token: `1700000000000.42`.
#[derive(Clone, Copy)]
struct Place {
    at: i64,
    row: i64,
}

impl Place {
    const TOP: Self = Self { at: i64::MAX, row: i64::MAX };

    fn parse(token: &str) -> Result<Self, Error> {
        let wrong = || Error::PageToken(token.to_owned());
        let (at, row) = token.split_once('.').ok_or_else(wrong)?;
        let number = |text: &str| text.parse().map_err(|_| wrong());
        Ok(Self { at: number(at)?, row: number(row)? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at, self.row)
    }
}

/// What stands for a status in the table; never to be changed.
const fn number_of(status: Status) -> i64 {
    match status {
        Status::Running => RUNNING,
        Status::Succeeded => 1,
        Status::Failed => 2,
        Status::TimedOut => 3,
        Status::Aborted => 4,
    }
}

fn status_of(machine: &Name, number: i64) -> Result<Status, Error> {
    let all =
        [Status::Running, Status::Succeeded, Status::Failed, Status::TimedOut, Status::Aborted];
    let found = all.into_iter().find(|status| number_of(*status) == number);
    found.ok_or_else(|| Error::broken(machine.as_str(), format!("{number} is not a status")))
}
