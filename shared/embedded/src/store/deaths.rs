//! Counts of deaths. Those of an earlier opening have nothing to wait for: their process is gone.

use model::{MessageIdentity, Timestamp};
use orchestrator::{
    Fault,
    ports::{DeathCount, DeathCounter},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{SqliteStore, error::StoreError};

impl DeathCounter for SqliteStore {
    async fn load_deaths(&self, message: &MessageIdentity) -> Result<Option<DeathCount>, Fault> {
        let (message, opening) = (message.clone(), self.opening_number());
        self.run_query(move |connection| load_deaths(connection, &message, opening)).await
    }

    async fn put_deaths(&self, message: &MessageIdentity, count: DeathCount) -> Result<(), Fault> {
        let message = message.clone();
        self.run_command(0, move |session| {
            let Some(execution) = session.execution_row_id(&message.execution)? else {
                return Ok(());
            };
            session.execute_statement(
                "INSERT OR REPLACE INTO deaths (execution, message, deaths, last_at, opening)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    execution,
                    message.to_string(),
                    count.deaths,
                    count.last_at.as_milliseconds(),
                    session.state.opening
                ],
            )?;
            Ok(())
        })
        .await
    }

    async fn clear_deaths(&self, message: &MessageIdentity) -> Result<(), Fault> {
        let message = message.clone();
        self.run_command(0, move |session| {
            if let Some(execution) = session.execution_row_id(&message.execution)? {
                session.execute_statement(
                    "DELETE FROM deaths WHERE execution = ?1 AND message = ?2",
                    params![execution, message.to_string()],
                )?;
            }
            Ok(())
        })
        .await
    }
}

fn load_deaths(
    connection: &Connection,
    message: &MessageIdentity,
    opening: i64,
) -> Result<Option<DeathCount>, StoreError> {
    let (machine, name) = (message.execution.machine_name(), message.execution.within_machine());
    let found = connection
        .prepare_cached(
            "SELECT d.deaths, d.last_at, d.opening FROM machines m
             JOIN executions e ON e.machine = m.id
             JOIN deaths d ON d.execution = e.id
             WHERE m.name = ?1 AND e.name = ?2 AND d.message = ?3",
        )?
        .query_row(params![machine, name, message.to_string()], |row| {
            let last_at = if row.get::<_, i64>(2)? == opening { row.get(1)? } else { 0 };
            let last_at = Timestamp::from_milliseconds(last_at);
            Ok(DeathCount { deaths: row.get(0)?, last_at })
        })
        .optional()?;
    Ok(found)
}
