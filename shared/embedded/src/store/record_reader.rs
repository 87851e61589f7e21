//! Reads records of one execution, with the payloads that other records of it hold.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    ExecutionFacts, ExecutionId, FramePath, Payload, PayloadAddress, Record, RecordNumber,
    StoredRecord, StoredRecordError,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{error::StoreError, log};

/// A record with the bytes of its JSON text and of the payloads that it refers to.
pub(super) type SizedRecord = (Arc<Record>, usize);

const FACTS: &str = "SELECT facts FROM executions WHERE id = ?1";
const BODY: &str = "SELECT body FROM records WHERE execution = ?1 AND frame = ?2 AND number = ?3";

/// Reads the records of one execution on one connection.
pub(super) struct RecordReader<'c> {
    connection: &'c Connection,
    row_id: i64,
    execution: &'c str,
    /// What the execution has in place of facts that its records lack, once it was read.
    facts: Option<Arc<ExecutionFacts>>,
    /// The payloads that were referred to so far.
    referenced: BTreeMap<PayloadAddress, Payload>,
}

impl<'c> RecordReader<'c> {
    /// Makes the reader of an execution; none if there is no such execution.
    pub(super) fn of_execution(
        connection: &'c Connection,
        execution: &'c ExecutionId,
    ) -> Result<Option<Self>, StoreError> {
        let (machine, name) = (execution.machine_name(), execution.within_machine());
        let row_id = connection
            .prepare_cached(
                "SELECT e.id FROM machines m JOIN executions e ON e.machine = m.id
                 WHERE m.name = ?1 AND e.name = ?2",
            )?
            .query_row([machine, name], |row| row.get(0))
            .optional()?;
        Ok(row_id.map(|row_id| Self::of_row(connection, row_id, execution.as_str())))
    }

    /// Makes the reader of the execution in a row of the table of executions.
    pub(super) fn of_row(connection: &'c Connection, row_id: i64, execution: &'c str) -> Self {
        Self { connection, row_id, execution, facts: None, referenced: BTreeMap::new() }
    }

    pub(super) const fn connection(&self) -> &'c Connection {
        self.connection
    }

    pub(super) const fn row_id(&self) -> i64 {
        self.row_id
    }

    /// Reads a record, if there is one.
    pub(super) fn read_record(
        &mut self,
        frame: &FramePath,
        number: RecordNumber,
    ) -> Result<Option<SizedRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(BODY)?;
        let position = params![self.row_id, frame.to_string(), log::record_number_to_sql(number)];
        let mut rows = statement.query(position)?;
        rows.next()?.map(|row| self.decode_row(row, 0, (frame, number))).transpose()
    }

    /// Decodes the body of a record in that column of a row.
    pub(super) fn decode_row(
        &mut self,
        row: &Row<'_>,
        column: usize,
        (frame, number): (&FramePath, RecordNumber),
    ) -> Result<SizedRecord, StoreError> {
        let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
        let mut stored: StoredRecord = log::parse_json_text(self.execution, text)?;
        if stored.lacks_facts() {
            stored.fill_in_facts(&self.load_facts()?);
        }
        let execution = self.execution;
        let broken = |error| StoreError::broken_entry(execution, error);
        let mut bytes = text.len();
        let unreadable = |error: StoredRecordError| {
            let of = execution.to_owned();
            StoreError::Unreadable { of, reason: error.to_string() }
        };
        for address in stored.referenced_addresses().map_err(unreadable)? {
            bytes += self.load_payload(&address)?;
        }
        let find = |address: &PayloadAddress| self.referenced.get(address).cloned();
        let record = stored.into_record((frame, number), find).map_err(broken)?;
        Ok((Arc::new(record), bytes))
    }

    /// Loads the facts that the execution had before any redrive.
    fn load_facts(&mut self) -> Result<Arc<ExecutionFacts>, StoreError> {
        if let Some(facts) = &self.facts {
            return Ok(Arc::clone(facts));
        }
        let mut statement = self.connection.prepare_cached(FACTS)?;
        let text: String = statement.query_row([self.row_id], |row| row.get(0))?;
        let now: ExecutionFacts = log::parse_json_text(self.execution, &text)?;
        let facts = Arc::new(ExecutionFacts { last_redrive: None, ..now });
        self.facts = Some(Arc::clone(&facts));
        Ok(facts)
    }

    /// Loads a payload into `referenced`, unless it is missing. Returns the length of its text.
    fn load_payload(&mut self, address: &PayloadAddress) -> Result<usize, StoreError> {
        if !self.referenced.contains_key(address) {
            let number = log::record_number_to_sql(address.record);
            let position = params![self.row_id, address.frame.to_string(), number];
            let mut statement = self.connection.prepare_cached(BODY)?;
            let mut rows = statement.query(position)?;
            let Some(row) = rows.next()? else { return Ok(0) };
            let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            let holder: StoredRecord = log::parse_json_text(self.execution, text)?;
            let Some(payload) = holder.held_payload(address.slot) else { return Ok(0) };
            holder.mark_durable(&address.frame, address.record);
            self.referenced.insert(address.clone(), payload.clone());
        }
        Ok(self.referenced.get(address).map_or(0, |payload| payload.json_text().len()))
    }
}
