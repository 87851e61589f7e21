//! The record log, with compare-and-append.

use std::sync::Arc;

use model::{
    ExecutionId, FramePath, FramePhase, Record, RecordKey, RecordNumber, RecordOutline,
    RedriveDetails, StoredRecord, Timestamp, WrittenBy,
};
use orchestrator::{
    Fault,
    ports::{AppendOutcome, HistoryReader, LogHead, LogOrder, RecordLog},
};
use rusqlite::{Connection, Row, params};

use super::{
    SqliteStore,
    error::StoreError,
    executions::reopen_execution,
    record_reader::{RecordReader, SizedRecord},
    session::WriteSession,
    store_caches::{StoreChange, record_weight},
};

const HEAD: &str = "
    SELECT body, number, opening, lease FROM records
    WHERE execution = ?1 AND frame = ?2 ORDER BY number DESC LIMIT 1";
const PAGE_OLDEST_FIRST: &str = "
    SELECT body, number FROM records
    WHERE execution = ?1 AND frame = ?2 AND number >= ?3 ORDER BY number LIMIT ?4";
const PAGE_NEWEST_FIRST: &str = "
    SELECT body, number FROM records
    WHERE execution = ?1 AND frame = ?2 AND number <= ?3 ORDER BY number DESC LIMIT ?4";
const ALL: &str = "SELECT body, frame, number FROM records WHERE execution = ?1";

impl RecordLog for SqliteStore {
    async fn load_record(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        self.inner.starts.await_end(&key.execution).await;
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
        let stored = StoredRecord::from_record(&record);
        let stored = match self.caches().executions.get(&key.execution) {
            Some(execution) => stored.without_known_facts(&execution.facts),
            None => stored,
        };
        let body = to_json_text(key.execution.as_str(), &stored)?;
        let redriven = redrive_of_record(&key, &record)?;
        let (frame, number) = (key.frame.clone(), key.number);
        let bytes = body.len() + stored.referenced_bytes();
        let (written, record) = (body.len(), Arc::new(record));
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
        let outcome = self.run_command(written, work).await?;
        match outcome {
            AppendOutcome::Done(_) => stored.mark_durable(&frame, number),
            AppendOutcome::Lost => {}
        }
        Ok(outcome)
    }

    async fn renew_lease(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let key = key.clone();
        self.run_command(0, move |session| renew_lease(session, &key, until)).await
    }
}

/// Records of a page of outlines.
const OUTLINES_MAX: i64 = 1_000;

impl HistoryReader for SqliteStore {
    async fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let id = execution.clone();
        self.run_query(move |connection| {
            let mut records = Vec::new();
            let Some(mut reader) = RecordReader::of_execution(connection, &id)? else {
                return Ok(records);
            };
            let mut statement = connection.prepare_cached(ALL)?;
            let mut rows = statement.query([reader.row_id()])?;
            while let Some(row) = rows.next()? {
                let frame = frame_from_row(id.as_str(), row, 1)?;
                let number = record_number_from_row(row, 2)?;
                let record = reader.decode_row(row, 0, (&frame, number))?.0;
                records.push((frame, number, record));
            }
            Ok(records)
        })
        .await
    }

    async fn load_outlines(
        &self,
        execution: &ExecutionId,
        after: Option<&(FramePath, RecordNumber)>,
    ) -> Result<Vec<(FramePath, RecordNumber, RecordOutline)>, Fault> {
        let (id, after) = (execution.clone(), after.cloned());
        self.run_query(move |connection| load_outlines(connection, &id, after.as_ref())).await
    }

    async fn load_log_page(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
        from: Option<RecordNumber>,
        order: LogOrder,
        limit: usize,
    ) -> Result<Vec<(RecordNumber, Arc<Record>)>, Fault> {
        let (id, frame) = (execution.clone(), frame.clone());
        self.run_query(move |connection| {
            load_log_page(connection, &id, &frame, from, (order, limit))
        })
        .await
    }

    async fn has_child_frames(&self, execution: &ExecutionId) -> Result<bool, Fault> {
        let id = execution.clone();
        self.run_query(move |connection| has_child_frames(connection, &id)).await
    }
}

