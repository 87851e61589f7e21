//! Messages that are due later than SQS can delay them. They wait in rows of the table, partitioned
//! by the minute in which they are due, until `due_messages.rs` moves them.
//!
//! A minute has several partitions, since DynamoDB writes at most 1,000 rows a second to one.

use model::Timestamp;
use orchestrator::{
    Fault,
    ports::{Clock, QueueName},
};

use crate::{
    Error,
    dynamodb_table::ConditionalWrite,
    item::{self, TableItem},
    keys::{self, ItemKey},
    retry::RetryPolicy,
    send_message::OutgoingBody,
    sqs_queues::{DELAY_SECONDS_MAX, SqsQueues},
};

/// Partitions of one minute.
pub(crate) const DUE_SHARDS: u8 = 4;

const BODY: &str = "body";
const QUEUE: &str = "queue";
/// When the message is due, in milliseconds since 1970.
const AT: &str = "at";
/// The minute before which no row is left, counted since 1970.
const MINUTE: &str = "minute";
const MINUTE_MILLISECONDS: i64 = 60_000;
/// Minutes of the last run that the next one reads again: what was written while the last one read
/// may not have been visible to it, and clocks differ.
const OVERLAP_MINUTES: i64 = 2;

/// A row that was read: a message to send, and where it was.
pub(crate) struct DueMessage {
    pub(crate) key: ItemKey,
    pub(crate) queue_name: QueueName,
    pub(crate) body: OutgoingBody,
}

impl<C: Clock + Send + Sync> SqsQueues<C> {
    /// Once this returns, the message is in the table until `move_due_messages` moves it.
    pub(crate) async fn store_delayed_message(
        &self,
        body: String,
        queue_name: QueueName,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.delayed_messages_checkpoint_ensured()
            .get_or_try_init(|| self.ensure_delayed_messages_checkpoint())
            .await?;
        let id = uuid::Uuid::new_v4();
        let shard = id.as_bytes()[0] % DUE_SHARDS;
        let key = keys::delayed_message_key(minute_of(at), shard, at, &id.to_string());
        let mut row = item::item_with_key(&key);
        let mut set = |name: &str, value| row.insert(name.to_owned(), value);
        set(BODY, item::string_attribute(body));
        set(QUEUE, item::string_attribute(queue_name_text(queue_name)));
        set(AT, item::number_attribute(at.as_milliseconds()));
        self.delayed_messages_table().put_item(row).await
    }

    /// Writes the checkpoint if there is none. Every row that is written after this is due later.
    async fn ensure_delayed_messages_checkpoint(&self) -> Result<(), Error> {
        let first = checkpoint_item(self.last_minute_of_run());
        match self
            .delayed_messages_table()
            .put_item_if_absent(RetryPolicy::Idempotent, first)
            .await?
        {
            ConditionalWrite::Applied(()) | ConditionalWrite::ConditionFailed(_) => Ok(()),
        }
    }

    /// The last minute that a run looks at which begins now.
    pub(crate) fn last_minute_of_run(&self) -> i64 {
        minute_of(self.end_of_run())
    }

    /// A run that begins now moves what is due up to this time.
    pub(crate) fn end_of_run(&self) -> Timestamp {
        self.current_time().plus_milliseconds(1000 * DELAY_SECONDS_MAX)
    }

    /// The first minute that may have rows. None if no row was ever written.
    pub(crate) async fn first_minute_of_run(&self) -> Result<Option<i64>, Error> {
        let key = keys::delayed_messages_checkpoint_key();
        match self.delayed_messages_table().get_item(&key).await? {
            Some(checkpoint) => item::read_number(&checkpoint, MINUTE),
            None => Ok(None),
        }
    }

    /// Writes that a run up to that minute has moved all that it should.
    pub(crate) async fn put_delayed_messages_checkpoint(&self, last: i64) -> Result<(), Fault> {
        Ok(self.delayed_messages_table().put_item(checkpoint_item(last)).await?)
    }

    /// Reads what a row is to send. Its delay is that of now.
    pub(crate) fn read_delayed_message(&self, row: &TableItem) -> Result<DueMessage, Error> {
        let at = item::read_number(row, AT)?.map(Timestamp::from_milliseconds);
        let at = at.ok_or_else(|| item::broken_item(row, "it has no time"))?;
        let queue_name = parse_queue_name(item::read_string(row, QUEUE)?);
        let queue_name = queue_name.ok_or_else(|| item::broken_item(row, "there is no such queue"));
        let text = item::read_string(row, BODY)?.to_owned();
        let delay_seconds = self.seconds_until(at).min(DELAY_SECONDS_MAX);
        Ok(DueMessage {
            key: item::key_of_item(row)?,
            queue_name: queue_name?,
            body: OutgoingBody { delay_seconds, ..OutgoingBody::ungrouped(text) },
        })
    }
}

/// What says that a run up to that minute is complete.
fn checkpoint_item(last: i64) -> TableItem {
    let mut checkpoint = item::item_with_key(&keys::delayed_messages_checkpoint_key());
    checkpoint.insert(MINUTE.to_owned(), item::number_attribute(last - OVERLAP_MINUTES));
    checkpoint
}

const fn minute_of(at: Timestamp) -> i64 {
    at.as_milliseconds().div_euclid(MINUTE_MILLISECONDS)
}

/// The name of a queue in a row. Rows are persisted, so the names must not change.
const fn queue_name_text(queue_name: QueueName) -> &'static str {
    match queue_name {
        QueueName::Steps => "steps",
        QueueName::Tasks => "tasks",
    }
}

fn parse_queue_name(name: &str) -> Option<QueueName> {
    [QueueName::Steps, QueueName::Tasks]
        .into_iter()
        .find(|queue_name| queue_name_text(*queue_name) == name)
}
