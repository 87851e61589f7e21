//! Executions. One item is both the execution and record 0 of its root frame, so a start is one
//! conditional put. The item is updated when the execution ends and when it is redriven.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use model::{
    Execution, ExecutionFacts, ExecutionId, ExecutionStatus, FrameOutcome, FramePath, Payload,
    PayloadAddress, Record, RecordNumber, RedriveDetails, ResourceName, StoredRecord, Timestamp,
    limits::PAYLOAD_REFERENCE_BYTES_MIN,
};
use orchestrator::{
    Fault,
    ports::{ExecutionCreation, ExecutionFilter, ExecutionPage, ExecutionStore, StatusWrite},
};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    dynamodb_table::{
        self, ConditionalUpdate, ConditionalWrite, DynamoDbTable, QuerySource, TableQuery,
    },
    execution_lists::{ListedRow, SHARDS, is_list_cursor, listing_partition, listing_values},
    item::{self, TableItem},
    keys,
    packed_attribute::AttributeBudget,
    record_log::RECORD,
    retention::EXPIRES_AT,
    retry::RetryPolicy,
    schema::{LISTED_AS, LISTED_UNDER, LISTING, REDRIVEN, STARTED_AT, STARTED_VERSION, STOPPED_AT},
};

/// The packed [`ExecutionSupplement`].
const EXECUTION: &str = "execution";
/// How the execution ended, as a packed attribute; absent while it runs, and if record 0 of its root
/// frame is its end.
pub(crate) const OUTCOME: &str = "outcome";
/// How often the execution was redriven; absent if it never was.
const REDRIVES: &str = "redrives";

/// Rows that are read at once where a list leaves out some of them.
const FILTERED_ROWS: usize = 100;

const NAMES: &[(&str, &str)] = &[
    ("#redriven", REDRIVEN),
    ("#redrives", REDRIVES),
    ("#outcome", OUTCOME),
    ("#stopped", STOPPED_AT),
    ("#under", LISTED_UNDER),
    ("#as", LISTED_AS),
    ("#record", RECORD),
    ("#expires", EXPIRES_AT),
];
/// `DynamoDB` refuses names that an expression does not use.
const NAMES_WITHOUT_REDRIVEN: &[(&str, &str)] = NAMES.split_at(1).1;

/// The parts of an execution that record 0 of its root frame does not hold.
#[derive(Serialize, Deserialize)]
struct ExecutionSupplement {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<Arc<ExecutionFacts>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<Payload>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace_header: Option<String>,
}

/// How an execution ended, as its item has it.
#[derive(Serialize, Deserialize)]
enum StoredOutcome {
    #[serde(rename = "o")]
    Whole(FrameOutcome),
    /// It succeeded, and the record at this address holds the output.
    #[serde(rename = "at")]
    OutputAt(String),
}

impl StoredOutcome {
    /// Refers to the output, unless it is short or its record expires before the execution.
    fn from_outcome(outcome: &FrameOutcome, expires: impl Fn(&PayloadAddress) -> bool) -> Self {
        let address = match outcome {
            FrameOutcome::Succeeded(output)
                if output.json_text().len() >= PAYLOAD_REFERENCE_BYTES_MIN =>
            {
                output.address().filter(|address| !expires(address))
            }
            FrameOutcome::Succeeded(_)
            | FrameOutcome::Failed(_)
            | FrameOutcome::TimedOut(_)
            | FrameOutcome::Aborted(_) => None,
        };
        match address {
            Some(address) => Self::OutputAt(address.to_string()),
            None => Self::Whole(outcome.clone()),
        }
    }
}