/// In the order of their texts, the descendants of a frame come directly after it, since what
/// separates the steps of a path sorts before digits.
fn load_outlines(
    connection: &Connection,
    id: &ExecutionId,
    after: Option<&(FramePath, RecordNumber)>,
) -> Result<Vec<(FramePath, RecordNumber, RecordOutline)>, StoreError> {
    let mut outlines = Vec::new();
    let Some(reader) = RecordReader::of_execution(connection, id)? else { return Ok(outlines) };
    let (frame, number) = match after {
        Some((frame, number)) => (frame.to_string(), record_number_to_sql(*number)),
        None => (String::new(), -1),
    };
    let mut statement = connection.prepare_cached(
        "SELECT body, frame, number FROM records
         WHERE execution = ?1 AND (frame, number) > (?2, ?3)
         ORDER BY frame, number LIMIT ?4",
    )?;
    let mut rows = statement.query(params![reader.row_id(), frame, number, OUTLINES_MAX])?;
    while let Some(row) = rows.next()? {
        let frame = frame_from_row(id.as_str(), row, 1)?;
        let number = record_number_from_row(row, 2)?;
        let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let stored: StoredRecord = parse_json_text(id.as_str(), text)?;
        outlines.push((frame, number, stored.outline()));
    }
    Ok(outlines)
}

fn load_log_page(
    connection: &Connection,
    id: &ExecutionId,
    frame: &FramePath,
    from: Option<RecordNumber>,
    (order, limit): (LogOrder, usize),
) -> Result<Vec<(RecordNumber, Arc<Record>)>, StoreError> {
    let mut records = Vec::new();
    let Some(mut reader) = RecordReader::of_execution(connection, id)? else { return Ok(records) };
    let (sql, outermost) = match order {
        LogOrder::OldestFirst => (PAGE_OLDEST_FIRST, 0),
        LogOrder::NewestFirst => (PAGE_NEWEST_FIRST, i64::MAX),
    };
    let from = from.map_or(outermost, record_number_to_sql);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![reader.row_id(), frame.to_string(), from, limit])?;
    while let Some(row) = rows.next()? {
        let number = record_number_from_row(row, 1)?;
        records.push((number, reader.decode_row(row, 0, (frame, number))?.0));
    }
    Ok(records)
}

fn has_child_frames(connection: &Connection, id: &ExecutionId) -> Result<bool, StoreError> {
    let Some(reader) = RecordReader::of_execution(connection, id)? else { return Ok(false) };
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM records WHERE execution = ?1 AND frame > '')",
    )?;
    Ok(statement.query_row([reader.row_id()], |row| row.get(0))?)
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
pub(super) struct StoredHead {
    pub(super) number: RecordNumber,
    opening: i64,
    lease: Option<Timestamp>,
    pub(super) record: Arc<Record>,
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
    match RecordReader::of_execution(connection, &key.execution)? {
        Some(mut reader) => reader.read_record(&key.frame, key.number),
        None => Ok(None),
    }
}

fn load_head(
    connection: &Connection,
    execution: &ExecutionId,
    frame: &FramePath,
) -> Result<Option<StoredHead>, StoreError> {
    let Some(mut reader) = RecordReader::of_execution(connection, execution)? else {
        return Ok(None);
    };
    read_head(&mut reader, frame)
}

/// Reads the newest record of a frame.
pub(super) fn read_head(
    reader: &mut RecordReader<'_>,
    frame: &FramePath,
) -> Result<Option<StoredHead>, StoreError> {
    let mut statement = reader.connection().prepare_cached(HEAD)?;
    let mut rows = statement.query(params![reader.row_id(), frame.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let number = record_number_from_row(row, 1)?;
    let record = reader.decode_row(row, 0, (frame, number))?.0;
    let lease: Option<i64> = row.get(3)?;
    let lease = lease.map(Timestamp::from_milliseconds);
    Ok(Some(StoredHead { number, opening: row.get(2)?, lease, record }))
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
    serde_json::from_str(text)
        .map_err(|error| StoreError::Unreadable { of: of.to_owned(), reason: error.to_string() })
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
