//! The table, and the few things that are asked of it.

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
    operation::{put_item::PutItemError, query::QueryOutput, update_item::UpdateItemError},
    types::{
        AttributeValue, DeleteRequest, KeysAndAttributes, ReturnValue,
        ReturnValuesOnConditionCheckFailure, WriteRequest,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use lru::LruCache;
use model::{Revision, RevisionId};
use tokio::sync::OnceCell;

use crate::{
    Error, StatusWatcher, item,
    item::Item,
    keys::{Key, PK},
    retention::Retention,
    retry::{Pauses, Twice, persist},
};

/// How long one attempt may take. DynamoDB answers in milliseconds.
const ATTEMPT_MAX: Duration = Duration::from_secs(3);
/// Spec: `BatchGetItem`, keys of one request.
const GETS_MAX: usize = 100;
/// Spec: `BatchWriteItem`, writes of one request.
const WRITES_MAX: usize = 25;
/// Requests under way at once where one operation takes many.
const REQUESTS_MAX: usize = 16;
/// Revisions that a process remembers.
const REVISIONS_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// Which table, and what is done beside keeping things in it.
#[derive(Clone, Default)]
pub struct TableSettings {
    /// Its name.
    pub name: String,
    /// For how many days an execution is kept after its end; for ever if there are none.
    pub retention_days: Option<u32>,
    /// Who is told when the status of an execution changes.
    pub watcher: Option<Arc<dyn StatusWatcher>>,
}

/// Logs, fans, executions and machines in one table. Cloning shares it.
#[derive(Clone)]
pub struct Table {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    name: String,
    retention: Retention,
    watcher: Option<Arc<dyn StatusWatcher>>,
    revisions: Mutex<LruCache<RevisionId, Arc<Revision>>>,
    /// Whether this process has made sure that looks at starts begin somewhere.
    starts: OnceCell<()>,
}

/// What became of a conditional write.
pub(crate) enum Written<A> {
    /// It was done.
    Done(A),
    /// The condition did not hold; the item as it was, if there is any.
    Refused(Option<Item>),
}

/// A conditional update of one item.
pub(crate) struct Update {
    pub(crate) key: Key,
    pub(crate) expression: String,
    pub(crate) condition: Option<String>,
    /// Names of attributes, by what stands for each.
    pub(crate) names: &'static [(&'static str, &'static str)],
    /// Values, by what stands for each.
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
}

impl TableSettings {
    /// The table of that name, which keeps everything.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

impl Table {
    /// A table, by a client of these settings. The SDK's own retries are turned off.
    pub fn new(config: &Config, settings: TableSettings) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_MAX).build();
        let config = config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let TableSettings { name, retention_days, watcher } = settings;
        Self {
            inner: Arc::new(Inner {
                client: Client::from_conf(config),
                name,
                retention: Retention { days: retention_days },
                watcher,
                revisions: Mutex::new(LruCache::new(REVISIONS_MAX)),
                starts: OnceCell::new(),
            }),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.inner.client
    }

    pub(crate) fn name(&self) -> &str {
        &self.inner.name
    }

    pub(crate) fn retention(&self) -> Retention {
        self.inner.retention
    }

    pub(crate) fn watcher(&self) -> Option<&dyn StatusWatcher> {
        self.inner.watcher.as_deref()
    }

    pub(crate) fn revisions(&self) -> MutexGuard<'_, LruCache<RevisionId, Arc<Revision>>> {
        self.inner.revisions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn starts(&self) -> &OnceCell<()> {
        &self.inner.starts
    }

    /// The item of that key, strongly consistent.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        let request = self.client().get_item().table_name(self.name()).consistent_read(true);
        let request = request.set_key(Some(item::of_key(key)));
        Ok(persist(Twice::IsOnce, || request.clone().send()).await?.item)
    }

    /// The items of those keys in their order, strongly consistent.
    pub(crate) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, Error> {
        let mut distinct: Vec<&Key> = keys.iter().collect();
        distinct.sort_by_key(|key| (&key.pk, &key.sk));
        distinct.dedup();
        let batches = distinct.chunks(GETS_MAX).map(|batch| {
            let keys = batch.iter().map(|key| item::of_key(key)).collect();
            self.get_batch(keys)
        });
        let batches = all(batches.collect()).await?;
        let mut found = HashMap::new();
        for item in batches.into_iter().flatten() {
            found.insert(item::key_of(&item)?, item);
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn get_batch(&self, keys: Vec<Item>) -> Result<Vec<Item>, Error> {
        let mut asked = keys;
        let (mut items, mut pauses) = (Vec::new(), Pauses::begin());
        while !asked.is_empty() {
            let of_table = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(asked));
            let of_table = of_table.build().map_err(|error| Error::broken(self.name(), error))?;
            let request = self.client().batch_get_item().request_items(self.name(), of_table);
            let answer = persist(Twice::IsOnce, || request.clone().send()).await?;
            items.extend(answer.responses.into_iter().flat_map(HashMap::into_values).flatten());
            let left = answer.unprocessed_keys.unwrap_or_default().into_values().next();
            asked = left.map(|left| left.keys).unwrap_or_default();
            if !asked.is_empty() && !pauses.pause().await {
                return Err(unprocessed());
            }
        }
        Ok(items)
    }

    /// Writes an item, whatever was there.
    pub(crate) async fn put(&self, item: Item) -> Result<(), Error> {
        let request = self.client().put_item().table_name(self.name()).set_item(Some(item));
        persist(Twice::IsOnce, || request.clone().send()).await?;
        Ok(())
    }

    /// Writes an item if there is none of its key.
    pub(crate) async fn put_new(&self, twice: Twice, item: Item) -> Result<Written<()>, Error> {
        let request = self
            .client()
            .put_item()
            .table_name(self.name())
            .set_item(Some(item))
            .condition_expression(format!("attribute_not_exists({PK})"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let send = || {
            let request = request.clone();
            async move {
                match request.send().await {
                    Ok(_) => Ok(Written::Done(())),
                    Err(SdkError::ServiceError(failed)) => match failed.err() {
                        PutItemError::ConditionalCheckFailedException(refused) => {
                            Ok(Written::Refused(refused.item.clone()))
                        }
                        _ => Err(SdkError::ServiceError(failed)),
                    },
                    Err(other) => Err(other),
                }
            }
        };
        persist(twice, send).await
    }

    /// Updates an item; returns it as it is afterwards.
    pub(crate) async fn update(
        &self,
        twice: Twice,
        update: Update,
    ) -> Result<Written<Item>, Error> {
        let request = self
            .client()
            .update_item()
            .table_name(self.name())
            .set_key(Some(item::of_key(&update.key)))
            .update_expression(update.expression)
            .set_condition_expression(update.condition)
            .set_expression_attribute_names(Some(named(update.names)))
            .set_expression_attribute_values(Some(valued(update.values)))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let send = || {
            let request = request.clone();
            async move {
                match request.send().await {
                    Ok(answer) => Ok(Written::Done(answer.attributes.unwrap_or_default())),
                    Err(SdkError::ServiceError(failed)) => match failed.err() {
                        UpdateItemError::ConditionalCheckFailedException(refused) => {
                            Ok(Written::Refused(refused.item.clone()))
                        }
                        _ => Err(SdkError::ServiceError(failed)),
                    },
                    Err(other) => Err(other),
                }
            }
        };
        persist(twice, send).await
    }

    /// Removes the item of that key, if there is one.
    pub(crate) async fn delete(&self, key: &Key) -> Result<(), Error> {
        let request = self.client().delete_item().table_name(self.name());
        let request = request.set_key(Some(item::of_key(key)));
        persist(Twice::IsOnce, || request.clone().send()).await?;
        Ok(())
    }

    /// Removes the items of those keys, all different, in any order.
    pub(crate) async fn delete_all(&self, keys: &[Key]) -> Result<(), Error> {
        let batches = keys.chunks(WRITES_MAX).map(|batch| self.delete_batch(batch));
        all(batches.collect()).await?;
        Ok(())
    }

    async fn delete_batch(&self, keys: &[Key]) -> Result<(), Error> {
        let removal = |key| {
            let request = DeleteRequest::builder().set_key(Some(item::of_key(key))).build();
            let request = request.map_err(|error| Error::broken(self.name(), error))?;
            Ok(WriteRequest::builder().delete_request(request).build())
        };
        let mut asked = keys.iter().map(removal).collect::<Result<Vec<_>, Error>>()?;
        let mut pauses = Pauses::begin();
        while !asked.is_empty() {
            let request = self.client().batch_write_item().request_items(self.name(), asked);
            let answer = persist(Twice::IsOnce, || request.clone().send()).await?;
            let left = answer.unprocessed_items.unwrap_or_default().into_values().next();
            asked = left.unwrap_or_default();
            if !asked.is_empty() && !pauses.pause().await {
                return Err(unprocessed());
            }
        }
        Ok(())
    }

    /// All pages of a query, up to so many items.
    pub(crate) async fn query_all(&self, query: Query, limit: usize) -> Result<Vec<Item>, Error> {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = self.query(&query, limit - items.len(), after).await?;
            items.extend(page.items.unwrap_or_default());
            after = page.last_evaluated_key;
            if after.is_none() || items.len() >= limit {
                return Ok(items);
            }
        }
    }

    async fn query(
        &self,
        query: &Query,
        limit: usize,
        after: Option<Item>,
    ) -> Result<QueryOutput, Error> {
        let request = self
            .client()
            .query()
            .table_name(self.name())
            .set_index_name(query.index.map(str::to_owned))
            .consistent_read(query.index.is_none())
            .key_condition_expression(&query.condition)
            .set_projection_expression(query.projection.map(str::to_owned))
            .set_expression_attribute_values(Some(valued(query.values.clone())))
            .scan_index_forward(query.forward)
            .set_limit(i32::try_from(limit).ok())
            .set_exclusive_start_key(after);
        persist(Twice::IsOnce, || request.clone().send()).await
    }
}

/// The answers of all, in their order.
pub(crate) async fn all<A, F>(requests: Vec<F>) -> Result<Vec<A>, Error>
where
    F: Future<Output = Result<A, Error>>,
{
    stream::iter(requests).buffered(REQUESTS_MAX).try_collect().await
}

/// The answers and the errors of all, in their order.
pub(crate) async fn each<A, F>(requests: Vec<F>) -> Vec<Result<A, Error>>
where
    F: Future<Output = Result<A, Error>>,
{
    stream::iter(requests).buffered(REQUESTS_MAX).collect().await
}

/// A query of the table, strongly consistent, or of an index.
pub(crate) struct Query {
    pub(crate) index: Option<&'static str>,
    pub(crate) condition: String,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
    /// The attributes that are wanted, where not all are.
    pub(crate) projection: Option<&'static str>,
    pub(crate) forward: bool,
}

fn named(names: &[(&str, &str)]) -> HashMap<String, String> {
    names.iter().map(|(short, name)| ((*short).to_owned(), (*name).to_owned())).collect()
}

fn valued(values: Vec<(&'static str, AttributeValue)>) -> Item {
    values.into_iter().map(|(short, value)| (short.to_owned(), value)).collect()
}

/// What a batch leaves undone again and again is throttled.
fn unprocessed() -> Error {
    let said: Box<dyn std::error::Error + Send + Sync> = "a batch was left undone".into();
    Error::Throttled(said.into())
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.inner.name).finish_non_exhaustive()
    }
}
