//! State machines and their revisions. A definition is stored in its revision only. What a machine
//! has published is an attribute of its item, so it goes when the machine does.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use model::{
    MachineVersions, ResourceName, Revision, RevisionId, StateMachine, StateMachineStatus,
    Timestamp,
};
use orchestrator::{
    Fault,
    ports::{MachineCreation, StateMachineStore},
};
use serde_json::Value;

use crate::{
    Error,
    dynamodb_table::{
        ConditionalUpdate, ConditionalWrite, DynamoDbTable, QuerySource, TableQuery,
        try_join_bounded,
    },
    item::{self, TableItem},
    keys::{self, ItemKey},
    machine_deletion::DELETING_SINCE,
    packed_attribute::AttributeBudget,
    retry::{RetryBackoff, RetryPolicy, send_with_retry},
    schema::{LISTED_AS, LISTED_UNDER, LISTING},
};

const MACHINE: &str = "machine";
/// The id of the newest revision in a machine's item, and the revision itself in its own item. Also
/// the field of a machine's JSON that the machine's item leaves out.
const REVISION: &str = "revision";
/// A machine's versions and aliases; absent until it has any.
const VERSIONS: &str = "versions";
/// [`MachineVersions::changes`] of a machine.
const VERSION_CHANGES: &str = "version_changes";
/// The index partition that lists all machines but those that are being deleted.
const MACHINES: &str = "machines";

impl StateMachineStore for DynamoDbTable {
    async fn create_machine(&self, machine: StateMachine) -> Result<MachineCreation, Fault> {
        let mut pauses = RetryBackoff::new();
        loop {
            match self.create_machine_with_revision(&machine).await? {
                CreateMachineOutcome::Written => return Ok(MachineCreation::Done),
                CreateMachineOutcome::Exists(item) => {
                    // `None`: that machine has just been removed, so try again.
                    if let Some(existing) = self.read_machine_item(&item).await? {
                        return Ok(MachineCreation::Exists(Arc::new(existing)));
                    }
                }
                CreateMachineOutcome::Contended(error) => {
                    if !pauses.wait_before_retry().await {
                        return Err(error.into());
                    }
                }
            }
        }
    }

    /// Writes the revision first, so that a machine never names a missing one.
    async fn put_machine(&self, machine: StateMachine) -> Result<(), Fault> {
        let known = self.revision_cache().contains(&machine.revision.id);
        if !known {
            let revision = self.revision_item(&machine).await?;
            match self.put_item_if_absent(RetryPolicy::Idempotent, revision).await? {
                ConditionalWrite::Applied(()) | ConditionalWrite::ConditionFailed(_) => {}
            }
        }
        let update = ConditionalUpdate {
            key: keys::machine_key(&machine.name),
            expression: "SET #machine = :machine, #revision = :revision".to_owned(),
            condition: Some(condition_of_active_machine()),
            names: &[("#machine", MACHINE), ("#revision", REVISION)],
            values: vec![
                (":machine", self.machine_attribute(&machine).await?),
                (":revision", item::string_attribute(machine.revision.id.as_str())),
            ],
        };
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            // Nobody sees what was put before a deletion began.
            ConditionalWrite::Applied(_) | ConditionalWrite::ConditionFailed(_) => Ok(()),
        }
    }

    async fn replace_versions(
        &self,
        name: &ResourceName,
        versions: MachineVersions,
    ) -> Result<bool, Fault> {
        let key = keys::machine_key(name);
        let packed = self.pack_attribute(&key.pk, AttributeBudget::ItemHalf, &versions).await?;
        let active = condition_of_active_machine();
        let update = ConditionalUpdate {
            key,
            expression: format!("SET #versions = :versions, {VERSION_CHANGES} = :changes"),
            condition: Some(format!("{active} AND {VERSION_CHANGES} = :earlier")),
            names: &[("#versions", VERSIONS)],
            values: vec![
                (":versions", packed),
                (":changes", item::number_attribute(versions.changes)),
                (":earlier", item::number_attribute(versions.changes - 1)),
            ],
        };
        match self.update_item(RetryPolicy::NotIdempotent, update).await? {
            ConditionalWrite::Applied(_) => Ok(true),
            ConditionalWrite::ConditionFailed(_) => Ok(false),
        }
    }

    async fn load_machine(&self, name: &ResourceName) -> Result<Option<Arc<StateMachine>>, Fault> {
        match self.get_item(&keys::machine_key(name)).await? {
            Some(item) => Ok(self.read_machine_item(&item).await?.map(Arc::new)),
            None => Ok(None),
        }
    }

    async fn load_revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        Ok(self.load_cached_revision(id).await?)
    }

    async fn list_machines(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        let query = listing_query(MACHINES, after.map(ResourceName::as_str));
        let listed = self.query_items(query, limit as usize).await?;
        let keys = listed.iter().map(item::key_of_item).collect::<Result<Vec<ItemKey>, _>>()?;
        let items = self.get_items(&keys).await?;
        let machines = items.iter().flatten().map(|item| self.read_machine_item(item));
        let machines = try_join_bounded(machines.collect()).await?;
        Ok(machines.into_iter().flatten().map(Arc::new).collect())
    }

    async fn delete_machine(&self, name: &ResourceName) -> Result<(), Fault> {
        Ok(self.mark_machine_as_deleting(name).await?)
    }

    async fn list_deleting_machines(&self, limit: u32) -> Result<Vec<ResourceName>, Fault> {
        Ok(self.find_deleting_machines(limit as usize).await?)
    }

    async fn sweep_deleting_machine(
        &self,
        name: &ResourceName,
        stop_at: Timestamp,
    ) -> Result<bool, Fault> {
        Ok(self.sweep_machine(name, stop_at).await?)
    }
}

