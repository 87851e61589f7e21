//! Records: compare-and-append.

use std::sync::Arc;

use model::{
    ExecutionId, FramePath, Phase, Record, RecordKey, RecordNumber, Redriven, Timestamp, Via,
};
use orchestrator::{
    Fault,
    ports::{Append, Head, History, Log},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Store,
    caches::{Change, record_weight},
    error::Error,
    executions::reopen,
    session::{Session, names_of},
};

/// One record: parameters 1 and 2 are the execution's names.
const LOAD: &str = "
    SELECT r.body FROM machines m
    JOIN executions e ON e.machine = m.id
    JOIN records r ON r.execution = e.id
    WHERE m.name = ?1 AND e.name = ?2 AND r.frame = ?3 AND r.number = ?4";
const HEAD: &str = "
    SELECT r.body, r.number, r.opening, r.lease FROM machines m
    JOIN executions e ON e.machine = m.id
    JOIN records r ON r.execution = e.id
    WHERE m.name = ?1 AND e.name = ?2 AND r.frame = ?3
    ORDER BY r.number DESC LIMIT 1";
const ALL: &str = "
    SELECT r.body, r.frame, r.number FROM machines m
    JOIN executions e ON e.machine = m.id
    JOIN records r ON r.execution = e.id
    WHERE m.name = ?1 AND e.name = ?2";

/// A record with the length of its text.
pub(super) type Sized = (Arc<Record>, usize);

impl Log for Store {
    async fn load(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        if let Some(record) = self.caches().records.get(key) {
            return Ok(Some(record));
        }
        let ticket = self.caches().records.ticket(key);
        let wanted = key.clone();
        let found = self.read(move |connection| load(connection, &wanted)).await?;
        Ok(found.map(|(record, bytes)| {
            let weight = record_weight(bytes);
            self.caches().records.offer(ticket, key.clone(), Arc::clone(&record), weight);
            record
        }))
    }

    /// Those in memory are taken from there, the others in one go.
    async fn load_all(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        let records = &self.caches().records;
        let mut found: Vec<_> = keys.iter().map(|key| records.get(key)).collect();
        let missing: Vec<_> = keys
            .iter()
            .enumerate()
            .filter(|(at, _)| found[*at].is_none())
            .map(|(at, key)| (at, key.clone(), records.ticket(key)))
            .collect();
        if !missing.is_empty() {
            let query = move |connection: &Connection| {
                let loaded = missing.into_iter().map(|(at, key, ticket)| {
                    load(connection, &key).map(|record| (at, key, ticket, record))
                });
                loaded.collect::<Result<Vec<_>, _>>()
            };
            for (at, key, ticket, record) in self.read(query).await? {
                let Some((record, bytes)) = record else { continue };
                records.offer(ticket, key, Arc::clone(&record), record_weight(bytes));
                found[at] = Some(record);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    async fn head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<Head>, Fault> {
        let (id, path) = (execution.clone(), frame.clone());
        let found = self.read(move |connection| head(connection, &id, &path)).await?;
        Ok(found.map(|found| {
            let lease = self.lease(&found);
            Head { number: found.number, record: found.record, lease }
        }))
    }

    /// An append to an execution that is gone is lost. One that redrives an execution shows it as
    /// running in the same transaction: recovery looks at what is running, and nobody else knows
    /// of a redrive whose process has died.
    async fn append(&self, key: &RecordKey, record: Record) -> Result<Append, Fault> {
        let key = key.clone();
        let body = text(key.execution.as_str(), &record)?;
        let redriven = redriven(&key, &record)?;
        let (bytes, record) = (body.len(), Arc::new(record));
        let work = move |session: &mut Session<'_>| {
            let Some(execution) = session.execution(&key.execution)? else {
                return Ok(Append::Lost);
            };
            if !insert(session, execution, &key, &body)? {
                return Ok(Append::Lost);
            }
            if let Some((redriven, facts)) = redriven {
                reopen(session, key.execution.clone(), redriven, &facts)?;
            }
            session.changed(Change::Appended(key, Arc::clone(&record), bytes));
            Ok(Append::Done(record))
        };
        self.write(bytes, work).await
    }

    async fn renew(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let key = key.clone();
        self.write(0, move |session| renew(session, &key, until)).await
    }
}

impl History for Store {
    async fn records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let id = execution.clone();
        self.read(move |connection| {
            let (machine, name) = names_of(&id);
            let mut statement = connection.prepare_cached(ALL)?;
            let mut rows = statement.query([machine, name])?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                let frame = frame_of(id.as_str(), row, 1)?;
                records.push((frame, number_of(row, 2)?, record_of(id.as_str(), row, 0)?.0));
            }
            Ok(records)
        })
        .await
    }
}

