//! Moves delayed messages to SQS when they are due within 15 minutes: once a minute.
//!
//! ```text
//! checkpoint ─▶ each partition of each minute from there on ─▶ page ─▶ send ─▶ delete ─▶ next page
//!                 └ all of them complete ─▶ checkpoint              └ no time left ─▶ the next run
//! ```
//!
//! Invariant: a row is moved before it is due. When it is written it is due in over 15 minutes, so
//! the run that first looks at its minute, 15 minutes ahead, begins later. Reads may be a moment
//! old and clocks may differ, so each run looks at two minutes of the last one again
//! (`tests/contracts/due_messages.rs`; `tests/contracts/sqs.rs` checks the queue's contract with a
//! run every ten minutes).

use std::ops::RangeInclusive;

use model::Timestamp;
use orchestrator::{
    Fault,
    ports::{Clock, QueueName},
};

use crate::{
    Error,
    delayed_messages::{DUE_SHARDS, DueMessage},
    dynamodb_table::{QuerySource, TableQuery, join_bounded},
    item::{self, TableItem},
    keys::{self, ItemKey, PK, SK},
    send_message::{OutgoingBody, SentBatch},
    sqs_queues::SqsQueues,
};

/// Rows of a page: some 150 KB, and two seconds of requests.
const ROWS_MAX: usize = 500;

/// Minutes after which a run that makes up for many others keeps what it has done.
const MINUTES_MAX: i64 = 60;

/// What a run has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MovedMessages {
    /// Messages that are in SQS now.
    pub count: usize,
    /// Whether the time was over before all that are due were moved. The next run goes on.
    pub more_are_due: bool,
}

/// The rows of a minute that one query reads.
#[derive(Clone, Copy)]
struct DuePartition {
    minute: i64,
    shard: u8,
}

/// What has become of some rows.
#[derive(Default)]
struct Progress {
    moved: MovedMessages,
    /// Why a row was put off that this version cannot read.
    unreadable: Option<Error>,
    /// Why rows are where they were.
    failed: Option<Error>,
}

impl Progress {
    fn add(&mut self, other: Self) {
        self.moved.count += other.moved.count;
        self.moved.more_are_due |= other.moved.more_are_due;
        self.unreadable = self.unreadable.take().or(other.unreadable);
        self.failed = self.failed.take().or(other.failed);
    }

    /// Whether no row is left that should have been moved.
    const fn is_complete(&self) -> bool {
        self.failed.is_none() && !self.moved.more_are_due
    }
}

impl<C: Clock + Send + Sync> SqsQueues<C> {
    /// Moves messages that are due within 15 minutes to SQS, with the rest of their delay. To be
    /// run every minute; the next run makes up for a missed one. A message that was sent but not yet
    /// removed from the table is sent again by the next run.
    ///
    /// Once this returns, every message that was delayed before is in SQS or due later than that,
    /// unless `stop_at` came first: then no further page is begun. What cannot be moved does not
    /// hold up the rest, but each run ends with its fault.
    pub async fn move_due_messages(&self, stop_at: Timestamp) -> Result<MovedMessages, Fault> {
        let (until, last) = (self.end_of_run(), self.last_minute_of_run());
        let mut progress = Progress::default();
        let Some(first) = self.first_minute_of_run().await? else { return Ok(progress.moved) };
        let mut next = first;
        while next <= last && !progress.moved.more_are_due {
            let through = last.min(next + MINUTES_MAX - 1);
            progress.add(self.move_due_minutes(next..=through, until, stop_at).await);
            if progress.is_complete() {
                self.put_delayed_messages_checkpoint(through).await?;
            }
            next = through + 1;
        }
        match progress.failed.or(progress.unreadable) {
            Some(error) => Err(error.into()),
            None => Ok(progress.moved),
        }
    }

    async fn move_due_minutes(
        &self,
        minutes: RangeInclusive<i64>,
        until: Timestamp,
        stop_at: Timestamp,
    ) -> Progress {
        let partitions = minutes
            .flat_map(|minute| (0..DUE_SHARDS).map(move |shard| DuePartition { minute, shard }));
        let moves = partitions.map(|partition| async move {
            let mut progress = Progress::default();
            let moved = self.move_due_partition(partition, until, stop_at, &mut progress).await;
            progress.failed = progress.failed.or_else(|| moved.err());
            Ok(progress)
        });
        let mut progress = Progress::default();
        for partition in join_bounded(moves.collect()).await.into_iter().flatten() {
            progress.add(partition);
        }
        progress
    }

    async fn move_due_partition(
        &self,
        partition: DuePartition,
        until: Timestamp,
        stop_at: Timestamp,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let query = query_until(partition, until);
        let mut after = None;
        loop {
            if self.current_time() >= stop_at {
                progress.moved.more_are_due = true;
                return Ok(());
            }
            let page = self.delayed_messages_table().query_page(&query, ROWS_MAX, after).await?;
            let rows = page.items.unwrap_or_default();
            self.move_due_rows(&rows, partition, progress).await?;
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn move_due_rows(
        &self,
        rows: &[TableItem],
        partition: DuePartition,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let mut due = Vec::new();
        for row in rows {
            match self.read_delayed_message(row) {
                Ok(message) => due.push(message),
                Err(error) => {
                    self.put_off_unreadable_row(row, partition).await?;
                    progress.unreadable = progress.unreadable.take().or(Some(error));
                }
            }
        }
        let mut sent = Vec::new();
        for queue_name in [QueueName::Steps, QueueName::Tasks] {
            let (keys, bodies) = split_by_queue(&due, queue_name);
            for SentBatch { range, result } in
                self.send_batches(self.queue_url(queue_name), &bodies).await
            {
                match result {
                    Ok(()) => sent.extend_from_slice(&keys[range]),
                    Err(error) => progress.failed = progress.failed.take().or(Some(error)),
                }
            }
        }
        progress.moved.count += sent.len();
        self.delayed_messages_table().delete_items(&sent).await
    }

    /// Moves a row that this version cannot read to the last minute of the runs. A version that can
    /// read it finds it there, and no run has to begin at its old minute.
    async fn put_off_unreadable_row(
        &self,
        row: &TableItem,
        DuePartition { minute, shard }: DuePartition,
    ) -> Result<(), Error> {
        let last = self.last_minute_of_run();
        if minute == last {
            return Ok(());
        }
        let old = item::key_of_item(row)?;
        let pk = keys::delayed_messages_partition(last, shard);
        let mut put_off = row.clone();
        put_off.insert(PK.to_owned(), item::string_attribute(pk));
        self.delayed_messages_table().put_item(put_off).await?;
        self.delayed_messages_table().delete_items(&[old]).await
    }
}

fn split_by_queue(due: &[DueMessage], queue_name: QueueName) -> (Vec<ItemKey>, Vec<OutgoingBody>) {
    let of_queue = due.iter().filter(|message| message.queue_name == queue_name);
    of_queue.map(|message| (message.key.clone(), message.body.clone())).unzip()
}

/// Reads the rows of a partition that are due until that time. A row that a read does not see yet is
/// not due before later runs.
fn query_until(DuePartition { minute, shard }: DuePartition, until: Timestamp) -> TableQuery {
    let ItemKey { pk, sk } =
        keys::delayed_message_key(minute, shard, until.plus_milliseconds(1), "");
    TableQuery {
        source: QuerySource::StaleTable,
        condition: format!("{PK} = :pk AND {SK} < :end"),
        values: vec![(":pk", item::string_attribute(pk)), (":end", item::string_attribute(sk))],
        projection: None,
        forward: true,
    }
}
