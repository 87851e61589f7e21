//! Machines and their revisions, a definition standing in its revision only.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use model::{Name, Revision, RevisionId, StateMachine};
use orchestrator::{
    Fault,
    ports::{CreatedMachine, Machines},
};
use serde_json::Value;

use crate::{
    Error,
    body::Room,
    item::{self, Item},
    keys::{self, Key},
    retry::{Pauses, Twice, persist},
    schema::{LISTED_AS, LISTED_UNDER, LISTING},
    table::{Query, Table, Written, all},
};

const MACHINE: &str = "machine";
/// The id of a machine's newest revision, in its item, and the field of its shape that stands in an
/// item of its own.
const REVISION: &str = "revision";
/// What machines are listed under.
const MACHINES: &str = "machines";
/// Executions that are looked up at once to be removed.
const REMOVED_AT_ONCE: usize = 100;

impl Machines for Table {
    async fn create_machine(&self, machine: StateMachine) -> Result<CreatedMachine, Fault> {
        let mut pauses = Pauses::begin();
        loop {
            match self.create_both(&machine).await? {
                Both::Written => return Ok(CreatedMachine::Done),
                Both::Exists(item) => {
                    // It may be deleted at this very moment.
                    if let Some(existing) = self.machine_of(&item).await? {
                        return Ok(CreatedMachine::Exists(Arc::new(existing)));
                    }
                }
                Both::Contended(error) => {
                    if !pauses.pause().await {
                        return Err(error.into());
                    }
                }
            }
        }
    }

    /// The revision comes first: a machine never names one that is not there.
    async fn put_machine(&self, machine: StateMachine) -> Result<(), Fault> {
        let known = self.revisions().contains(&machine.revision.id);
        if !known {
            let revision = self.revision_item(&machine).await?;
            match self.put_new(Twice::IsOnce, revision).await? {
                Written::Done(()) | Written::Refused(_) => {}
            }
        }
        Ok(self.put(self.machine_item(&machine).await?).await?)
    }

    async fn machine(&self, name: &Name) -> Result<Option<Arc<StateMachine>>, Fault> {
        match self.get(&keys::machine(name)).await? {
            Some(item) => Ok(self.machine_of(&item).await?.map(Arc::new)),
            None => Ok(None),
        }
    }

    async fn revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        Ok(self.shared_revision(id).await?)
    }

    async fn machines(
        &self,
        limit: u32,
        after: Option<&Name>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        let query = listing(MACHINES, after.map(Name::as_str));
        let listed = self.query_all(query, limit as usize).await?;
        let keys = listed.iter().map(item::key_of).collect::<Result<Vec<Key>, _>>()?;
        let items = self.get_all(&keys).await?;
        let machines = items.iter().flatten().map(|item| self.machine_of(item));
        let machines = all(machines.collect()).await?;
        Ok(machines.into_iter().flatten().map(Arc::new).collect())
    }

    /// The machine goes first, so that nothing more is started; each execution's first record goes
    /// last, so that an execution of which anything is left is still listed and goes with the next
    /// deletion. Revisions go when nothing runs by them any more.
    async fn delete_machine(&self, name: &Name) -> Result<(), Fault> {
        self.delete(&keys::machine(name)).await?;
        loop {
            let executions = self.some_executions(name, REMOVED_AT_ONCE).await?;
            if executions.is_empty() {
                break;
            }
            let removals = executions.into_iter().map(|pk| self.delete_execution(pk));
            all(removals.collect()).await?;
        }
        let revisions = self.query_all(listing(&revisions_of(name), None), usize::MAX).await?;
        let keys = revisions.iter().map(item::key_of).collect::<Result<Vec<Key>, _>>()?;
        Ok(self.delete_all(&keys).await?)
    }
}

impl Table {
    /// Of two machines of one name, the one that loses leaves no revision behind. The token makes
    /// it safe to send it again.
    async fn create_both(&self, machine: &StateMachine) -> Result<Both, Error> {
        let broken = |error| Error::broken(machine.name.as_str(), error);
        let put = || Put::builder().table_name(self.name());
        let own = put()
            .set_item(Some(self.machine_item(machine).await?))
            .condition_expression(format!("attribute_not_exists({})", keys::PK))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(broken)?;
        let revision = put().set_item(Some(self.revision_item(machine).await?));
        let revision = revision.build().map_err(broken)?;
        let request = self
            .client()
            .transact_write_items()
            .client_request_token(uuid::Uuid::new_v4().to_string())
            .transact_items(TransactWriteItem::builder().put(own).build())
            .transact_items(TransactWriteItem::builder().put(revision).build());
        let send = || {
            let request = request.clone();
            async move {
                match request.send().await {
                    Ok(_) => Ok(Both::Written),
                    Err(SdkError::ServiceError(failed)) => match cancelled(failed.err()) {
                        Some(Cancelled::Exists(item)) => Ok(Both::Exists(item)),
                        Some(Cancelled::Contended) => {
                            let source = Arc::new(SdkError::ServiceError(failed));
                            Ok(Both::Contended(Error::Contended(source)))
                        }
                        None => Err(SdkError::ServiceError(failed)),
                    },
                    Err(other) => Err(other),
                }
            }
        };
        persist(Twice::IsOnce, send).await
    }