impl DynamoDbTable {
    /// Writes a machine and its revision in one transaction: of two machines of one name, the one
    /// that loses leaves no revision behind. The client token makes it safe to send it again.
    async fn create_machine_with_revision(
        &self,
        machine: &StateMachine,
    ) -> Result<CreateMachineOutcome, Error> {
        let broken = |error| Error::broken(machine.name.as_str(), error);
        let put = || Put::builder().table_name(self.table_name());
        let own = put()
            .set_item(Some(self.machine_item(machine).await?))
            .condition_expression(format!("attribute_not_exists({})", keys::PK))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(broken)?;
        let revision = put().set_item(Some(self.revision_item(machine).await?));
        let revision = revision.build().map_err(broken)?;
        let request = self
            .dynamodb_client()
            .transact_write_items()
            .client_request_token(uuid::Uuid::new_v4().to_string())
            .transact_items(TransactWriteItem::builder().put(own).build())
            .transact_items(TransactWriteItem::builder().put(revision).build());
        let send = || {
            let request = request.clone();
            async move {
                match request.send().await {
                    Ok(_) => Ok(CreateMachineOutcome::Written),
                    Err(SdkError::ServiceError(failed)) => match read_cancellation(failed.err()) {
                        Some(CancelledTransaction::Exists(item)) => {
                            Ok(CreateMachineOutcome::Exists(item))
                        }
                        Some(CancelledTransaction::Contended) => {
                            let source = Arc::new(SdkError::ServiceError(failed));
                            Ok(CreateMachineOutcome::Contended(Error::Contended(source)))
                        }
                        None => Err(SdkError::ServiceError(failed)),
                    },
                    Err(other) => Err(other),
                }
            }
        };
        send_with_retry(RetryPolicy::Idempotent, send).await
    }

    async fn machine_attribute(&self, machine: &StateMachine) -> Result<AttributeValue, Error> {
        let pk = keys::machine_key(&machine.name).pk;
        let broken = |error| Error::broken(machine.name.as_str(), error);
        let mut body = serde_json::to_value(machine).map_err(broken)?;
        if let Value::Object(fields) = &mut body {
            fields.shift_remove(REVISION);
        }
        self.pack_attribute(&pk, AttributeBudget::ItemHalf, &body).await
    }

    /// The item of a machine that has published nothing.
    async fn machine_item(&self, machine: &StateMachine) -> Result<TableItem, Error> {
        let key = keys::machine_key(&machine.name);
        let changes = MachineVersions::of_new_machine(machine.created_at).changes;
        let mut item = item::item_with_key(&key);
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        set(MACHINE, self.machine_attribute(machine).await?);
        set(VERSION_CHANGES, item::number_attribute(changes));
        set(REVISION, item::string_attribute(machine.revision.id.as_str()));
        set(LISTED_UNDER, item::string_attribute(MACHINES));
        set(LISTED_AS, item::string_attribute(machine.name.as_str()));
        Ok(item)
    }

