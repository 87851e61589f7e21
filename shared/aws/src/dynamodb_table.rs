//! The DynamoDB table and the few requests that are made to it.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{Config, retry::RetryConfig, timeout::TimeoutConfig},
    error::SdkError,
    operation::{
        delete_item::DeleteItemError, put_item::PutItemError, query::QueryOutput,
        update_item::UpdateItemError,
    },
    types::{
        AttributeValue, DeleteRequest, KeysAndAttributes, ReturnValue,
        ReturnValuesOnConditionCheckFailure, WriteRequest,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use lru::LruCache;
use model::{Revision, RevisionId, Timestamp};

use crate::{
    Error, item,
    item::TableItem,
    keys::{self, ItemKey, PK},
    payload_cache::PayloadCache,
    retention::RetentionPeriod,
    retry::{RetryBackoff, RetryPolicy, send_with_retry},
    sent_records::SentRecords,
};

/// How long one attempt may take. DynamoDB answers in milliseconds.
const ATTEMPT_MAX: Duration = Duration::from_secs(3);
/// Spec: `BatchGetItem`, keys of one request.
const GETS_MAX: usize = 100;
/// Spec: `BatchWriteItem`, writes of one request.
const WRITES_MAX: usize = 25;
/// Concurrent requests of an operation that needs many.
const REQUESTS_MAX: usize = 16;
/// Revisions that a process caches.
const REVISIONS_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// The settings of a table.
#[derive(Clone, Debug)]
pub struct TableSettings {
    /// The table's name.
    pub name: String,
    /// Days for which an execution is kept after its end; `None` keeps it for ever.
    pub retention_days: Option<u32>,
    /// The clock by which retention is reckoned.
    pub now: fn() -> Timestamp,
}

/// Record logs, fan-ins, executions, state machines and activities in one table. Clones share it.
#[derive(Clone)]
pub struct DynamoDbTable {
    inner: Arc<DynamoDbTableInner>,
}

struct DynamoDbTableInner {
    client: Client,
    name: String,
    retention: RetentionPeriod,
    revisions: Mutex<LruCache<RevisionId, Arc<Revision>>>,
    payloads: PayloadCache,
    sent_records: SentRecords,
}

/// The outcome of a conditional write.
pub(crate) enum ConditionalWrite<A> {
    /// The item was written.
    Applied(A),
    /// The condition did not hold. Holds the existing item, if there is one.
    ConditionFailed(Option<TableItem>),
}

/// A conditional update of one item.
pub(crate) struct ConditionalUpdate<V = &'static str> {
    pub(crate) key: ItemKey,
    pub(crate) expression: String,
    pub(crate) condition: Option<String>,
    /// Placeholders in the expressions, such as `#name`, and the attributes that they stand for.
    pub(crate) names: &'static [(&'static str, &'static str)],
    /// Placeholders in the expressions, such as `:name`, and their values.
    pub(crate) values: Vec<(V, AttributeValue)>,
}

impl TableSettings {
    /// Settings for the table of that name, without retention.
    pub fn with_name(name: &str, now: fn() -> Timestamp) -> Self {
        Self { name: name.to_owned(), retention_days: None, now }
    }
}