impl ExecutionStore for DynamoDbTable {
    async fn create_execution(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<ExecutionCreation, Fault> {
        let (item, first) = self.build_execution_item(id, &execution, &first).await?;
        match self.put_item_if_absent(RetryPolicy::NotIdempotent, item).await? {
            ConditionalWrite::Applied(()) => {
                first.mark_durable(&FramePath::ROOT, RecordNumber::FIRST);
                self.cache_held_payloads(id.as_str(), &first);
                Ok(ExecutionCreation::Done)
            }
            ConditionalWrite::ConditionFailed(Some(existing)) => {
                Ok(ExecutionCreation::Exists(Arc::new(self.read_execution_item(&existing).await?)))
            }
            ConditionalWrite::ConditionFailed(None) => {
                Err(Error::broken(id.as_str(), "a start was refused that is not there"))?
            }
        }
    }

    async fn load_execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        match self.get_item(&keys::execution_key(id)).await? {
            Some(item) => Ok(Some(self.read_execution_item(&item).await?)
                .filter(|it| self.is_retained(it))
                .map(Arc::new)),
            None => Ok(None),
        }
    }

    /// Writes only the first end after each redrive. Never creates a deleted execution again.
    async fn finish_execution(
        &self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        (at, outcome): (Timestamp, &FrameOutcome),
    ) -> Result<Option<StatusWrite>, Fault> {
        let stored = StoredOutcome::from_outcome(outcome, |address| {
            self.retention_period().takes_output_from(address, at)
        });
        let mut set = vec!["#outcome = :outcome", "#stopped = :at", "#under = :under", "#as = :as"];
        let mut values = vec![
            (
                ":outcome",
                self.pack_attribute(id.as_str(), AttributeBudget::SharedItem, &stored).await?,
            ),
            (":at", item::number_attribute(at.as_milliseconds())),
        ];
        values.extend(listing_values(id, outcome.execution_status(), at));
        let remove = match self.retention_period().ended_execution_expiry(at) {
            Some(expires) => {
                set.push("#expires = :expires");
                values.push((":expires", expires));
                ""
            }
            None => " REMOVE #expires",
        };
        let condition = match redriven {
            None => "attribute_not_exists(#redrives) AND attribute_not_exists(#outcome)",
            Some(redriven) => {
                set.extend(["#redriven = :redriven", "#redrives = :redrives"]);
                values.extend(redriven_values(id, redriven)?);
                "(attribute_not_exists(#redrives) OR #redrives < :redrives \
                 OR (#redrives = :redrives AND attribute_not_exists(#outcome)))"
            }
        };
        let update = ConditionalUpdate {
            key: keys::execution_key(id),
            expression: format!("SET {}{remove}", set.join(", ")),
            condition: Some(format!("attribute_exists(#record) AND {condition}")),
            names: match redriven {
                Some(_) => NAMES,
                None => NAMES_WITHOUT_REDRIVEN,
            },
            values,
        };
        let written = self.update_item(RetryPolicy::Idempotent, update).await?;
        Ok(self.status_write(written).await?)
    }

    async fn reopen_execution(
        &self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> Result<Option<StatusWrite>, Fault> {
        let mut values = redriven_values(id, redriven)?;
        values.extend(listing_values(id, ExecutionStatus::Running, redriven.requested_at));
        let update = ConditionalUpdate {
            key: keys::execution_key(id),
            expression: "SET #redriven = :redriven, #redrives = :redrives, \
                 #under = :under, #as = :as REMOVE #outcome, #stopped, #expires"
                .to_owned(),
            condition: Some(
                "attribute_exists(#record) AND \
                 (attribute_not_exists(#redrives) OR #redrives < :redrives)"
                    .to_owned(),
            ),
            names: NAMES,
            values,
        };
        let written = self.update_item(RetryPolicy::Idempotent, update).await?;
        Ok(self.status_write(written).await?)
    }

    async fn list_executions(
        &self,
        machine: &ResourceName,
        filter: ExecutionFilter,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        let limit = limit.max(1) as usize;
        if let Some(token) = after.filter(|token| !is_list_cursor(token)) {
            return Err(Error::PageToken(token.to_owned()).into());
        }
        let statuses =
            filter.status.map_or_else(|| ExecutionStatus::ALL.to_vec(), |status| vec![status]);
        let mut shards = Vec::new();
        for status in statuses {
            for shard in 0..SHARDS {
                shards.push(self.query_matching_rows(
                    (machine, status, shard),
                    &filter,
                    after,
                    limit + 1,
                ));
            }
        }
        let mut all: Vec<ListedRow> =
            dynamodb_table::try_join_bounded(shards).await?.into_iter().flatten().collect();
        all.retain(|listed| {
            !listed
                .execution
                .stopped_at
                .is_some_and(|at| self.retention_period().has_passed_since(at))
        });
        all.sort_by(|one, other| other.cursor.cmp(&one.cursor));
        let next = (all.len() > limit).then(|| all[limit - 1].cursor.clone());
        let executions = all.into_iter().take(limit).map(|listed| listed.execution).collect();
        Ok(ExecutionPage { executions, next })
    }
}

impl DynamoDbTable {
    fn is_retained(&self, execution: &Execution) -> bool {
        !execution.end.as_ref().is_some_and(|(at, _)| self.retention_period().has_passed_since(*at))
    }

