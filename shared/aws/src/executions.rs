//! Executions: one item is the execution and the first record of its root, so a start is one
//! conditional put. It is changed at the end, and
//! when it is redriven.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use model::{
    Execution, ExecutionId, Facts, Name, Outcome, Payload, Record, Redriven, Status, Timestamp,
};
use orchestrator::{
    Fault,
    ports::{Created, ExecutionPage, Executions, ListedExecution},
};
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::{
    Error, StatusChange,
    body::Room,
    item::{self, Item},
    keys,
    log::RECORD,
    retention::EXPIRES_AT,
    retry::Twice,
    schema::{LISTED_AS, LISTED_UNDER, LISTING, REDRIVEN, STARTED_AT, STARTED_IN, STOPPED_AT},
    table::{self, Query, Table, Update, Written},
    unstarted,
};

/// What record 0 does not hold of the execution.
const EXECUTION: &str = "execution";
/// How it ended.
pub(crate) const OUTCOME: &str = "outcome";
/// How often it was redriven, if ever.
const REDRIVES: &str = "redrives";

/// Index partitions of one machine and status: each takes a thousand writes a second. Executions
/// stay listed where they are, so it may grow, but never shrink.
pub(crate) const SHARDS: u32 = 4;
const STATUSES: [Status; 5] =
    [Status::Running, Status::Succeeded, Status::Failed, Status::TimedOut, Status::Aborted];

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

/// What record 0 of the root does not hold.
#[derive(Serialize, Deserialize)]
struct Beside {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<Arc<Facts>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<Payload>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace_header: Option<String>,
}

impl Executions for Table {
    async fn create(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<Created, Fault> {
        self.begin_starts(execution.facts.started_at).await?;
        let item = self.started(id, &execution, &first).await?;
        match self.put_new(Twice::Differs, item).await? {
            Written::Done(()) => {
                self.tell_of_start(id, execution).await;
                Ok(Created::Done)
            }
            Written::Refused(Some(existing)) => {
                Ok(Created::Exists(Arc::new(self.execution_of(&existing).await?)))
            }
            Written::Refused(None) => {
                Err(Error::broken(id.as_str(), "a start was refused that is not there"))?
            }
        }
    }

    async fn execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        match self.get(&keys::execution(id)).await? {
            Some(item) => Ok(Some(self.execution_of(&item).await?)
                .filter(|it| self.is_kept(it))
                .map(Arc::new)),
            None => Ok(None),
        }
    }

    /// The first end after each redrive counts. An execution that is gone stays so.
    async fn finish(
        &self,
        id: &ExecutionId,
        redriven: Option<&Redriven>,
        (at, outcome): (Timestamp, &Outcome),
    ) -> Result<(), Fault> {
        let mut set = vec!["#outcome = :outcome", "#stopped = :at", "#under = :under", "#as = :as"];
        let mut values = vec![
            (":outcome", self.pack(id.as_str(), Room::Shared, outcome).await?),
            (":at", item::number(at.milliseconds())),
        ];
        values.extend(listed_at(id, outcome.status(), at));
        let remove = match self.retention().of_end(at) {
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
                values.extend(redriven_as(id, redriven)?);
                "(attribute_not_exists(#redrives) OR #redrives < :redrives \
                 OR (#redrives = :redrives AND attribute_not_exists(#outcome)))"
            }
        };
        let update = Update {
            key: keys::execution(id),
            expression: format!("SET {}{remove}", set.join(", ")),
            condition: Some(format!("attribute_exists(#record) AND {condition}")),
            names: match redriven {
                Some(_) => NAMES,
                None => NAMES_WITHOUT_REDRIVEN,
            },
            values,
        };
        let written = self.update(Twice::IsOnce, update).await?;
        Ok(self.tell(id, written).await?)
    }

    async fn reopen(&self, id: &ExecutionId, redriven: &Redriven) -> Result<(), Fault> {
        let mut values = redriven_as(id, redriven)?;
        values.extend(listed_at(id, Status::Running, redriven.at));
        let update = Update {
            key: keys::execution(id),
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
        let written = self.update(Twice::IsOnce, update).await?;
        Ok(self.tell(id, written).await?)
    }

    async fn unstarted(&self, before: Timestamp) -> Result<Vec<ExecutionId>, Fault> {
        Ok(self.find_unstarted(before).await?)
    }

    async fn list(
        &self,
        machine: &Name,
        status: Option<Status>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        let limit = limit.max(1) as usize;
        if let Some(token) = after {
            Place::parse(token).ok_or_else(|| Error::PageToken(token.to_owned()))?;
        }
        let statuses = status.map_or_else(|| STATUSES.to_vec(), |status| vec![status]);
        let mut shards = Vec::new();
        for status in statuses {
            for shard in 0..SHARDS {
                shards.push(self.listed(machine, (status, shard), after, limit + 1));
            }
        }
        let mut all: Vec<Listed> = table::all(shards).await?.into_iter().flatten().collect();
        all.retain(|listed| {
            !listed.execution.stopped_at.is_some_and(|at| self.retention().is_over(at))
        });
        all.sort_by(|one, other| other.place.cmp(&one.place));
        let next = (all.len() > limit).then(|| all[limit - 1].place.clone());
        let executions = all.into_iter().take(limit).map(|listed| listed.execution).collect();
        Ok(ExecutionPage { executions, next })
    }
}