impl DynamoDbTable {
    /// Builds a table with a client of these settings. The SDK's own retries are turned off.
    pub fn new(config: &Config, settings: TableSettings) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_MAX).build();
        let config = config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let TableSettings { name, retention_days, now } = settings;
        Self {
            inner: Arc::new(DynamoDbTableInner {
                client: Client::from_conf(config),
                name,
                retention: RetentionPeriod { days: retention_days, now },
                revisions: Mutex::new(LruCache::new(REVISIONS_MAX)),
                payloads: PayloadCache::new(),
                sent_records: SentRecords::new(),
            }),
        }
    }

    pub(crate) fn payload_cache(&self) -> &PayloadCache {
        &self.inner.payloads
    }

    pub(crate) fn sent_records(&self) -> &SentRecords {
        &self.inner.sent_records
    }

    pub(crate) fn dynamodb_client(&self) -> &Client {
        &self.inner.client
    }

    pub(crate) fn table_name(&self) -> &str {
        &self.inner.name
    }

    pub(crate) fn retention_period(&self) -> RetentionPeriod {
        self.inner.retention
    }

    pub(crate) fn revision_cache(&self) -> MutexGuard<'_, LruCache<RevisionId, Arc<Revision>>> {
        self.inner.revisions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for an item, whether or not it is there.
    pub(crate) async fn open_connection(&self) {
        self.get_item(&keys::delayed_messages_checkpoint_key()).await.ok();
    }

    /// Loads the item of that key with a strongly consistent read.
    pub(crate) async fn get_item(&self, key: &ItemKey) -> Result<Option<TableItem>, Error> {
        let request =
            self.dynamodb_client().get_item().table_name(self.table_name()).consistent_read(true);
        let request = request.set_key(Some(item::item_with_key(key)));
        Ok(send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?.item)
    }

    /// Loads the items of those keys, in their order, with strongly consistent reads.
    pub(crate) async fn get_items(
        &self,
        keys: &[ItemKey],
    ) -> Result<Vec<Option<TableItem>>, Error> {
        let mut distinct: Vec<&ItemKey> = keys.iter().collect();
        distinct.sort_by_key(|key| (&key.pk, &key.sk));
        distinct.dedup();
        let batches = distinct.chunks(GETS_MAX).map(|batch| {
            let keys = batch.iter().map(|key| item::item_with_key(key)).collect();
            self.get_items_batch(keys)
        });
        let batches = try_join_bounded(batches.collect()).await?;
        let mut found = HashMap::new();
        for item in batches.into_iter().flatten() {
            found.insert(item::key_of_item(&item)?, item);
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn get_items_batch(&self, keys: Vec<TableItem>) -> Result<Vec<TableItem>, Error> {
        let mut asked = keys;
        let (mut items, mut pauses) = (Vec::new(), RetryBackoff::new());
        while !asked.is_empty() {
            let of_table = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(asked));
            let of_table =
                of_table.build().map_err(|error| Error::broken(self.table_name(), error))?;
            let request =
                self.dynamodb_client().batch_get_item().request_items(self.table_name(), of_table);
            let answer =
                send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
            items.extend(answer.responses.into_iter().flat_map(HashMap::into_values).flatten());
            let left = answer.unprocessed_keys.unwrap_or_default().into_values().next();
            asked = left.map(|left| left.keys).unwrap_or_default();
            if !asked.is_empty() && !pauses.wait_before_retry().await {
                return Err(unprocessed_items_error());
            }
        }
        Ok(items)
    }

    /// Writes an item unconditionally.
    pub(crate) async fn put_item(&self, item: TableItem) -> Result<(), Error> {
        let request =
            self.dynamodb_client().put_item().table_name(self.table_name()).set_item(Some(item));
        send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
        Ok(())
    }

    /// Writes an item if no item has its key.
    pub(crate) async fn put_item_if_absent(
        &self,
        retry_policy: RetryPolicy,
        item: TableItem,
    ) -> Result<ConditionalWrite<()>, Error> {
        self.put_item_if(retry_policy, item, format!("attribute_not_exists({PK})")).await
    }

    /// Writes an item if the one that has its key, or none, fulfils a condition.
    pub(crate) async fn put_item_if(
        &self,
        retry_policy: RetryPolicy,
        item: TableItem,
        condition: String,
    ) -> Result<ConditionalWrite<()>, Error> {
        let request = self
            .dynamodb_client()
            .put_item()
            .table_name(self.table_name())
            .set_item(Some(item))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let send = || {
            let request = request.clone();
            async move {
                match request.send().await {
                    Ok(_) => Ok(ConditionalWrite::Applied(())),
                    Err(SdkError::ServiceError(failed)) => match failed.err() {
                        PutItemError::ConditionalCheckFailedException(refused) => {
                            Ok(ConditionalWrite::ConditionFailed(refused.item.clone()))
                        }
                        _ => Err(SdkError::ServiceError(failed)),
                    },
                    Err(other) => Err(other),
                }
            }
        };
        send_with_retry(retry_policy, send).await
    }

    /// Updates an item and returns it as it is after the update.
    pub(crate) async fn update_item<V: Into<String>>(
        &self,
        retry_policy: RetryPolicy,
        update: ConditionalUpdate<V>,
    ) -> Result<ConditionalWrite<TableItem>, Error> {
        let request = self
            .dynamodb_client()
            .update_item()
            .table_name(self.table_name())
            .set_key(Some(item::item_with_key(&update.key)))
            .update_expression(update.expression)
            .set_condition_expression(update.condition)
            .set_expression_attribute_names(expression_names(update.names))
            .set_expression_attribute_values(Some(expression_values(update.values)))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let send = || {
            let request = request.clone();
            async move {
                match request.send().await {
                    Ok(answer) => {
                        Ok(ConditionalWrite::Applied(answer.attributes.unwrap_or_default()))
                    }
                    Err(SdkError::ServiceError(failed)) => match failed.err() {
                        UpdateItemError::ConditionalCheckFailedException(refused) => {
                            Ok(ConditionalWrite::ConditionFailed(refused.item.clone()))
                        }
                        _ => Err(SdkError::ServiceError(failed)),
                    },
                    Err(other) => Err(other),
                }
            }
        };
        send_with_retry(retry_policy, send).await
    }

    /// Removes the item of that key, if there is one.
    pub(crate) async fn delete_item(&self, key: &ItemKey) -> Result<(), Error> {
        let request = self.dynamodb_client().delete_item().table_name(self.table_name());
        let request = request.set_key(Some(item::item_with_key(key)));
        send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
        Ok(())
    }

    /// Removes the item of that key if it fulfils a condition. Returns whether it was there and did.
    pub(crate) async fn delete_item_if(
        &self,
        key: &ItemKey,
        condition: String,
        values: Vec<(&'static str, AttributeValue)>,
    ) -> Result<bool, Error> {
        let request = self.dynamodb_client().delete_item().table_name(self.table_name());
        let request = request
            .set_key(Some(item::item_with_key(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(expression_values(values)));
        let send = || {
            let request = request.clone();
            async move {
                match request.send().await {
                    Ok(_) => Ok(true),
                    Err(SdkError::ServiceError(failed)) => match failed.err() {
                        DeleteItemError::ConditionalCheckFailedException(_) => Ok(false),
                        _ => Err(SdkError::ServiceError(failed)),
                    },
                    Err(other) => Err(other),
                }
            }
        };
        send_with_retry(RetryPolicy::Idempotent, send).await
    }

    /// Removes the items of those keys, in any order. The keys must be distinct.
    pub(crate) async fn delete_items(&self, keys: &[ItemKey]) -> Result<(), Error> {
        let batches = keys.chunks(WRITES_MAX).map(|batch| self.delete_items_batch(batch));
        try_join_bounded(batches.collect()).await?;
        Ok(())
    }

    async fn delete_items_batch(&self, keys: &[ItemKey]) -> Result<(), Error> {
        let removal = |key| {
            let request = DeleteRequest::builder().set_key(Some(item::item_with_key(key))).build();
            let request = request.map_err(|error| Error::broken(self.table_name(), error))?;
            Ok(WriteRequest::builder().delete_request(request).build())
        };
        let mut asked = keys.iter().map(removal).collect::<Result<Vec<_>, Error>>()?;
        let mut pauses = RetryBackoff::new();
        while !asked.is_empty() {
            let request =
                self.dynamodb_client().batch_write_item().request_items(self.table_name(), asked);
            let answer =
                send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await?;
            let left = answer.unprocessed_items.unwrap_or_default().into_values().next();
            asked = left.unwrap_or_default();
            if !asked.is_empty() && !pauses.wait_before_retry().await {
                return Err(unprocessed_items_error());
            }
        }
        Ok(())
    }

    /// Reads all pages of a query, up to `limit` items.
    pub(crate) async fn query_items(
        &self,
        query: TableQuery,
        limit: usize,
    ) -> Result<Vec<TableItem>, Error> {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = self.query_page(&query, limit - items.len(), after).await?;
            items.extend(page.items.unwrap_or_default());
            after = page.last_evaluated_key;
            if after.is_none() || items.len() >= limit {
                return Ok(items);
            }
        }
    }

    /// Reads one page of a query: up to `limit` items, and as many as fit in one MB.
    pub(crate) async fn query_page(
        &self,
        query: &TableQuery,
        limit: usize,
        after: Option<TableItem>,
    ) -> Result<QueryOutput, Error> {
        let (index, is_consistent) = match query.source {
            QuerySource::Table => (None, true),
            QuerySource::StaleTable => (None, false),
            QuerySource::Index(name) => (Some(name), false),
        };
        let request = self
            .dynamodb_client()
            .query()
            .table_name(self.table_name())
            .set_index_name(index.map(str::to_owned))
            .consistent_read(is_consistent)
            .key_condition_expression(&query.condition)
            .set_projection_expression(query.projection.map(str::to_owned))
            .set_expression_attribute_values(Some(expression_values(query.values.clone())))
            .scan_index_forward(query.forward)
            .set_limit(i32::try_from(limit).ok())
            .set_exclusive_start_key(after);
        send_with_retry(RetryPolicy::Idempotent, || request.clone().send()).await
    }
}

/// Awaits all requests, a bounded number at a time. Returns their answers in order, or the first
/// error.
pub(crate) async fn try_join_bounded<A, F>(requests: Vec<F>) -> Result<Vec<A>, Error>
where
    F: Future<Output = Result<A, Error>>,
{
    stream::iter(requests).buffered(REQUESTS_MAX).try_collect().await
}

/// Awaits all requests, a bounded number at a time. Returns their answers and errors in order.
pub(crate) async fn join_bounded<A, F>(requests: Vec<F>) -> Vec<Result<A, Error>>
where
    F: Future<Output = Result<A, Error>>,
{
    stream::iter(requests).buffered(REQUESTS_MAX).collect().await
}

/// What a query reads.
#[derive(Clone, Copy)]
pub(crate) enum QuerySource {
    /// All that was written to the table before.
    Table,
    /// The table, as it was a moment ago perhaps, for half the price.
    StaleTable,
    /// An index, as it was a moment ago perhaps.
    Index(&'static str),
}

/// A query for the items of one partition.
pub(crate) struct TableQuery {
    pub(crate) source: QuerySource,
    pub(crate) condition: String,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
    /// The attributes to read; `None` reads all of them.
    pub(crate) projection: Option<&'static str>,
    pub(crate) forward: bool,
}

/// DynamoDB refuses an empty map of names.
fn expression_names(names: &[(&str, &str)]) -> Option<HashMap<String, String>> {
    let owned = |(short, name): &(&str, &str)| ((*short).to_owned(), (*name).to_owned());
    (!names.is_empty()).then(|| names.iter().map(owned).collect())
}

fn expression_values<V: Into<String>>(values: Vec<(V, AttributeValue)>) -> TableItem {
    values.into_iter().map(|(short, value)| (short.into(), value)).collect()
}

/// A batch that repeatedly leaves items unprocessed is being throttled.
fn unprocessed_items_error() -> Error {
    let said: Box<dyn std::error::Error + Send + Sync> = "a batch was left undone".into();
    Error::Throttled(said.into())
}

impl fmt::Debug for DynamoDbTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDbTable").field("name", &self.inner.name).finish_non_exhaustive()
    }
}
