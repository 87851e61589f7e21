//! `ListStateMachines`.

use std::sync::Arc;

use model::{ResourceName, StateMachine};

use crate::{Fault, ports::StateMachineStore};

/// A page of state machines.
#[derive(Clone, Debug)]
pub struct StateMachinePage {
    /// The machines, in order of their names.
    pub machines: Vec<Arc<StateMachine>>,
    /// The name after which the next page begins; none on the last page.
    pub next: Option<ResourceName>,
}

/// Returns at most `limit` state machines, those after the one named `after`.
pub async fn list_state_machines(
    ports: &impl StateMachineStore,
    limit: u32,
    after: Option<&ResourceName>,
) -> Result<StateMachinePage, Fault> {
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut machines = ports.list_machines(limit.saturating_add(1), after).await?;
    let is_last = machines.len() <= size;
    machines.truncate(size);
    let next = if is_last { None } else { machines.last().map(|last| last.name.clone()) };
    Ok(StateMachinePage { machines, next })
}
