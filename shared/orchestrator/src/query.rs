//! Descriptions and lists: `DescribeExecution`, `DescribeStateMachineForExecution`,
//! `ListExecutions`, `ListStateMachines`.

use std::sync::Arc;

use model::{
    Execution, ExecutionArn, ExecutionId, MachineType, Name, Revision, StateMachine,
    StateMachineArn, Status,
};

use crate::{
    ExecutionRejection, Fault, ListExecutionsRejection, NoStateMachine, Tools, TypeNotSupported,
    Unanswered,
    ports::{ExecutionPage, Executions, Machines},
};

/// The machine as an execution runs it.
#[derive(Clone, Debug)]
pub struct StateMachineForExecution {
    /// The machine as it is by now.
    pub machine: Arc<StateMachine>,
    /// The revision that the execution runs.
    pub revision: Arc<Revision>,
}

/// What a caller asks for.
///
/// Spec: API reference, `ListExecutions`.
#[derive(Clone, Debug)]
pub struct ListExecutions {
    /// Of which machine.
    pub state_machine_arn: String,
    /// Only those of this status.
    pub status: Option<Status>,
    /// At most so many.
    pub limit: u32,
    /// From where the page before ended.
    pub after: Option<String>,
}

/// A page of state machines.
#[derive(Clone, Debug)]
pub struct StateMachinePage {
    /// In order of their names.
    pub machines: Vec<Arc<StateMachine>>,
    /// The name after which the next page begins; none at the end.
    pub next: Option<Name>,
}

/// `DescribeExecution`: the execution and the names in its ARN.
pub async fn describe_execution(
    ports: &impl Executions,
    tools: &Tools,
    execution_arn: &str,
) -> Result<(ExecutionArn, Arc<Execution>), Unanswered<ExecutionRejection>> {
    let arn = ExecutionArn::parse(execution_arn)
        .map_err(|error| Unanswered::Rejected(ExecutionRejection::InvalidArn(error)))?;
    let execution = match id_here(tools, &arn) {
        Some(id) => ports.execution(&id).await?,
        None => None,
    };
    match execution {
        Some(execution) => Ok((arn, execution)),
        None => Err(Unanswered::Rejected(ExecutionRejection::DoesNotExist {
            arn: execution_arn.to_owned(),
        })),
    }
}

/// `DescribeStateMachineForExecution`
pub async fn describe_state_machine_for_execution<P>(
    ports: &P,
    tools: &Tools,
    execution_arn: &str,
) -> Result<StateMachineForExecution, Unanswered<ExecutionRejection>>
where
    P: Executions + Machines + Sync,
{
    let (arn, execution) = describe_execution(ports, tools, execution_arn).await?;
    let machine = ports.machine(&arn.machine).await?;
    let revision = ports.revision(&execution.facts.revision).await?;
    match (machine, revision) {
        (Some(machine), Some(revision)) => Ok(StateMachineForExecution { machine, revision }),
        // The machine is being deleted, and its executions with it.
        (None, _) | (_, None) => Err(Unanswered::Rejected(ExecutionRejection::DoesNotExist {
            arn: execution_arn.to_owned(),
        })),
    }
}

/// `ListExecutions`: a page and the machine whose executions it shows.
pub async fn list_executions<P>(
    ports: &P,
    tools: &Tools,
    request: ListExecutions,
) -> Result<(Name, ExecutionPage), Unanswered<ListExecutionsRejection>>
where
    P: Executions + Machines + Sync,
{
    let ListExecutions { state_machine_arn, status, limit, after } = request;
    let arn = StateMachineArn::parse(&state_machine_arn)
        .map_err(|error| Unanswered::Rejected(ListExecutionsRejection::InvalidArn(error)))?;
    let Some(machine) = machine_here(ports, tools, &arn).await? else {
        return Err(Unanswered::Rejected(ListExecutionsRejection::DoesNotExist(NoStateMachine {
            arn: state_machine_arn,
        })));
    };
    if machine.machine_type == MachineType::Express {
        return Err(Unanswered::Rejected(ListExecutionsRejection::Type(TypeNotSupported)));
    }
    let page = ports.list(&arn.name, status, limit, after.as_deref()).await?;
    Ok((arn.name, page))
}

/// `ListStateMachines`: at most `limit`, after the one of that name.
pub async fn list_state_machines(
    ports: &impl Machines,
    limit: u32,
    after: Option<&Name>,
) -> Result<StateMachinePage, Fault> {
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut machines = ports.machines(limit.saturating_add(1), after).await?;
    let is_last = machines.len() <= size;
    machines.truncate(size);
    let next = if is_last { None } else { machines.last().map(|last| last.name.clone()) };
    Ok(StateMachinePage { machines, next })
}

/// The execution that an ARN names here; none if it is of another region or account.
pub(crate) fn id_here(tools: &Tools, arn: &ExecutionArn) -> Option<ExecutionId> {
    (arn.place == tools.place).then(|| arn.id())
}

/// The machine that an ARN names here. Versions, aliases and the child machines of Distributed Maps
/// are none.
pub(crate) async fn machine_here(
    ports: &impl Machines,
    tools: &Tools,
    arn: &StateMachineArn,
) -> Result<Option<Arc<StateMachine>>, Fault> {
    if arn.place != tools.place || arn.qualifier.is_some() || arn.label.is_some() {
        return Ok(None);
    }
    ports.machine(&arn.name).await
}
