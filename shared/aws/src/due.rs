//! Messages whose time is further away than SQS can wait: rows of the table, by their minutes.
//!
//! Invariant: a row is found before it is due. It is written over 15 minutes before; every run of
//! `move_due` looks at each minute from that of the last whole run to the one in 15 minutes; so a
//! row that is written after a run has looked at its minute is seen by the next ones. (The contract
//! of the queue, on `tests/contracts/sqs.rs`, is kept with a run every ten minutes.)

use std::collections::HashMap;

use model::Timestamp;
use orchestrator::{
    Fault,
    ports::{Clock, Lane},
};

use crate::{
    Error,
    item::{self, Item},
    keys::{self, Key},
    queue::{DELAY_SECONDS_MAX, Queues},
    retry::Twice,
    table::{Query, Written, each},
};

const BODY: &str = "body";
const LANE: &str = "lane";
/// When it is due, in milliseconds.
const AT: &str = "at";
/// The minute of the last whole run.
const MINUTE: &str = "minute";
const MINUTE_MILLISECONDS: i64 = 60_000;

impl<C: Clock + Send + Sync> Queues<C> {
    /// Once this returns, the message is in the table until `move_due` finds it.
    pub(crate) async fn put_off(
        &self,
        body: String,
        lane: Lane,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.begun().get_or_try_init(|| self.begin()).await?;
        let key = keys::due(minute_of(at), at, &uuid::Uuid::new_v4().to_string());
        let mut row = item::of_key(&key);
        let mut set = |name: &str, value| row.insert(name.to_owned(), value);
        set(BODY, item::text(body));
        set(LANE, item::text(lane_name(lane)));
        set(AT, item::number(at.milliseconds()));
        self.table().put(row).await
    }

    /// Moves what is due within 15 minutes to SQS, with the rest of its delay, and returns how many
    /// messages that were. To be run every minute; a run that is missed is made up for by the next.
    /// A message that is sent and not yet removed is sent again by the next run.
    ///
    /// Once this returns, every message that was put off before is in SQS or due later than that. A
    /// message that cannot be moved holds up no other: it is a fault of each run until it can.
    pub async fn move_due(&self) -> Result<usize, Fault> {
        let now = self.now();
        let until = now.plus_milliseconds(1000 * DELAY_SECONDS_MAX);
        let first = self.last_whole_run().await?.unwrap_or_else(|| minute_of(now));
        let minutes = first..=minute_of(until);
        let moved = each(minutes.map(|minute| self.move_minute(minute, until)).collect()).await;
        let moved = moved.into_iter().sum::<Result<usize, Error>>()?;
        self.table().put(run_at(now)).await?;
        Ok(moved)
    }

    /// There is nothing before the first row, so that is where the first run begins.
    async fn begin(&self) -> Result<(), Error> {
        match self.table().put_new(Twice::IsOnce, run_at(self.now())).await? {
            Written::Done(()) | Written::Refused(_) => Ok(()),
        }
    }

    async fn last_whole_run(&self) -> Result<Option<i64>, Error> {
        let run = self.table().get(&keys::last_run()).await?.unwrap_or_else(HashMap::new);
        item::number_of(&run, MINUTE)
    }

    async fn move_minute(&self, minute: i64, until: Timestamp) -> Result<usize, Error> {
        let Key { pk, sk } = keys::due(minute, until.plus_milliseconds(1), "");
        let query = Query {
            index: None,
            condition: format!("{} = :pk AND {} < :end", keys::PK, keys::SK),
            values: vec![(":pk", item::text(pk)), (":end", item::text(sk))],
            projection: None,
            forward: true,
        };
        let rows = self.table().query_all(query, usize::MAX).await?;
        let moved = each(rows.iter().map(|row| self.move_row(row)).collect()).await;
        let sent: Vec<Key> = moved.iter().flatten().cloned().collect();
        self.table().delete_all(&sent).await?;
        moved.into_iter().find_map(Result::err).map_or(Ok(sent.len()), Err)
    }

    async fn move_row(&self, row: &Item) -> Result<Key, Error> {
        let at = item::number_of(row, AT)?.map(Timestamp::from_milliseconds);
        let at = at.ok_or_else(|| item::broken(row, "it has no time"))?;
        let lane = lane_of(item::text_of(row, LANE)?);
        let lane = lane.ok_or_else(|| item::broken(row, "it has no lane"))?;
        let delay = self.seconds_until(at).min(DELAY_SECONDS_MAX);
        self.send_body(self.url(lane), item::text_of(row, BODY)?, delay).await?;
        item::key_of(row)
    }
}

/// The item of a whole run.
fn run_at(now: Timestamp) -> Item {
    let mut run = item::of_key(&keys::last_run());
    run.insert(MINUTE.to_owned(), item::number(minute_of(now)));
    run
}

const fn minute_of(at: Timestamp) -> i64 {
    at.milliseconds().div_euclid(MINUTE_MILLISECONDS)
}

/// What stands for a lane in a row; never to be changed.
const fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Steps => "steps",
        Lane::Tasks => "tasks",
    }
}

fn lane_of(name: &str) -> Option<Lane> {
    [Lane::Steps, Lane::Tasks].into_iter().find(|lane| lane_name(*lane) == name)
}
