//! Messages that are due later than SQS can delay them. They wait in rows of the table, partitioned
//! by the minute in which they are due.
//!
//! Invariant: a row is found before it is due. It is written more than 15 minutes before that. Each
//! run of `move_due_messages` reads every minute from that of the last complete run to the one in
//! 15 minutes, so a row that is written after a run has read its minute is seen by the next run.
//! (`tests/contracts/sqs.rs` checks the queue's contract with a run every ten minutes.)

use std::collections::HashMap;

use model::Timestamp;
use orchestrator::{
    Fault,
    ports::{Clock, QueueName},
};

use crate::{
    Error,
    dynamodb_table::{ConditionalWrite, TableQuery, join_bounded},
    item::{self, TableItem},
    keys::{self, ItemKey},
    retry::RetryPolicy,
    sqs_queues::{DELAY_SECONDS_MAX, SqsQueues},
};

const BODY: &str = "body";
const QUEUE: &str = "queue";
/// When the message is due, in milliseconds since 1970.
const AT: &str = "at";
/// The minute of the last complete run, counted since 1970.
const MINUTE: &str = "minute";
const MINUTE_MILLISECONDS: i64 = 60_000;

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
        let key = keys::delayed_message_key(minute_of(at), at, &uuid::Uuid::new_v4().to_string());
        let mut row = item::item_with_key(&key);
        let mut set = |name: &str, value| row.insert(name.to_owned(), value);
        set(BODY, item::string_attribute(body));
        set(QUEUE, item::string_attribute(queue_name_text(queue_name)));
        set(AT, item::number_attribute(at.as_milliseconds()));
        self.delayed_messages_table().put_item(row).await
    }

    /// Moves messages that are due within 15 minutes to SQS, with the rest of their delay, and
    /// returns how many it moved. To be run every minute; the next run makes up for a missed one. A
    /// message that was sent but not yet removed from the table is sent again by the next run.
    ///
    /// Once this returns, every message that was delayed before is in SQS or due later than that. A
    /// message that cannot be moved does not hold up the others, but each run ends with its fault.
    pub async fn move_due_messages(&self) -> Result<usize, Fault> {
        let now = self.current_time();
        let until = now.plus_milliseconds(1000 * DELAY_SECONDS_MAX);
        let first = self.last_complete_run().await?.unwrap_or_else(|| minute_of(now));
        let minutes = first..=minute_of(until);
        let moved =
            join_bounded(minutes.map(|minute| self.move_due_minute(minute, until)).collect()).await;
        let moved = moved.into_iter().sum::<Result<usize, Error>>()?;
        self.delayed_messages_table().put_item(checkpoint_item(now)).await?;
        Ok(moved)
    }

    /// Writes the checkpoint if there is none. No row is older than the first one, so the first run
    /// begins there.
    async fn ensure_delayed_messages_checkpoint(&self) -> Result<(), Error> {
        match self
            .delayed_messages_table()
            .put_item_if_absent(RetryPolicy::Idempotent, checkpoint_item(self.current_time()))
            .await?
        {
            ConditionalWrite::Applied(()) | ConditionalWrite::ConditionFailed(_) => Ok(()),
        }
    }

    async fn last_complete_run(&self) -> Result<Option<i64>, Error> {
        let run = self
            .delayed_messages_table()
            .get_item(&keys::delayed_messages_checkpoint_key())
            .await?
            .unwrap_or_else(HashMap::new);
        item::read_number(&run, MINUTE)
    }

    async fn move_due_minute(&self, minute: i64, until: Timestamp) -> Result<usize, Error> {
        let ItemKey { pk, sk } = keys::delayed_message_key(minute, until.plus_milliseconds(1), "");
        let query = TableQuery {
            index: None,
            condition: format!("{} = :pk AND {} < :end", keys::PK, keys::SK),
            values: vec![(":pk", item::string_attribute(pk)), (":end", item::string_attribute(sk))],
            projection: None,
            forward: true,
        };
        let rows = self.delayed_messages_table().query_items(query, usize::MAX).await?;
        let moved = join_bounded(rows.iter().map(|row| self.move_due_row(row)).collect()).await;
        let sent: Vec<ItemKey> = moved.iter().flatten().cloned().collect();
        self.delayed_messages_table().delete_items(&sent).await?;
        moved.into_iter().find_map(Result::err).map_or(Ok(sent.len()), Err)
    }

    async fn move_due_row(&self, row: &TableItem) -> Result<ItemKey, Error> {
        let at = item::read_number(row, AT)?.map(Timestamp::from_milliseconds);
        let at = at.ok_or_else(|| item::broken_item(row, "it has no time"))?;
        let queue_name = parse_queue_name(item::read_string(row, QUEUE)?);
        let queue_name = queue_name.ok_or_else(|| item::broken_item(row, "it has no lane"))?;
        let delay = self.seconds_until(at).min(DELAY_SECONDS_MAX);
        self.send_message_body(self.queue_url(queue_name), item::read_string(row, BODY)?, delay)
            .await?;
        item::key_of_item(row)
    }
}

/// The item that records a complete run.
fn checkpoint_item(now: Timestamp) -> TableItem {
    let mut run = item::item_with_key(&keys::delayed_messages_checkpoint_key());
    run.insert(MINUTE.to_owned(), item::number_attribute(minute_of(now)));
    run
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
