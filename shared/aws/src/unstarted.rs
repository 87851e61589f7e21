//! Executions whose first message may never have been sent: found by the minutes in which they
//! started, from the first minute that had any when it was last looked at.
//!
//! Invariant: a minute is looked at again until each execution that started in it has got on, and
//! for a few minutes in any case, since the index lags behind and clocks differ.

use model::{ExecutionId, FramePath, Name, RecordKey, RecordNumber, Timestamp};

use crate::{
    Error,
    executions::{OUTCOME, SHARDS, shard},
    item::{self, Item},
    keys::{self, Key},
    retry::Twice,
    schema::{STARTED_AT, STARTED_IN, STARTS},
    table::{Query, Table, Written, all},
};

/// The first minute that is still looked at.
const MINUTE: &str = "minute";
const MINUTE_MILLISECONDS: i64 = 60_000;
/// Minutes after which no more executions are expected in one.
const SETTLED_MINUTES: i64 = 3;
/// Executions that are found at once.
const UNSTARTED_MAX: usize = 500;

/// The index partition of an execution's start.
pub(crate) fn started_in(started_at: Timestamp, name: &str) -> String {
    partition(minute_of(started_at), shard(name))
}

fn partition(minute: i64, shard: u32) -> String {
    format!("{minute}#{shard}")
}

impl Table {
    /// Once this returns, minutes are looked at from that of this start on, or from earlier. Once
    /// in a process is enough.
    pub(crate) async fn begin_starts(&self, started_at: Timestamp) -> Result<(), Error> {
        let first = minute_of(started_at) - SETTLED_MINUTES;
        let begin = async || match self.put_new(Twice::IsOnce, looked_at(first)).await? {
            Written::Done(()) | Written::Refused(_) => Ok::<_, Error>(()),
        };
        self.starts().get_or_try_init(begin).await?;
        Ok(())
    }

    /// Running executions that started before that time and are still at record 0.
    pub(crate) async fn find_unstarted(
        &self,
        before: Timestamp,
    ) -> Result<Vec<ExecutionId>, Error> {
        let last_look = self.get(&keys::last_starts()).await?;
        let Some(first) =
            last_look.map(|look| item::number_of(&look, MINUTE)).transpose()?.flatten()
        else {
            return Ok(Vec::new());
        };
        let last = minute_of(before);
        let (mut found, mut next) = (Vec::new(), last - SETTLED_MINUTES);
        for minute in first..=last {
            let unstarted = self.unstarted_in(minute, before).await?;
            if !unstarted.is_empty() {
                next = next.min(minute);
            }
            found.extend(unstarted);
            if found.len() >= UNSTARTED_MAX {
                break;
            }
        }
        if next > first {
            self.put(looked_at(next)).await?;
        }
        Ok(found)
    }

    async fn unstarted_in(
        &self,
        minute: i64,
        before: Timestamp,
    ) -> Result<Vec<ExecutionId>, Error> {
        let shards = (0..SHARDS).map(|shard| self.query_all(starts(minute, shard), usize::MAX));
        let items: Vec<Item> = all(shards.collect()).await?.into_iter().flatten().collect();
        let mut ids = Vec::with_capacity(items.len());
        for item in &items {
            ids.push(id_of(item)?);
        }
        let seconds: Vec<Key> = ids.iter().map(second).collect();
        let seconds = self.get_all(&seconds).await?;
        ids = ids.into_iter().zip(seconds).filter(|(_, it)| it.is_none()).map(|it| it.0).collect();
        let firsts: Vec<Key> = ids.iter().map(keys::execution).collect();
        let firsts = self.get_all(&firsts).await?;
        let mut unstarted = Vec::new();
        for (id, first) in ids.into_iter().zip(firsts) {
            if let Some(item) = first
                && !item.contains_key(OUTCOME)
                && item::number_of(&item, STARTED_AT)?
                    .is_some_and(|at: i64| at < before.milliseconds())
            {
                unstarted.push(id);
            }
        }
        Ok(unstarted)
    }
}

fn starts(minute: i64, shard: u32) -> Query {
    Query {
        index: Some(STARTS),
        condition: format!("{STARTED_IN} = :in"),
        values: vec![(":in", item::text(partition(minute, shard)))],
        projection: None,
        forward: true,
    }
}

/// The record after the first of the root.
fn second(id: &ExecutionId) -> Key {
    let (frame, number) = (FramePath::ROOT, RecordNumber::FIRST.next());
    keys::record(&RecordKey { execution: id.clone(), frame, number })
}

fn id_of(item: &Item) -> Result<ExecutionId, Error> {
    let names = item::text_of(item, keys::PK)?.split_once(':');
    let id = names.and_then(|(machine, name)| {
        Some(ExecutionId::new(&Name::parse(machine).ok()?, &Name::parse(name).ok()?))
    });
    id.ok_or_else(|| item::broken(item, "its key does not name an execution"))
}

fn looked_at(minute: i64) -> Item {
    let mut look = item::of_key(&keys::last_starts());
    look.insert(MINUTE.to_owned(), item::number(minute));
    look
}

const fn minute_of(at: Timestamp) -> i64 {
    at.milliseconds().div_euclid(MINUTE_MILLISECONDS)
}
