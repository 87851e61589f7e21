//! Descriptions and lists: `DescribeExecution`, `DescribeStateMachineForExecution`,
//! `ListExecutions`, `ListStateMachines`.

use std::sync::Arc;

use model::{
    Execution, ExecutionArn, ExecutionId, ExecutionStatus, MachineType, ResourceName, Revision,
    StateMachine, StateMachineArn,
};

use crate::{
    ApiError, EngineContext, ExecutionRejection, Fault, ListExecutionsRejection, NoStateMachine,
    TypeNotSupported,
    ports::{ExecutionPage, ExecutionStore, StateMachineStore},
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
    pub status: Option<ExecutionStatus>,
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
    pub next: Option<ResourceName>,
}

/// `DescribeExecution`: the execution and the names in its ARN.
pub async fn describe_execution(
    ports: &impl ExecutionStore,
    context: &EngineContext,
    execution_arn: &str,
) -> Result<(ExecutionArn, Arc<Execution>), ApiError<ExecutionRejection>> {
    let arn = ExecutionArn::parse(execution_arn)
        .map_err(|error| ApiError::Rejected(ExecutionRejection::InvalidArn(error)))?;
    let execution = match execution_id_here(context, &arn) {
        Some(id) => ports.load_execution(&id).await?,
        None => None,
    };
    match execution {
        Some(execution) => Ok((arn, execution)),
        None => Err(ApiError::Rejected(ExecutionRejection::DoesNotExist {
            arn: execution_arn.to_owned(),
        })),
    }
}

/// `DescribeStateMachineForExecution`
pub async fn describe_state_machine_for_execution<P>(
    ports: &P,
    context: &EngineContext,
    execution_arn: &str,
) -> Result<StateMachineForExecution, ApiError<ExecutionRejection>>
where
    P: ExecutionStore + StateMachineStore + Sync,
{
    let (arn, execution) = describe_execution(ports, context, execution_arn).await?;
    let machine = ports.load_machine(&arn.machine).await?;
    let revision = ports.load_revision(&execution.facts.revision).await?;
    match (machine, revision) {
        (Some(machine), Some(revision)) => Ok(StateMachineForExecution { machine, revision }),
        // The machine is being deleted, and its executions with it.
        (None, _) | (_, None) => Err(ApiError::Rejected(ExecutionRejection::DoesNotExist {
            arn: execution_arn.to_owned(),
        })),
    }
}

/// `ListExecutions`: a page and the machine whose executions it shows.
pub async fn list_executions<P>(
    ports: &P,
    context: &EngineContext,
    request: ListExecutions,
) -> Result<(ResourceName, ExecutionPage), ApiError<ListExecutionsRejection>>
where
    P: ExecutionStore + StateMachineStore + Sync,
{
    let ListExecutions { state_machine_arn, status, limit, after } = request;
    let arn = StateMachineArn::parse(&state_machine_arn)
        .map_err(|error| ApiError::Rejected(ListExecutionsRejection::InvalidArn(error)))?;
    let Some(machine) = machine_here(ports, context, &arn).await? else {
        return Err(ApiError::Rejected(ListExecutionsRejection::DoesNotExist(NoStateMachine {
            arn: state_machine_arn,
        })));
    };
    if machine.machine_type == MachineType::Express {
        return Err(ApiError::Rejected(ListExecutionsRejection::Type(TypeNotSupported)));
    }
    let page = ports.list_executions(&arn.name, status, limit, after.as_deref()).await?;
    Ok((arn.name, page))
}

/// `ListStateMachines`: at most `limit`, after the one of that name.
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

/// The execution that an ARN names here; none if it is of another region or account.
pub(crate) fn execution_id_here(
    context: &EngineContext,
    arn: &ExecutionArn,
) -> Option<ExecutionId> {
    (arn.account_region == context.account_region).then(|| arn.execution_id())
}

/// The machine that an ARN names here. Versions, aliases and the child machines of Distributed Maps
/// are none.
pub(crate) async fn machine_here(
    ports: &impl StateMachineStore,
    context: &EngineContext,
    arn: &StateMachineArn,
) -> Result<Option<Arc<StateMachine>>, Fault> {
    if arn.account_region != context.account_region
        || arn.qualifier.is_some()
        || arn.label.is_some()
    {
        return Ok(None);
    }
    ports.load_machine(&arn.name).await
}
