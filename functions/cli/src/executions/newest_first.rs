//! Executions of one or of all state machines: first those of which something happened last.

use model::Timestamp;
use orchestrator::ports::Clock;
use serde_json::{Value, json};
use system_clock::SystemClock;

use super::execution_conditions::{ExecutionConditions, Listed, last_date};
use crate::client::{ApiClient, ApiRefusal, Pages, find_machine};

/// The lists of state machines, merged in the order that each of them has.
pub(super) struct NewestFirst<'c> {
    client: &'c ApiClient,
    filter: &'c ExecutionConditions,
    lists: Vec<MachineList<'c>>,
    now: Timestamp,
}

/// The list of one state machine, with its next entry.
struct MachineList<'c> {
    pages: Pages<'c>,
    next: Option<Value>,
}

/// An execution: its entry in the list, and its description where the filter needed it.
pub(super) struct FoundExecution {
    pub(super) entry: Value,
    pub(super) description: Option<Value>,
}

impl<'c> NewestFirst<'c> {
    /// Begins to list the executions that a filter wants.
    pub(super) async fn begin(
        client: &'c ApiClient,
        filter: &'c ExecutionConditions,
    ) -> anyhow::Result<Self> {
        let machines = match &filter.machine {
            Some(named) => vec![find_machine(client, named).await?],
            None => all_machines(client).await?,
        };
        let mut lists = Vec::new();
        for machine in machines {
            let mut members = json!({ "stateMachineArn": machine });
            if let Some(status) = filter.status {
                members["statusFilter"] = status.as_str().into();
            }
            let mut pages = Pages::new(client, "ListExecutions", members, "executions");
            match pages.next().await {
                Ok(next) => lists.push(MachineList { pages, next }),
                // Express executions are in no list, unless the place keeps them.
                Err(error) if filter.machine.is_none() && is_refused(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { client, filter, lists, now: SystemClock.now() })
    }

    /// The next execution that is wanted; none at the end.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<FoundExecution>> {
        while let Some(entry) = self.next_entry().await? {
            match self.filter.judge_entry(&entry, self.now) {
                Listed::TooOld => return Ok(None),
                Listed::NotWanted => {}
                Listed::Wanted if !self.filter.needs_description() => {
                    return Ok(Some(FoundExecution { entry, description: None }));
                }
                Listed::Wanted => {
                    let arn = &entry["executionArn"];
                    let described = self.filter.describe_wanted(self.client, arn).await?;
                    if described.is_some() {
                        return Ok(Some(FoundExecution { entry, description: described }));
                    }
                }
            }
        }
        Ok(None)
    }

    async fn next_entry(&mut self) -> anyhow::Result<Option<Value>> {
        let newest = self.lists.iter_mut().max_by_key(|list| list.next.as_ref().map(last_date));
        let Some(newest) = newest else { return Ok(None) };
        let entry = newest.next.take();
        if entry.is_some() {
            newest.next = newest.pages.next().await?;
        }
        Ok(entry)
    }
}

async fn all_machines(client: &ApiClient) -> anyhow::Result<Vec<String>> {
    let machines = Pages::new(client, "ListStateMachines", json!({}), "stateMachines");
    let arns = machines.collect().await?.into_iter();
    Ok(arns.filter_map(|machine| Some(machine["stateMachineArn"].as_str()?.to_owned())).collect())
}

fn is_refused(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<ApiRefusal>()
        .is_some_and(|refusal| refusal.exception == "StateMachineTypeNotSupported")
}
