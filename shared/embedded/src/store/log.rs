//! The record log, with compare-and-append.

use std::sync::Arc;

use model::{
    ExecutionId, FramePath, FramePhase, Record, RecordKey, RecordNumber, RedriveDetails, Timestamp,
    WrittenBy,
};
use orchestrator::{
    Fault,
    ports::{AppendOutcome, HistoryReader, LogHead, RecordLog},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    SqliteStore,
    error::StoreError,
    executions::reopen_execution,
    session::WriteSession,
    store_caches::{StoreChange, record_weight},
};

/// Loads one record. Parameters 1 and 2 are the names of the machine and the execution.
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

/// A record with the length of its JSON text in bytes.
pub(super) type SizedRecord = (Arc<Record>, usize);

impl RecordLog for SqliteStore {
    async fn load_record(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        if let Some(record) = self.caches().records.get(key) {
            return Ok(Some(record));
        }
        let seen_version = self.caches().records.shard_version(key);
        let wanted = key.clone();
        let found = self.run_query(move |connection| load_record(connection, &wanted)).await?;
        Ok(found.map(|(record, bytes)| {
            let weight = record_weight(bytes);
            self.caches().records.insert_if_unchanged(
                seen_version,
                key.clone(),
                Arc::clone(&record),
                weight,
            );
            record
        }))
    }

    /// Takes cached records from memory and reads the others on one connection.
    async fn load_records(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        let records = &self.caches().records;
        let mut found: Vec<_> = keys.iter().map(|key| records.get(key)).collect();
        let missing: Vec<_> = keys
            .iter()
            .enumerate()
            .filter(|(at, _)| found[*at].is_none())
            .map(|(at, key)| (at, key.clone(), records.shard_version(key)))
            .collect();
        if !missing.is_empty() {
            let query = move |connection: &Connection| {
                let loaded = missing.into_iter().map(|(at, key, seen_version)| {
                    load_record(connection, &key).map(|record| (at, key, seen_version, record))
                });
                loaded.collect::<Result<Vec<_>, _>>()
            };
            for (at, key, seen_version, record) in self.run_query(query).await? {
                let Some((record, bytes)) = record else { continue };
                records.insert_if_unchanged(
                    seen_version,
                    key,
                    Arc::clone(&record),
                    record_weight(bytes),
                );
                found[at] = Some(record);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    async fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<LogHead>, Fault> {
        let (id, path) = (execution.clone(), frame.clone());
        let found = self.run_query(move |connection| load_head(connection, &id, &path)).await?;
        Ok(found.map(|found| {
            let lease = self.effective_lease(&found);
            LogHead { number: found.number, record: found.record, lease }
        }))
    }

    /// Returns [`AppendOutcome::Lost`] if the execution is gone.
    ///
    /// A record that redrives an execution marks it as running in the same transaction. Recovery
    /// looks at running executions only, so it would miss a redrive whose process has died.
    async fn append_record(&self, key: &RecordKey, record: Record) -> Result<AppendOutcome, Fault> {
        let key = key.clone();
        let body = to_json_text(key.execution.as_str(), &record)?;
        let redriven = redrive_of_record(&key, &record)?;
        let (bytes, record) = (body.len(), Arc::new(record));
        let work = move |session: &mut WriteSession<'_>| {
            let Some(execution) = session.execution_row_id(&key.execution)? else {
                return Ok(AppendOutcome::Lost);
            };
            if !insert_record(session, execution, &key, &body)? {
                return Ok(AppendOutcome::Lost);
            }
            if let Some((redriven, facts)) = redriven {
                reopen_execution(session, key.execution.clone(), redriven, &facts)?;
            }
            session.record_change(StoreChange::Appended(key, Arc::clone(&record), bytes));
            Ok(AppendOutcome::Done(record))
        };
        self.run_command(bytes, work).await
    }

    async fn renew_lease(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let key = key.clone();
        self.run_command(0, move |session| renew_lease(session, &key, until)).await
    }
}

impl HistoryReader for SqliteStore {
    async fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let id = execution.clone();
        self.run_query(move |connection| {
            let (machine, name) = id.names();
            let mut statement = connection.prepare_cached(ALL)?;
            let mut rows = statement.query([machine, name])?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                let frame = frame_from_row(id.as_str(), row, 1)?;
                records.push((
                    frame,
                    record_number_from_row(row, 2)?,
                    record_from_row(id.as_str(), row, 0)?.0,
                ));
            }
            Ok(records)
        })
        .await
    }
}

impl SqliteStore {
    /// Returns until when the worker of a head counts as alive. The worker of a claim from an
    /// earlier opening is dead: the lock on the directory proves it.
    fn effective_lease(&self, head: &StoredHead) -> Timestamp {
        let is_claimed = matches!(head.record.frame.phase, FramePhase::Claimed { .. });
        if is_claimed && head.opening != self.opening_number() {
            return Timestamp::from_milliseconds(0);
        }
        let first = head.record.alive_until().unwrap_or(head.record.written_at);
        head.lease.map_or(first, |renewed| renewed.max(first))
    }
}