    /// The execution after a write of its status, whether or not the write changed anything.
    async fn status_write(
        &self,
        written: ConditionalWrite<TableItem>,
    ) -> Result<Option<StatusWrite>, Error> {
        let (item, repeated) = match written {
            ConditionalWrite::Applied(item) => (item, false),
            ConditionalWrite::ConditionFailed(Some(item)) => (item, true),
            ConditionalWrite::ConditionFailed(None) => return Ok(None),
        };
        let execution = Some(Arc::new(self.read_execution_item(&item).await?));
        Ok(Some(StatusWrite { execution, repeated }))
    }

    async fn build_execution_item(
        &self,
        id: &ExecutionId,
        execution: &Execution,
        first: &Record,
    ) -> Result<(TableItem, StoredRecord), Error> {
        let Execution { facts, input, trace_header, end } = execution;
        let holds_input = first.frame.held_payload().is_some_and(|data| data.has_same_text(input));
        let beside = ExecutionSupplement {
            facts: (first.facts != *facts).then(|| Arc::clone(facts)),
            input: (!holds_input).then(|| input.clone()),
            trace_header: trace_header.clone(),
        };
        let started_at = facts.started_at;
        let mut item = item::item_with_key(&keys::execution_key(id));
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        let stored = StoredRecord::from_record(first);
        set(RECORD, self.pack_attribute(id.as_str(), AttributeBudget::SharedItem, &stored).await?);
        set(
            EXECUTION,
            self.pack_attribute(id.as_str(), AttributeBudget::SharedItem, &beside).await?,
        );
        set(STARTED_AT, item::number_attribute(started_at.as_milliseconds()));
        if let Some(version) = &facts.version {
            let json = serde_json::to_string(version);
            let json = json.map_err(|error| Error::broken(id.as_str(), error))?;
            set(STARTED_VERSION, item::string_attribute(json));
        }
        if let Some((at, outcome)) = end {
            set(STOPPED_AT, item::number_attribute(at.as_milliseconds()));
            if first.frame.outcome() != Some(outcome) {
                let stored = StoredOutcome::Whole(outcome.clone());
                let budget = AttributeBudget::SharedItem;
                set(OUTCOME, self.pack_attribute(id.as_str(), budget, &stored).await?);
            }
            if let Some(expires) = self.retention_period().ended_execution_expiry(*at) {
                set(EXPIRES_AT, expires);
            }
        }
        let listed_at = end.as_ref().map_or(started_at, |(at, _)| *at);
        let [(_, under), (_, place)] = listing_values(id, execution.status(), listed_at);
        set(LISTED_UNDER, under);
        set(LISTED_AS, place);
        Ok((item, stored))
    }