impl Store {
    /// Until when whoever works on a head counts as alive. The worker of a claim of an earlier
    /// opening is gone, which the lock on the directory proves.
    fn lease(&self, head: &Found) -> Timestamp {
        let is_claimed = matches!(head.record.frame.phase, Phase::Claimed { .. });
        if is_claimed && head.opening != self.opening() {
            return Timestamp::from_milliseconds(0);
        }
        let first = head.record.alive_until().unwrap_or(head.record.at);
        head.lease.map_or(first, |renewed| renewed.max(first))
    }
}

/// The redrive that a record shows, and the text of the execution's facts since.
fn redriven(key: &RecordKey, record: &Record) -> Result<Option<(Redriven, String)>, Error> {
    let Some(redriven) = record.facts.redriven.as_ref().filter(|_| record.via == Via::Redrive)
    else {
        return Ok(None);
    };
    Ok(Some((redriven.clone(), text(key.execution.as_str(), &record.facts)?)))
}

/// A head as it is stored.
struct Found {
    number: RecordNumber,
    opening: i64,
    lease: Option<Timestamp>,
    record: Arc<Record>,
}

/// Writes a record if there is none of its key.
pub(super) fn insert(
    session: &Session<'_>,
    execution: i64,
    key: &RecordKey,
    body: &str,
) -> rusqlite::Result<bool> {
    let inserted = session.execute(
        "INSERT INTO records (execution, frame, number, opening, body)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![
            execution,
            key.frame.to_string(),
            number_in(key.number),
            session.state.opening,
            body
        ],
    )?;
    Ok(inserted == 1)
}

/// A record that is no longer the head of its log has no lease.
fn renew(session: &mut Session<'_>, key: &RecordKey, until: Timestamp) -> rusqlite::Result<()> {
    let Some(execution) = session.execution(&key.execution)? else { return Ok(()) };
    session.execute(
        "UPDATE records SET lease = MAX(COALESCE(lease, 0), ?4)
         WHERE execution = ?1 AND frame = ?2 AND number = ?3 AND number =
             (SELECT MAX(number) FROM records WHERE execution = ?1 AND frame = ?2)",
        params![execution, key.frame.to_string(), number_in(key.number), until.milliseconds()],
    )?;
    Ok(())
}

fn load(connection: &Connection, key: &RecordKey) -> Result<Option<Sized>, Error> {
    let (machine, name) = names_of(&key.execution);
    let parameters = params![machine, name, key.frame.to_string(), number_in(key.number)];
    let mut statement = connection.prepare_cached(LOAD)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(|row| record_of(key.execution.as_str(), row, 0)).transpose()
}

fn head(
    connection: &Connection,
    execution: &ExecutionId,
    frame: &FramePath,
) -> Result<Option<Found>, Error> {
    let (machine, name) = names_of(execution);
    let mut statement = connection.prepare_cached(HEAD)?;
    let mut rows = statement.query([machine, name, &frame.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let record = record_of(execution.as_str(), row, 0)?.0;
    let lease: Option<i64> = row.get(3)?;
    let lease = lease.map(Timestamp::from_milliseconds);
    Ok(Some(Found { number: number_of(row, 1)?, opening: row.get(2)?, lease, record }))
}

/// The newest record of a frame by its execution's row.
pub(super) fn newest(
    connection: &Connection,
    (row_id, execution): (i64, &str),
    frame: &str,
) -> Result<Option<(RecordNumber, Arc<Record>)>, Error> {
    let newest = connection
        .prepare_cached(
            "SELECT body, number FROM records WHERE execution = ?1 AND frame = ?2
             ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![row_id, frame], |row| {
            Ok((record_of(execution, row, 0), number_of(row, 1)?))
        })
        .optional()?;
    newest.map(|(record, number)| Ok((number, record?.0))).transpose()
}

/// The persisted text of a value that belongs to an execution or a machine.
pub(super) fn text(of: &str, value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::broken(of, error))
}

/// The value of a persisted text.
pub(super) fn parsed<A: serde::de::DeserializeOwned>(of: &str, text: &str) -> Result<A, Error> {
    serde_json::from_str(text).map_err(|error| Error::broken(of, error))
}

pub(super) fn record_of(execution: &str, row: &Row<'_>, column: usize) -> Result<Sized, Error> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    Ok((Arc::new(parsed(execution, text)?), text.len()))
}

pub(super) fn frame_of(execution: &str, row: &Row<'_>, column: usize) -> Result<FramePath, Error> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    text.parse().map_err(|error| Error::broken(execution, error))
}

pub(super) fn number_of(row: &Row<'_>, column: usize) -> rusqlite::Result<RecordNumber> {
    row.get::<_, i64>(column).map(|number| RecordNumber::new(number.cast_unsigned()))
}

/// `SQLite`'s integers have a sign; logs do not grow that long.
pub(super) const fn number_in(number: RecordNumber) -> i64 {
    number.get().cast_signed()
}