impl Table {
    fn is_kept(&self, execution: &Execution) -> bool {
        !execution.end.as_ref().is_some_and(|(at, _)| self.retention().is_over(*at))
    }

    async fn tell_of_start(&self, id: &ExecutionId, execution: Execution) {
        let Some(watcher) = self.watcher() else { return };
        let change = StatusChange { id: id.clone(), execution, repeated: false };
        if let Err(untold) = watcher.changed(&change).await {
            warn!(execution = %id, untold, "nobody was told of a start");
        }
    }

    /// Tells of an execution that was changed, or had been changed before: then whoever did that
    /// may have died before he told.
    async fn tell(&self, id: &ExecutionId, written: Written<Item>) -> Result<(), Error> {
        let Some(watcher) = self.watcher() else { return Ok(()) };
        let (item, repeated) = match written {
            Written::Done(item) => (item, false),
            Written::Refused(Some(item)) => (item, true),
            Written::Refused(None) => return Ok(()),
        };
        let execution = self.execution_of(&item).await?;
        let change = StatusChange { id: id.clone(), execution, repeated };
        watcher.changed(&change).await.map_err(|untold| Error::Untold(untold.into()))
    }

    async fn started(
        &self,
        id: &ExecutionId,
        execution: &Execution,
        first: &Record,
    ) -> Result<Item, Error> {
        let (machine, name) = names_of(id);
        let Execution { facts, input, trace_header, end: _ } = execution;
        let holds_input = first.frame.data().is_some_and(|data| data.same(input));
        let beside = Beside {
            facts: (first.facts != *facts).then(|| Arc::clone(facts)),
            input: (!holds_input).then(|| input.clone()),
            trace_header: trace_header.clone(),
        };
        let started_at = facts.started_at;
        let mut item = item::of_key(&keys::execution(id));
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        set(RECORD, self.pack(id.as_str(), Room::Shared, first).await?);
        set(EXECUTION, self.pack(id.as_str(), Room::Shared, &beside).await?);
        set(STARTED_AT, item::number(started_at.milliseconds()));
        set(STARTED_IN, item::text(unstarted::started_in(started_at, name)));
        set(LISTED_UNDER, item::text(under(machine, Status::Running, shard(name))));
        set(LISTED_AS, item::text(Place { at: started_at, name }.to_string()));
        Ok(item)
    }

    async fn execution_of(&self, item: &Item) -> Result<Execution, Error> {
        let pk = item::text_of(item, keys::PK)?;
        let first = self.record(item).await?;
        let beside: Beside = self.unpack(pk, item.get(EXECUTION)).await?;
        let input = beside.input.or_else(|| first.frame.data().cloned());
        let end = match item::number_of(item, STOPPED_AT)? {
            Some(at) => {
                let outcome = self.unpack(pk, item.get(OUTCOME)).await?;
                Some((Timestamp::from_milliseconds(at), outcome))
            }
            None => None,
        };
        let mut facts = beside.facts.unwrap_or_else(|| Arc::clone(&first.facts));
        if let Some(redriven) = redriven_of(item)? {
            Arc::make_mut(&mut facts).redriven = Some(redriven);
        }
        Ok(Execution {
            facts,
            input: input.ok_or_else(|| item::broken(item, "its first record has no input"))?,
            trace_header: beside.trace_header,
            end,
        })
    }

