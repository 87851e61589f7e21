//! Machines and their revisions. A definition is stored only in its revision.

use std::sync::Arc;

use model::{MachineVersions, ResourceName, Revision, RevisionId, StateMachine, Timestamp};
use orchestrator::{
    Fault,
    ports::{MachineCreation, StateMachineStore},
};
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use super::{
    SqliteStore,
    error::StoreError,
    log,
    session::WriteSession,
    store_caches::{StoreChange, machine_weight, revision_weight},
    unreadable_rows::{ReadRows, leave_out},
};

const MACHINE: &str = "
    SELECT m.name, m.body, r.body, m.versions
    FROM machines m JOIN revisions r ON r.id = m.revision
    WHERE m.name = ?1";
const MACHINES: &str = "
    SELECT m.name, m.body, r.body, m.versions
    FROM machines m JOIN revisions r ON r.id = m.revision
    WHERE m.name > ?1 ORDER BY m.name";

impl StateMachineStore for SqliteStore {
    async fn create_machine(&self, machine: StateMachine) -> Result<MachineCreation, Fault> {
        let parts = PreparedMachine::new(machine)?;
        loop {
            let copy = parts.clone();
            if self
                .run_command(parts.byte_len(), move |session| insert_machine(session, copy))
                .await?
            {
                return Ok(MachineCreation::Done);
            }
            // If it is gone, it was deleted after the insert found it: try again.
            if let Some(existing) = self.load_machine(&parts.machine.name).await? {
                return Ok(MachineCreation::Exists(existing));
            }
        }
    }

    async fn put_machine(&self, machine: StateMachine) -> Result<(), Fault> {
        let parts = PreparedMachine::new(machine)?;
        self.run_command(parts.byte_len(), move |session| update_machine(session, parts)).await
    }

    async fn replace_versions(
        &self,
        name: &ResourceName,
        versions: MachineVersions,
    ) -> Result<bool, Fault> {
        let body = log::to_json_text(name.as_str(), &versions)?;
        let name = name.clone();
        self.run_command(body.len(), move |session| {
            let replaced = session.execute_statement(
                "UPDATE machines SET versions = ?2, version_changes = ?3
                 WHERE name = ?1 AND body IS NOT NULL AND version_changes = ?3 - 1",
                params![name.as_str(), body, versions.changes],
            )?;
            if replaced > 0 {
                session.record_change(StoreChange::VersionsReplaced(name, Arc::new(versions)));
            }
            Ok(replaced > 0)
        })
        .await
    }

    async fn load_machine(&self, name: &ResourceName) -> Result<Option<Arc<StateMachine>>, Fault> {
        let machines = &self.caches().machines;
        if let Some(machine) = machines.get(name) {
            return Ok(Some(machine));
        }
        let seen_version = machines.shard_version(name);
        let wanted = name.clone();
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(MACHINE)?;
            let mut rows = statement.query([wanted.as_str()])?;
            rows.next()?.map(machine_from_row).transpose()
        };
        Ok(self.run_query(query).await?.inspect(|machine| {
            let weight = machine_weight(machine);
            machines.insert_if_unchanged(seen_version, name.clone(), Arc::clone(machine), weight);
        }))
    }

    async fn load_revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        let revisions = &self.caches().revisions;
        if let Some(revision) = revisions.get(id) {
            return Ok(Some(revision));
        }
        let seen_version = revisions.shard_version(id);
        let wanted = id.clone();
        let query = move |connection: &Connection| {
            let mut statement =
                connection.prepare_cached("SELECT body FROM revisions WHERE id = ?1")?;
            let mut rows = statement.query([wanted.as_str()])?;
            rows.next()?.map(|row| revision_from_row(wanted.as_str(), row, 0)).transpose()
        };
        Ok(self.run_query(query).await?.map(|revision| {
            let revision = Arc::new(revision);
            let weight = revision_weight(&revision);
            revisions.insert_if_unchanged(seen_version, id.clone(), Arc::clone(&revision), weight);
            revision
        }))
    }

    async fn list_machines(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        let after = after.map_or_else(String::new, ResourceName::to_string);
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(MACHINES)?;
            let mut rows = statement.query(params![after])?;
            let (mut machines, mut left_out) = (Vec::new(), Vec::new());
            while machines.len() < limit as usize
                && let Some(row) = rows.next()?
            {
                machines.extend(leave_out(machine_from_row(row), &mut left_out)?);
            }
            Ok(ReadRows { rows: machines, left_out })
        };
        Ok(self.inner.unreadable.log_left_out_rows(self.run_query(query).await?))
    }

    /// One commit hides the machine and all its executions.
    async fn delete_machine(&self, name: &ResourceName) -> Result<(), Fault> {
        let name = name.clone();
        self.run_command(0, move |session| delete_machine_row(session, name)).await?;
        self.begin_sweep();
        Ok(())
    }

    async fn list_deleting_machines(&self, _: u32) -> Result<Vec<ResourceName>, Fault> {
        Ok(Vec::new())
    }

    async fn sweep_deleting_machine(&self, _: &ResourceName, _: Timestamp) -> Result<bool, Fault> {
        Ok(true)
    }
}

