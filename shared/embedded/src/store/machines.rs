//! Machines and their revisions; a definition stands in its revision only.

use std::sync::Arc;

use model::{Name, Revision, RevisionId, StateMachine};
use orchestrator::{
    Fault,
    ports::{CreatedMachine, Machines},
};
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use super::{
    Store,
    caches::{Change, revision_weight},
    error::Error,
    log,
    session::Session,
};

const MACHINE: &str = "
    SELECT m.name, m.body, r.body FROM machines m JOIN revisions r ON r.id = m.revision
    WHERE m.name = ?1";
const MACHINES: &str = "
    SELECT m.name, m.body, r.body FROM machines m JOIN revisions r ON r.id = m.revision
    WHERE m.name > ?1 ORDER BY m.name LIMIT ?2";

impl Machines for Store {
    async fn create_machine(&self, machine: StateMachine) -> Result<CreatedMachine, Fault> {
        let parts = Parts::new(machine)?;
        loop {
            let copy = parts.clone();
            if self.write(parts.bytes(), move |session| create(session, copy)).await? {
                return Ok(CreatedMachine::Done);
            }
            // It may have been deleted in between.
            if let Some(existing) = self.machine(&parts.machine.name).await? {
                return Ok(CreatedMachine::Exists(existing));
            }
        }
    }

    async fn put_machine(&self, machine: StateMachine) -> Result<(), Fault> {
        let parts = Parts::new(machine)?;
        self.write(parts.bytes(), move |session| put(session, parts)).await
    }

    async fn machine(&self, name: &Name) -> Result<Option<Arc<StateMachine>>, Fault> {
        let machines = &self.caches().machines;
        if let Some(machine) = machines.get(name) {
            return Ok(Some(machine));
        }
        let ticket = machines.ticket(name);
        let wanted = name.clone();
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(MACHINE)?;
            let mut rows = statement.query([wanted.as_str()])?;
            rows.next()?.map(machine_of).transpose()
        };
        Ok(self.read(query).await?.inspect(|machine| {
            let weight = revision_weight(&machine.revision);
            machines.offer(ticket, name.clone(), Arc::clone(machine), weight);
        }))
    }

    async fn revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        let revisions = &self.caches().revisions;
        if let Some(revision) = revisions.get(id) {
            return Ok(Some(revision));
        }
        let ticket = revisions.ticket(id);
        let wanted = id.clone();
        let query = move |connection: &Connection| {
            let mut statement =
                connection.prepare_cached("SELECT body FROM revisions WHERE id = ?1")?;
            let mut rows = statement.query([wanted.as_str()])?;
            rows.next()?.map(|row| revision_of(wanted.as_str(), row, 0)).transpose()
        };
        Ok(self.read(query).await?.map(|revision| {
            let revision = Arc::new(revision);
            let weight = revision_weight(&revision);
            revisions.offer(ticket, id.clone(), Arc::clone(&revision), weight);
            revision
        }))
    }

    async fn machines(
        &self,
        limit: u32,
        after: Option<&Name>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        let after = after.map_or_else(String::new, Name::to_string);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(MACHINES)?;
            let mut rows = statement.query(params![after, limit])?;
            let mut machines = Vec::new();
            while let Some(row) = rows.next()? {
                machines.push(machine_of(row)?);
            }
            Ok(machines)
        })
        .await
    }

    /// Everything of the machine is out of sight with the first commit; its rows are removed in
    /// small commits after that, and what a crash leaves, by the next deletion.
    async fn delete_machine(&self, name: &Name) -> Result<(), Fault> {
        let name = name.clone();
        self.write(0, move |session| delete(session, name)).await?;
        while self.write(0, super::sweep::sweep).await? {}
        Ok(())
    }
}

/// A machine, ready to be written.
#[derive(Clone)]
struct Parts {
    machine: Arc<StateMachine>,
    body: String,
    revision: String,
}

impl Parts {
    fn new(machine: StateMachine) -> Result<Self, Error> {
        let of = machine.name.as_str();
        let revision = log::text(of, &machine.revision)?;
        let mut body = serde_json::to_value(&machine).map_err(|error| Error::broken(of, error))?;
        if let Value::Object(fields) = &mut body {
            fields.shift_remove(REVISION);
        }
        Ok(Self { body: log::text(of, &body)?, revision, machine: Arc::new(machine) })
    }

    fn bytes(&self) -> usize {
        self.body.len() + self.revision.len()
    }
}

/// The field of a machine's shape that stands in a table of its own.
const REVISION: &str = "revision";

fn create(session: &mut Session<'_>, parts: Parts) -> rusqlite::Result<bool> {
    let existing = session.find(
        "SELECT 1 FROM machines WHERE name = ?1 AND body IS NOT NULL",
        [parts.machine.name.as_str()],
        |_| Ok(()),
    )?;
    if existing.is_some() {
        return Ok(false);
    }
    put(session, parts)?;
    Ok(true)
}

fn put(session: &mut Session<'_>, parts: Parts) -> rusqlite::Result<()> {
    let Parts { machine, body, revision } = parts;
    let (name, id) = (machine.name.as_str(), machine.revision.id.as_str());
    session.execute(
        "INSERT INTO machines (name, revision, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET revision = ?2, body = ?3",
        [name, id, &body],
    )?;
    session.execute(
        "INSERT INTO revisions (id, machine, body)
         SELECT ?2, id, ?3 FROM machines WHERE name = ?1 ON CONFLICT DO NOTHING",
        [name, id, &revision],
    )?;
    session.changed(Change::MachinePut(machine));
    Ok(())
}

fn delete(session: &mut Session<'_>, name: Name) -> rusqlite::Result<()> {
    session.execute(
        "INSERT INTO deleted_machines (id) SELECT id FROM machines WHERE name = ?1",
        [name.as_str()],
    )?;
    session.execute("DELETE FROM machines WHERE name = ?1", [name.as_str()])?;
    session.state.forget();
    session.changed(Change::MachineDeleted(name));
    Ok(())
}

fn machine_of(row: &Row<'_>) -> Result<Arc<StateMachine>, Error> {
    let (name, body): (String, String) = (row.get(0)?, row.get(1)?);
    let mut body: Value = log::parsed(&name, &body)?;
    let revision: Value = log::parsed(&name, &row.get::<_, String>(2)?)?;
    if let Value::Object(fields) = &mut body {
        fields.insert(REVISION.to_owned(), revision);
    }
    serde_json::from_value(body).map(Arc::new).map_err(|error| Error::broken(name, error))
}

fn revision_of(id: &str, row: &Row<'_>, column: usize) -> Result<Revision, Error> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    log::parsed(&format!("revision {id}"), text)
}
