//! The heads of running executions. Recovery sends a message for each of them.

use std::sync::Arc;

use model::{ExecutionId, FramePath, Record, RecordNumber, ResourceName};
use orchestrator::Fault;
use rusqlite::{Connection, OptionalExtension, params};

use super::{SqliteStore, error::StoreError, log, record_reader::RecordReader};

/// Most heads in one page.
const HEADS_MAX: usize = 256;

/// The newest record of one frame of a running execution.
#[derive(Clone, Debug)]
pub struct RunningHead {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame.
    pub frame: FramePath,
    /// The number of the record in the frame's log.
    pub number: RecordNumber,
    /// The record. Ended frames are included: the message that wakes the parent may not have been
    /// sent.
    pub record: Arc<Record>,
}

/// Reads all heads of running executions, page by page. Records that are appended meanwhile may be
/// missed.
#[derive(Debug)]
pub struct RunningHeadPages {
    store: SqliteStore,
    after: FrameCursor,
}

/// A position among the frames of running executions.
#[derive(Clone, Debug)]
struct FrameCursor {
    row: i64,
    /// None before the first frame of the execution.
    frame: Option<String>,
}

impl RunningHeadPages {
    pub(super) fn new(store: SqliteStore) -> Self {
        Self { store, after: FrameCursor { row: 0, frame: None } }
    }

    /// Returns the next page of at most 256 heads; none at the end.
    pub async fn next_page(&mut self) -> Result<Option<Vec<RunningHead>>, Fault> {
        let after = self.after.clone();
        let (heads, after) =
            self.store.run_query(move |connection| read_head_page(connection, after)).await?;
        self.after = after;
        Ok((!heads.is_empty()).then_some(heads))
    }
}

fn read_head_page(
    connection: &Connection,
    mut after: FrameCursor,
) -> Result<(Vec<RunningHead>, FrameCursor), StoreError> {
    let mut heads = Vec::new();
    while heads.len() < HEADS_MAX {
        let Some((row, id)) = next_running_execution(connection, after.row)? else { break };
        if row != after.row {
            after = FrameCursor { row, frame: None };
        }
        match next_frame(connection, &after)? {
            Some(frame) => {
                heads.extend(read_running_head(connection, row, &id, &frame)?);
                after.frame = Some(frame);
            }
            None => after = FrameCursor { row: row + 1, frame: None },
        }
    }
    Ok((heads, after))
}

/// Returns the first running execution whose row id is at least `row`.
fn next_running_execution(
    connection: &Connection,
    row: i64,
) -> Result<Option<(i64, ExecutionId)>, StoreError> {
    let found: Option<(i64, String, String)> = connection
        .prepare_cached(
            "SELECT e.id, m.name, e.name FROM executions e JOIN machines m ON m.id = e.machine
             WHERE e.status = 0 AND e.id >= ?1 ORDER BY e.id LIMIT 1",
        )?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((row, machine, name)) = found else { return Ok(None) };
    let parse = |text: &str| {
        ResourceName::parse(text).map_err(|error| StoreError::broken_entry(&*machine, error))
    };
    Ok(Some((row, ExecutionId::from_names(&parse(&machine)?, &parse(&name)?))))
}

/// Returns the first frame after the cursor. This is one index lookup, however long the log is.
fn next_frame(connection: &Connection, after: &FrameCursor) -> Result<Option<String>, StoreError> {
    let found = match &after.frame {
        Some(frame) => connection
            .prepare_cached(
                "SELECT frame FROM records WHERE execution = ?1 AND frame > ?2
                 ORDER BY frame LIMIT 1",
            )?
            .query_row(params![after.row, frame], |row| row.get(0)),
        None => connection
            .prepare_cached(
                "SELECT frame FROM records WHERE execution = ?1 ORDER BY frame LIMIT 1",
            )?
            .query_row([after.row], |row| row.get(0)),
    };
    Ok(found.optional()?)
}

fn read_running_head(
    connection: &Connection,
    row: i64,
    id: &ExecutionId,
    frame: &str,
) -> Result<Option<RunningHead>, StoreError> {
    let path = frame.parse().map_err(|error| StoreError::broken_entry(id.as_str(), error))?;
    let mut reader = RecordReader::of_row(connection, row, id.as_str());
    let newest = log::read_head(&mut reader, &path)?;
    Ok(newest.map(|head| RunningHead {
        execution: id.clone(),
        frame: path,
        number: head.number,
        record: head.record,
    }))
}
