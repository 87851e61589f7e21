//! Removes the rows of deleted machines in small steps.

use orchestrator::Fault;
use rusqlite::params;
use tracing::warn;

use super::{SqliteStore, session::WriteSession};

/// Most rows that one command removes, so that other commands do not wait long.
const ROWS_MAX: usize = 200;

impl SqliteStore {
    /// Removes the rows of deleted machines in the background. What is left when the process ends,
    /// the next one removes.
    pub(crate) fn begin_sweep(&self) {
        let store = self.clone();
        tokio::spawn(async move {
            if let Err(fault) = store.finish_sweep().await {
                warn!(%fault, "the rows of deleted state machines are removed later");
            }
        });
    }

    /// Once this returns, no row of a deleted machine is left.
    pub(super) async fn finish_sweep(&self) -> Result<(), Fault> {
        while self.run_command(0, sweep_deleted_machines).await? {}
        Ok(())
    }
}

/// Removes some rows of deleted machines. Returns whether rows remain.
fn sweep_deleted_machines(session: &mut WriteSession<'_>) -> rusqlite::Result<bool> {
    let mut budget = ROWS_MAX;
    while budget > 0 {
        let machine =
            session.find_row("SELECT min(id) FROM deleted_machines", [], |row| row.get(0))?;
        let Some(machine) = machine.flatten() else { return Ok(false) };
        budget = budget.saturating_sub(sweep_machine(session, machine, budget)?);
    }
    Ok(true)
}

/// Removes about `limit` rows of a machine. Returns how many were removed, at least one.
fn sweep_machine(
    session: &WriteSession<'_>,
    machine: i64,
    limit: usize,
) -> rusqlite::Result<usize> {
    let execution = session.find_row(
        "SELECT id FROM executions WHERE machine = ?1 LIMIT 1",
        [machine],
        |row| row.get(0),
    )?;
    if let Some(execution) = execution {
        return sweep_execution(session, execution, limit);
    }
    session.execute_statement("DELETE FROM revisions WHERE machine = ?1", [machine])?;
    session.execute_statement("DELETE FROM deleted_machines WHERE id = ?1", [machine])
}

/// Deletes the execution's own row last, because the other rows are found through it.
fn sweep_execution(
    session: &WriteSession<'_>,
    execution: i64,
    limit: usize,
) -> rusqlite::Result<usize> {
    let limit_rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut gone = session.execute_statement(
        "DELETE FROM records WHERE id IN
            (SELECT id FROM records WHERE execution = ?1 LIMIT ?2)",
        params![execution, limit_rows],
    )?;
    if gone < limit {
        gone += sweep_fan_ins(session, execution, limit - gone)?;
    }
    if gone < limit {
        // There are few: a message has one only while it is handled.
        session.execute_statement("DELETE FROM deaths WHERE execution = ?1", [execution])?;
        gone += session.execute_statement("DELETE FROM executions WHERE id = ?1", [execution])?;
    }
    Ok(gone)
}

fn sweep_fan_ins(
    session: &WriteSession<'_>,
    execution: i64,
    limit: usize,
) -> rusqlite::Result<usize> {
    let limit_rows = i64::try_from(limit).unwrap_or(i64::MAX);
    session.execute_statement(
        "DELETE FROM fan_in_items WHERE execution = ?1 AND (frame, number, kind, part) IN
            (SELECT frame, number, kind, part FROM fan_in_items WHERE execution = ?1 LIMIT ?2)",
        params![execution, limit_rows],
    )
}