/// A machine, serialised and ready to be written.
#[derive(Clone)]
struct PreparedMachine {
    machine: Arc<StateMachine>,
    body: String,
    revision: String,
}

impl PreparedMachine {
    /// Nothing is published of it.
    fn new(machine: StateMachine) -> Result<Self, StoreError> {
        let versions = Arc::new(MachineVersions::of_new_machine(machine.created_at));
        let machine = StateMachine { versions, ..machine };
        let of = machine.name.as_str();
        let revision = log::to_json_text(of, &machine.revision)?;
        let mut body =
            serde_json::to_value(&machine).map_err(|error| StoreError::broken_entry(of, error))?;
        if let Value::Object(fields) = &mut body {
            fields.shift_remove(REVISION);
        }
        Ok(Self { body: log::to_json_text(of, &body)?, revision, machine: Arc::new(machine) })
    }

    fn byte_len(&self) -> usize {
        self.body.len() + self.revision.len()
    }
}

/// The JSON member of a machine that has a table of its own.
const REVISION: &str = "revision";

fn insert_machine(
    session: &mut WriteSession<'_>,
    parts: PreparedMachine,
) -> rusqlite::Result<bool> {
    let existing = session.find_row(
        "SELECT 1 FROM machines WHERE name = ?1 AND body IS NOT NULL",
        [parts.machine.name.as_str()],
        |_| Ok(()),
    )?;
    if existing.is_some() {
        return Ok(false);
    }
    let PreparedMachine { machine, body, revision } = parts;
    session.execute_statement(
        "INSERT INTO machines (name, revision, body, version_changes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO UPDATE SET revision = ?2, body = ?3, version_changes = ?4",
        params![
            machine.name.as_str(),
            machine.revision.id.as_str(),
            body,
            machine.versions.changes
        ],
    )?;
    insert_revision(session, &machine, &revision)?;
    session.record_change(StoreChange::MachineCreated(machine));
    Ok(true)
}

fn update_machine(session: &mut WriteSession<'_>, parts: PreparedMachine) -> rusqlite::Result<()> {
    let PreparedMachine { machine, body, revision } = parts;
    let updated = session.execute_statement(
        "UPDATE machines SET revision = ?2, body = ?3 WHERE name = ?1 AND body IS NOT NULL",
        [machine.name.as_str(), machine.revision.id.as_str(), &body],
    )?;
    if updated > 0 {
        insert_revision(session, &machine, &revision)?;
        session.record_change(StoreChange::MachinePut(machine));
    }
    Ok(())
}

fn insert_revision(
    session: &WriteSession<'_>,
    machine: &StateMachine,
    body: &str,
) -> rusqlite::Result<()> {
    session.execute_statement(
        "INSERT INTO revisions (id, machine, body)
         SELECT ?2, id, ?3 FROM machines WHERE name = ?1 ON CONFLICT DO NOTHING",
        [machine.name.as_str(), machine.revision.id.as_str(), body],
    )?;
    Ok(())
}

fn delete_machine_row(session: &mut WriteSession<'_>, name: ResourceName) -> rusqlite::Result<()> {
    session.execute_statement(
        "INSERT INTO deleted_machines (id) SELECT id FROM machines WHERE name = ?1",
        [name.as_str()],
    )?;
    session.execute_statement("DELETE FROM machines WHERE name = ?1", [name.as_str()])?;
    session.state.reset_state();
    session.record_change(StoreChange::MachineDeleted(name));
    Ok(())
}

fn machine_from_row(row: &Row<'_>) -> Result<Arc<StateMachine>, StoreError> {
    let (name, body): (String, String) = (row.get(0)?, row.get(1)?);
    let mut body: Value = log::parse_json_text(&name, &body)?;
    let revision: Value = log::parse_json_text(&name, &row.get::<_, String>(2)?)?;
    if let Value::Object(fields) = &mut body {
        fields.insert(REVISION.to_owned(), revision);
    }
    let machine: StateMachine =
        serde_json::from_value(body).map_err(|error| StoreError::broken_entry(&name, error))?;
    let versions = match row.get::<_, Option<String>>(3)? {
        Some(versions) => log::parse_json_text(&name, &versions)?,
        None => MachineVersions::of_new_machine(machine.created_at),
    };
    Ok(Arc::new(StateMachine { versions: Arc::new(versions), ..machine }))
}

fn revision_from_row(id: &str, row: &Row<'_>, column: usize) -> Result<Revision, StoreError> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    log::parse_json_text(&format!("revision {id}"), text)
}