    async fn machine_item(&self, machine: &StateMachine) -> Result<Item, Error> {
        let key = keys::machine(&machine.name);
        let broken = |error| Error::broken(machine.name.as_str(), error);
        let mut body = serde_json::to_value(machine).map_err(broken)?;
        if let Value::Object(fields) = &mut body {
            fields.shift_remove(REVISION);
        }
        let mut item = item::of_key(&key);
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        set(MACHINE, self.pack(&key.pk, Room::Alone, &body).await?);
        set(REVISION, item::text(machine.revision.id.as_str()));
        set(LISTED_UNDER, item::text(MACHINES));
        set(LISTED_AS, item::text(machine.name.as_str()));
        Ok(item)
    }

    async fn revision_item(&self, machine: &StateMachine) -> Result<Item, Error> {
        let id = &machine.revision.id;
        let key = keys::revision(id);
        let mut item = item::of_key(&key);
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        set(REVISION, self.pack(&key.pk, Room::Alone, &machine.revision).await?);
        set(LISTED_UNDER, item::text(revisions_of(&machine.name)));
        set(LISTED_AS, item::text(id.as_str()));
        Ok(item)
    }

    /// None if it is being deleted, its revisions being gone.
    async fn machine_of(&self, item: &Item) -> Result<Option<StateMachine>, Error> {
        let pk = item::text_of(item, keys::PK)?;
        let id = RevisionId::new(item::text_of(item, REVISION)?);
        let Some(revision) = self.shared_revision(&id).await? else { return Ok(None) };
        let mut body: Value = self.unpack(pk, item.get(MACHINE)).await?;
        let broken = |error| Error::broken(pk, error);
        if let Value::Object(fields) = &mut body {
            let revision = serde_json::to_value(&*revision).map_err(broken)?;
            fields.insert(REVISION.to_owned(), revision);
        }
        serde_json::from_value(body).map(Some).map_err(broken)
    }

    /// A revision never changes, so one that was seen is remembered.
    async fn shared_revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Error> {
        let known = self.revisions().get(id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let key = keys::revision(id);
        let Some(item) = self.get(&key).await? else { return Ok(None) };
        let revision: Arc<Revision> = Arc::new(self.unpack(&key.pk, item.get(REVISION)).await?);
        self.revisions().put(id.clone(), Arc::clone(&revision));
        Ok(Some(revision))
    }

    /// Everything of one execution, its first record last.
    async fn delete_execution(&self, pk: String) -> Result<(), Error> {
        let query = Query {
            index: None,
            condition: format!("{} = :pk", keys::PK),
            values: vec![(":pk", item::text(&pk))],
            projection: Some("pk, sk"),
            forward: true,
        };
        let items = self.query_all(query, usize::MAX).await?;
        let keys = items.iter().map(item::key_of).collect::<Result<Vec<Key>, _>>()?;
        let first = keys::first_of(pk);
        let others: Vec<Key> = keys.into_iter().filter(|key| *key != first).collect();
        self.delete_all(&others).await?;
        self.delete(&first).await
    }
}

/// What became of a machine and its revision.
enum Both {
    Written,
    /// There is a machine of that name.
    Exists(Item),
    /// Something else was in the way.
    Contended(Error),
}

/// Why a transaction did not happen.
enum Cancelled {
    Exists(Item),
    Contended,
}

/// Spec: `TransactWriteItems` § `TransactionCanceledException`.
fn cancelled(error: &TransactWriteItemsError) -> Option<Cancelled> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return None;
    };
    let mut contended = false;
    for reason in cancelled.cancellation_reasons() {
        match (reason.code(), &reason.item) {
            (Some("ConditionalCheckFailed"), Some(item)) => {
                return Some(Cancelled::Exists(item.clone()));
            }
            (
                Some(
                    "TransactionConflict"
                    | "ThrottlingError"
                    | "ProvisionedThroughputExceeded"
                    | "ConditionalCheckFailed",
                ),
                _,
            ) => {
                contended = true;
            }
            _ => {}
        }
    }
    contended.then_some(Cancelled::Contended)
}

fn revisions_of(machine: &Name) -> String {
    format!("revisions#{machine}")
}

/// What is listed under that, in the order of its names, after one of them.
fn listing(under: &str, after: Option<&str>) -> Query {
    let mut values = vec![(":under", item::text(under))];
    values.extend(after.map(|after| (":after", item::text(after))));
    let condition = match after {
        Some(_) => format!("{LISTED_UNDER} = :under AND {LISTED_AS} > :after"),
        None => format!("{LISTED_UNDER} = :under"),
    };
    Query { index: Some(LISTING), condition, values, projection: None, forward: true }
}