    async fn read_execution_item(&self, item: &TableItem) -> Result<Execution, Error> {
        let pk = item::read_string(item, keys::PK)?;
        let first = self.read_record_item(item).await?;
        let beside: ExecutionSupplement = self.unpack_attribute(pk, item.get(EXECUTION)).await?;
        let input = beside.input.or_else(|| first.frame.held_payload().cloned());
        let end = match item::read_number(item, STOPPED_AT)? {
            Some(at) => {
                let outcome = match (item.get(OUTCOME), first.frame.outcome()) {
                    (None, Some(outcome)) => outcome.clone(),
                    (stored, _) => {
                        let stored: StoredOutcome = self.unpack_attribute(pk, stored).await?;
                        self.load_outcome(pk, stored).await?
                    }
                };
                Some((Timestamp::from_milliseconds(at), outcome))
            }
            None => None,
        };
        let mut facts = beside.facts.unwrap_or_else(|| Arc::clone(&first.facts));
        if let Some(redriven) = item::read_json(item, REDRIVEN)? {
            Arc::make_mut(&mut facts).last_redrive = Some(redriven);
        }
        Ok(Execution {
            facts,
            input: input.ok_or_else(|| item::broken_item(item, "its first record has no input"))?,
            trace_header: beside.trace_header,
            end,
        })
    }

    async fn load_outcome(&self, pk: &str, stored: StoredOutcome) -> Result<FrameOutcome, Error> {
        match stored {
            StoredOutcome::Whole(outcome) => Ok(outcome),
            StoredOutcome::OutputAt(address) => {
                let broken = |reason| Error::broken(pk, reason);
                let address = address.parse().map_err(|_| broken("its output has no address"))?;
                let found = self.load_payloads(pk, vec![address]).await?;
                let output = found.into_values().next();
                output.map(FrameOutcome::Succeeded).ok_or_else(|| broken("its output is missing"))
            }
        }
    }

    /// The newest rows of a shard that match a filter, after a list cursor. Reads on where few do.
    async fn query_matching_rows(
        &self,
        (machine, status, shard): (&ResourceName, ExecutionStatus, u32),
        filter: &ExecutionFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ListedRow>, Error> {
        let (mut matching, mut after) = (Vec::new(), after.map(str::to_owned));
        loop {
            let read = if filter.started_as.is_some() { limit.max(FILTERED_ROWS) } else { limit };
            let shard = (status, shard);
            let rows = self.query_listed_rows(machine, shard, after.as_deref(), read).await?;
            let is_last = rows.len() < read;
            after = rows.last().map(|row| row.cursor.clone());
            matching
                .extend(rows.into_iter().filter(|row| filter.matches_execution(&row.execution)));
            if is_last || matching.len() >= limit {
                matching.truncate(limit);
                return Ok(matching);
            }
        }
    }

    pub(crate) async fn query_listed_rows(
        &self,
        machine: &ResourceName,
        (status, shard): (ExecutionStatus, u32),
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ListedRow>, Error> {
        let items = self.query_listing_shard(machine.as_str(), status, shard, after, limit).await?;
        items.iter().map(|item| ListedRow::from_item(machine, status, item)).collect()
    }

    /// The newest executions of one shard, after a list cursor.
    async fn query_listing_shard(
        &self,
        machine: &str,
        status: ExecutionStatus,
        shard: u32,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TableItem>, Error> {
        let mut values =
            vec![(":under", item::string_attribute(listing_partition(machine, status, shard)))];
        values.extend(after.map(|after| (":after", item::string_attribute(after))));
        let condition = match after {
            Some(_) => format!("{LISTED_UNDER} = :under AND {LISTED_AS} < :after"),
            None => format!("{LISTED_UNDER} = :under"),
        };
        let (source, forward) = (QuerySource::Index(LISTING), false);
        self.query_items(TableQuery { source, condition, values, projection: None, forward }, limit)
            .await
    }
}

/// The values of `:redriven` and `:redrives`.
fn redriven_values(
    id: &ExecutionId,
    redriven: &RedriveDetails,
) -> Result<Vec<(&'static str, AttributeValue)>, Error> {
    let json = serde_json::to_string(redriven);
    let json = json.map_err(|error| Error::broken(id.as_str(), error))?;
    Ok(vec![
        (":redriven", item::string_attribute(json)),
        (":redrives", item::number_attribute(redriven.count)),
    ])
}
