//! The deletion of a state machine, with all its executions.
//!
//! ```text
//! mark ─▶ status DELETING ─▶ sweep, again and again: ended executions ─▶ machine ─▶ revisions
//! ```
//!
//! Invariant: nothing is removed that a worker may still write to, since what it writes then would
//! belong to a later execution of that name. Of an execution that has not succeeded, a worker may
//! still be in a call: it is removed once no invocation of that time is left. Of any other, a message
//! may still carry a record: it is removed once no worker uses that any more.

use model::{ExecutionStatus, ResourceName, Timestamp};

use crate::{
    Error,
    dynamodb_table::{
        ConditionalUpdate, ConditionalWrite, DynamoDbTable, QuerySource, TableQuery,
        try_join_bounded,
    },
    execution_lists::{ListedRow, SHARDS},
    gates::{GATE_SIZE_AND_KEYS, bucket_count},
    item,
    keys::{self, ItemKey},
    machines::{listing_query, revisions_partition},
    retry::RetryPolicy,
    schema::{LISTED_AS, LISTED_UNDER},
    sent_records::KEPT_AFTER_END_MILLISECONDS,
};

/// Since when a machine is being deleted, in milliseconds since 1970.
pub(crate) const DELETING_SINCE: &str = "deleting_since";
/// The index partition that lists the machines that are being deleted.
const DELETING_MACHINES: &str = "deleting-machines";
/// Executions that are removed at a time.
const REMOVED_AT_ONCE: usize = 100;
/// The longest time that an invocation takes, with a minute by which clocks may differ.
///
/// Spec: Lambda quotas, function timeout: 15 minutes.
const INVOCATION_MILLISECONDS_MAX: i64 = 16 * 60_000;

impl DynamoDbTable {
    /// From then on nothing of the machine starts. Does nothing if there is none.
    pub(crate) async fn mark_machine_as_deleting(&self, name: &ResourceName) -> Result<(), Error> {
        let now = self.retention_period().current_time();
        let update = ConditionalUpdate {
            key: keys::machine_key(name),
            expression: format!(
                "SET {DELETING_SINCE} = if_not_exists({DELETING_SINCE}, :now), \
                 {LISTED_UNDER} = :under"
            ),
            condition: Some(format!("attribute_exists({})", keys::PK)),
            names: &[],
            values: vec![
                (":now", item::number_attribute(now.as_milliseconds())),
                (":under", item::string_attribute(DELETING_MACHINES)),
            ],
        };
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            ConditionalWrite::Applied(_) | ConditionalWrite::ConditionFailed(_) => Ok(()),
        }
    }

    pub(crate) async fn find_deleting_machines(
        &self,
        limit: usize,
    ) -> Result<Vec<ResourceName>, Error> {
        let listed = self.query_items(listing_query(DELETING_MACHINES, None), limit).await?;
        let name = |item| {
            let name = ResourceName::parse(item::read_string(item, LISTED_AS)?);
            name.map_err(|error| item::broken_item(item, &error.to_string()))
        };
        listed.iter().map(name).collect()
    }

    /// Removes what may be removed, and the machine once nothing is left. Returns whether it is gone.
    pub(crate) async fn sweep_machine(
        &self,
        name: &ResourceName,
        stop_at: Timestamp,
    ) -> Result<bool, Error> {
        let key = keys::machine_key(name);
        let Some(machine) = self.get_item(&key).await? else { return Ok(true) };
        let since: Option<i64> = item::read_number(&machine, DELETING_SINCE)?;
        let Some(since) = since else { return Ok(true) };
        let mut is_empty = true;
        for status in ExecutionStatus::ALL {
            for shard in 0..SHARDS {
                is_empty &= self.sweep_listed(name, (status, shard), stop_at).await?;
            }
        }
        if !is_empty {
            return Ok(false);
        }
        let revisions =
            self.query_items(listing_query(&revisions_partition(name), None), usize::MAX).await?;
        let revisions = revisions.iter().map(item::key_of_item).collect::<Result<Vec<_>, _>>()?;
        // Another sweep may have removed the machine, and somebody may have created another one.
        let condition = format!("{DELETING_SINCE} = :since");
        let values = vec![(":since", item::number_attribute(since))];
        if self.delete_item_if(&key, condition, values).await? {
            self.delete_items(&revisions).await?;
        }
        Ok(true)
    }

    /// Removes the executions of a shard that may be removed. Returns whether all were.
    async fn sweep_listed(
        &self,
        machine: &ResourceName,
        shard: (ExecutionStatus, u32),
        stop_at: Timestamp,
    ) -> Result<bool, Error> {
        let (mut after, mut is_empty): (Option<String>, _) = (None, true);
        loop {
            let now = self.retention_period().current_time();
            let limit = REMOVED_AT_ONCE;
            let rows = self.query_listed_rows(machine, shard, after.as_deref(), limit).await?;
            let removable = rows.iter().filter(|row| is_removable(row, now));
            let ids: Vec<&str> = removable.map(|row| row.execution.id.as_str()).collect();
            is_empty &= ids.len() == rows.len();
            let removals = ids.into_iter().map(|pk| self.delete_execution_items(pk.to_owned()));
            try_join_bounded(removals.collect()).await?;
            match rows.last() {
                Some(last) if rows.len() == limit => after = Some(last.cursor.clone()),
                Some(_) | None => return Ok(is_empty),
            }
            if now >= stop_at {
                return Ok(false);
            }
        }
    }

    /// Removes all items of one execution. Its first record is the last, so that an execution with
    /// items left stays listed and the next sweep removes it.
    async fn delete_execution_items(&self, pk: String) -> Result<(), Error> {
        let query = TableQuery {
            source: QuerySource::Table,
            condition: format!("{} = :pk", keys::PK),
            values: vec![(":pk", item::string_attribute(&pk))],
            projection: Some(GATE_SIZE_AND_KEYS),
            forward: true,
        };
        let items = self.query_items(query, usize::MAX).await?;
        let keys = items.iter().map(item::key_of_item).collect::<Result<Vec<ItemKey>, _>>()?;
        let first = keys::first_record_key(pk);
        for (item, gate) in items.iter().zip(&keys).filter(|(_, key)| keys::is_gate_key(key)) {
            // The gate tells of its buckets, so it goes after them.
            self.delete_items(&keys::bucket_keys_of_gate(gate, bucket_count(item)?)).await?;
        }
        let others: Vec<ItemKey> = keys.into_iter().filter(|key| *key != first).collect();
        self.delete_items(&others).await?;
        self.delete_item(&first).await
    }
}

fn is_removable(ListedRow { execution, .. }: &ListedRow, now: Timestamp) -> bool {
    let Some(stopped_at) = execution.stopped_at else { return false };
    let kept = match execution.status {
        ExecutionStatus::Succeeded => KEPT_AFTER_END_MILLISECONDS,
        ExecutionStatus::Running
        | ExecutionStatus::Failed
        | ExecutionStatus::TimedOut
        | ExecutionStatus::Aborted => INVOCATION_MILLISECONDS_MAX,
    };
    now >= stopped_at.plus_milliseconds(kept)
}