    async fn listed(
        &self,
        machine: &Name,
        (status, shard): (Status, u32),
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Listed>, Error> {
        let items = self.shard(machine.as_str(), status, shard, after, limit).await?;
        items.iter().map(|item| Listed::of(machine, status, item)).collect()
    }

    /// The newest executions of one shard that stand after a place.
    async fn shard(
        &self,
        machine: &str,
        status: Status,
        shard: u32,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Item>, Error> {
        let mut values = vec![(":under", item::text(under(machine, status, shard)))];
        values.extend(after.map(|after| (":after", item::text(after))));
        let condition = match after {
            Some(_) => format!("{LISTED_UNDER} = :under AND {LISTED_AS} < :after"),
            None => format!("{LISTED_UNDER} = :under"),
        };
        let (index, forward) = (Some(LISTING), false);
        self.query_all(Query { index, condition, values, projection: None, forward }, limit).await
    }

    /// Some executions of a machine, whatever their status; none once there is none.
    pub(crate) async fn some_executions(
        &self,
        machine: &Name,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        for status in STATUSES {
            for shard in 0..SHARDS {
                let items = self.shard(machine.as_str(), status, shard, None, limit).await?;
                if !items.is_empty() {
                    let pk = |item| item::text_of(item, keys::PK).map(str::to_owned);
                    return items.iter().map(pk).collect();
                }
            }
        }
        Ok(Vec::new())
    }
}

/// One line of a list and where it stands.
struct Listed {
    place: String,
    execution: ListedExecution,
}

impl Listed {
    fn of(machine: &Name, status: Status, item: &Item) -> Result<Self, Error> {
        let place = item::text_of(item, LISTED_AS)?;
        let name = Place::parse(place).and_then(|place| Name::parse(place.name).ok());
        let name = name.ok_or_else(|| item::broken(item, "it stands nowhere in a list"))?;
        let started_at = item::number_of(item, STARTED_AT)?;
        let started_at = started_at.ok_or_else(|| item::broken(item, "it has no start"))?;
        let execution = ListedExecution {
            id: ExecutionId::new(machine, &name),
            status,
            started_at: Timestamp::from_milliseconds(started_at),
            stopped_at: item::number_of(item, STOPPED_AT)?.map(Timestamp::from_milliseconds),
            redriven: redriven_of(item)?,
        };
        Ok(Self { place: place.to_owned(), execution })
    }
}

/// Where an execution stands in a list: `0001700000000000.name`, in the order of these texts. It is
/// the page token too.
struct Place<'name> {
    at: Timestamp,
    name: &'name str,
}

/// Digits of a time, which reach for 300,000 years.
const TIME_DIGITS: usize = 16;

impl<'name> Place<'name> {
    fn parse(text: &'name str) -> Option<Self> {
        let (at, name) = text.split_once('.')?;
        let is_time = at.len() == TIME_DIGITS && at.bytes().all(|byte| byte.is_ascii_digit());
        let at = Timestamp::from_milliseconds(at.parse().ok()?);
        (is_time && !name.is_empty()).then_some(Self { at, name })
    }
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0TIME_DIGITS$}.{}", self.at.milliseconds().max(0), self.name)
    }
}

/// What `:under` and `:as` stand for.
fn listed_at(
    id: &ExecutionId,
    status: Status,
    at: Timestamp,
) -> [(&'static str, AttributeValue); 2] {
    let (machine, name) = names_of(id);
    let under = item::text(under(machine, status, shard(name)));
    [(":under", under), (":as", item::text(Place { at, name }.to_string()))]
}

/// What `:redriven` and `:redrives` stand for.
fn redriven_as(
    id: &ExecutionId,
    redriven: &Redriven,
) -> Result<Vec<(&'static str, AttributeValue)>, Error> {
    let json = serde_json::to_string(redriven);
    let json = json.map_err(|error| Error::broken(id.as_str(), error))?;
    Ok(vec![(":redriven", item::text(json)), (":redrives", item::number(redriven.count))])
}

fn redriven_of(item: &Item) -> Result<Option<Redriven>, Error> {
    if !item.contains_key(REDRIVEN) {
        return Ok(None);
    }
    let redriven = serde_json::from_str(item::text_of(item, REDRIVEN)?);
    redriven.map(Some).map_err(|_| item::broken(item, "its redrive cannot be read"))
}

/// Neither name can hold a `#`.
fn under(machine: &str, status: Status, shard: u32) -> String {
    format!("{machine}#{}#{shard}", status.as_str())
}

/// The same for a name for ever: FNV-1a.
pub(crate) fn shard(name: &str) -> u32 {
    let mix = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811C_9DC5, mix) % SHARDS
}

fn names_of(id: &ExecutionId) -> (&str, &str) {
    id.as_str().split_once(':').unwrap_or((id.as_str(), ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_the_order_of_times() {
        let places = [0, 1, 999, 1_700_000_000_000, 99_999_999_999_999]
            .map(|at| Place { at: Timestamp::from_milliseconds(at), name: "e" }.to_string());
        assert!(places.is_sorted(), "{places:?}");
        let place = Place::parse(&places[3]).expect("it was just printed");
        assert_eq!((place.at.milliseconds(), place.name), (1_700_000_000_000, "e"));
    }

    #[test]
    fn a_name_keeps_its_shard() {
        let shards = ["a", "b", "c", "forty-two", "é"].map(shard);
        assert_eq!(shards, [0, 1, 2, 0, 1], "they are where they were when they were started");
    }
}