    async fn revision_item(&self, machine: &StateMachine) -> Result<TableItem, Error> {
        let id = &machine.revision.id;
        let key = keys::revision_key(id);
        let mut item = item::item_with_key(&key);
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        set(
            REVISION,
            self.pack_attribute(&key.pk, AttributeBudget::WholeItem, &machine.revision).await?,
        );
        set(LISTED_UNDER, item::string_attribute(revisions_partition(&machine.name)));
        set(LISTED_AS, item::string_attribute(id.as_str()));
        Ok(item)
    }

    /// `None` if the machine and its revision have just been removed.
    async fn read_machine_item(&self, item: &TableItem) -> Result<Option<StateMachine>, Error> {
        let pk = item::read_string(item, keys::PK)?;
        let id = RevisionId::new(item::read_string(item, REVISION)?);
        let Some(revision) = self.load_cached_revision(&id).await? else { return Ok(None) };
        let mut body: Value = self.unpack_attribute(pk, item.get(MACHINE)).await?;
        let broken = |error| Error::broken(pk, error);
        if let Value::Object(fields) = &mut body {
            let revision = serde_json::to_value(&*revision).map_err(broken)?;
            fields.insert(REVISION.to_owned(), revision);
        }
        let mut machine: StateMachine = serde_json::from_value(body).map_err(broken)?;
        machine.versions = Arc::new(match item.get(VERSIONS) {
            Some(versions) => self.unpack_attribute(pk, Some(versions)).await?,
            None => MachineVersions::of_new_machine(machine.created_at),
        });
        if item.contains_key(DELETING_SINCE) {
            machine.status = StateMachineStatus::Deleting;
        }
        Ok(Some(machine))
    }

    /// Loads a revision, or takes it from the cache: revisions never change.
    async fn load_cached_revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Error> {
        let known = self.revision_cache().get(id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let key = keys::revision_key(id);
        let Some(item) = self.get_item(&key).await? else { return Ok(None) };
        let revision: Arc<Revision> =
            Arc::new(self.unpack_attribute(&key.pk, item.get(REVISION)).await?);
        self.revision_cache().put(id.clone(), Arc::clone(&revision));
        Ok(Some(revision))
    }
}

fn condition_of_active_machine() -> String {
    format!("attribute_exists({}) AND attribute_not_exists({DELETING_SINCE})", keys::PK)
}

/// The outcome of creating a machine and its revision.
enum CreateMachineOutcome {
    Written,
    /// A machine of that name exists; holds its item.
    Exists(TableItem),
    /// Another transaction or throttling cancelled this one.
    Contended(Error),
}

/// Why a transaction was cancelled.
enum CancelledTransaction {
    Exists(TableItem),
    Contended,
}

/// Spec: `TransactWriteItems` § `TransactionCanceledException`.
fn read_cancellation(error: &TransactWriteItemsError) -> Option<CancelledTransaction> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return None;
    };
    let mut contended = false;
    for reason in cancelled.cancellation_reasons() {
        match (reason.code(), &reason.item) {
            (Some("ConditionalCheckFailed"), Some(item)) => {
                return Some(CancelledTransaction::Exists(item.clone()));
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
    contended.then_some(CancelledTransaction::Contended)
}

pub(crate) fn revisions_partition(machine: &ResourceName) -> String {
    format!("revisions#{machine}")
}

/// A query for an index partition, in the order of its names, after one of them.
pub(crate) fn listing_query(under: &str, after: Option<&str>) -> TableQuery {
    let mut values = vec![(":under", item::string_attribute(under))];
    values.extend(after.map(|after| (":after", item::string_attribute(after))));
    let condition = match after {
        Some(_) => format!("{LISTED_UNDER} = :under AND {LISTED_AS} > :after"),
        None => format!("{LISTED_UNDER} = :under"),
    };
    let source = QuerySource::Index(LISTING);
    TableQuery { source, condition, values, projection: None, forward: true }
}