/// Returns the redrive that wrote a record and the JSON text of the execution's facts after it;
/// none if something else wrote the record.
fn redrive_of_record(
    key: &RecordKey,
    record: &Record,
) -> Result<Option<(RedriveDetails, String)>, StoreError> {
    let Some(redriven) = record
        .facts
        .last_redrive
        .as_ref()
        .filter(|_| record.written_by == WrittenBy::RedriveExecution)
    else {
        return Ok(None);
    };
    Ok(Some((redriven.clone(), to_json_text(key.execution.as_str(), &record.facts)?)))
}

/// The newest record of a frame with the columns that its lease depends on.
struct StoredHead {
    number: RecordNumber,
    opening: i64,
    lease: Option<Timestamp>,
    record: Arc<Record>,
}

/// Writes a record unless its key is taken. Returns whether it was written.
pub(super) fn insert_record(
    session: &WriteSession<'_>,
    execution: i64,
    key: &RecordKey,
    body: &str,
) -> rusqlite::Result<bool> {
    let inserted = session.execute_statement(
        "INSERT INTO records (execution, frame, number, opening, body)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![
            execution,
            key.frame.to_string(),
            record_number_to_sql(key.number),
            session.state.opening,
            body
        ],
    )?;
    Ok(inserted == 1)
}

/// Extends the lease of a record. Does nothing unless the record is the head of its log.
fn renew_lease(
    session: &mut WriteSession<'_>,
    key: &RecordKey,
    until: Timestamp,
) -> rusqlite::Result<()> {
    let Some(execution) = session.execution_row_id(&key.execution)? else { return Ok(()) };
    session.execute_statement(
        "UPDATE records SET lease = MAX(COALESCE(lease, 0), ?4)
         WHERE execution = ?1 AND frame = ?2 AND number = ?3 AND number =
             (SELECT MAX(number) FROM records WHERE execution = ?1 AND frame = ?2)",
        params![
            execution,
            key.frame.to_string(),
            record_number_to_sql(key.number),
            until.as_milliseconds()
        ],
    )?;
    Ok(())
}

fn load_record(
    connection: &Connection,
    key: &RecordKey,
) -> Result<Option<SizedRecord>, StoreError> {
    let (machine, name) = key.execution.names();
    let parameters =
        params![machine, name, key.frame.to_string(), record_number_to_sql(key.number)];
    let mut statement = connection.prepare_cached(LOAD)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(|row| record_from_row(key.execution.as_str(), row, 0)).transpose()
}

fn load_head(
    connection: &Connection,
    execution: &ExecutionId,
    frame: &FramePath,
) -> Result<Option<StoredHead>, StoreError> {
    let (machine, name) = execution.names();
    let mut statement = connection.prepare_cached(HEAD)?;
    let mut rows = statement.query([machine, name, &frame.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let record = record_from_row(execution.as_str(), row, 0)?.0;
    let lease: Option<i64> = row.get(3)?;
    let lease = lease.map(Timestamp::from_milliseconds);
    Ok(Some(StoredHead {
        number: record_number_from_row(row, 1)?,
        opening: row.get(2)?,
        lease,
        record,
    }))
}

/// Returns the newest record of a frame, by the row id of its execution.
pub(super) fn newest_record(
    connection: &Connection,
    (row_id, execution): (i64, &str),
    frame: &str,
) -> Result<Option<(RecordNumber, Arc<Record>)>, StoreError> {
    let newest = connection
        .prepare_cached(
            "SELECT body, number FROM records WHERE execution = ?1 AND frame = ?2
             ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![row_id, frame], |row| {
            Ok((record_from_row(execution, row, 0), record_number_from_row(row, 1)?))
        })
        .optional()?;
    newest.map(|(record, number)| Ok((number, record?.0))).transpose()
}

/// Serialises a value for the database. `of` names its execution or machine in errors.
pub(super) fn to_json_text(of: &str, value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::broken_entry(of, error))
}

/// Parses a text from the database. `of` names its execution or machine in errors.
pub(super) fn parse_json_text<A: serde::de::DeserializeOwned>(
    of: &str,
    text: &str,
) -> Result<A, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::broken_entry(of, error))
}

pub(super) fn record_from_row(
    execution: &str,
    row: &Row<'_>,
    column: usize,
) -> Result<SizedRecord, StoreError> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    Ok((Arc::new(parse_json_text(execution, text)?), text.len()))
}

pub(super) fn frame_from_row(
    execution: &str,
    row: &Row<'_>,
    column: usize,
) -> Result<FramePath, StoreError> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    text.parse().map_err(|error| StoreError::broken_entry(execution, error))
}

pub(super) fn record_number_from_row(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<RecordNumber> {
    row.get::<_, i64>(column).map(|number| RecordNumber::new(number.cast_unsigned()))
}

/// Casts, since `SQLite`'s integers are signed. No log grows long enough for the sign to matter.
pub(super) const fn record_number_to_sql(number: RecordNumber) -> i64 {
    number.as_u64().cast_signed()
}
