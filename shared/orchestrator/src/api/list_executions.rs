//! `ListExecutions`.

use std::sync::Arc;

use model::{
    ArnError, ArnQualifier, ExecutionStatus, ResourceName, StateMachine, StateMachineArn,
    StateMachineType,
};

use crate::{
    ApiError, EngineContext, Rejection, StateMachineNotFound, TypeNotSupported,
    executions::load_machine_of_qualified_arn,
    ports::{ExecutionFilter, ExecutionPage, ExecutionStore, StateMachineStore},
};

/// A request for a page of a machine's executions.
///
/// Spec: API reference, `ListExecutions`.
#[derive(Clone, Debug)]
pub struct ListExecutions {
    /// The ARN of the machine, or of one of its versions or aliases.
    pub state_machine_arn: String,
    /// The status of the executions to list; all if absent.
    pub status: Option<ExecutionStatus>,
    /// The most executions on the page.
    pub limit: u32,
    /// [`ExecutionPage::next`] of the previous page; none for the first page.
    pub after: Option<String>,
}

/// What a caller of `ListExecutions` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListExecutionsRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// There is no such machine: `StateMachineDoesNotExist`.
    #[error(transparent)]
    DoesNotExist(StateMachineNotFound),
    /// The machine is an Express machine: `StateMachineTypeNotSupported`.
    #[error(transparent)]
    Type(TypeNotSupported),
}

impl Rejection for ListExecutionsRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::DoesNotExist(machine) => machine.exception_name(),
            Self::Type(unsupported) => unsupported.exception_name(),
        }
    }
}

/// Returns a page of executions, and the name of their machine. Of an Express machine, there are
/// those that are kept.
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
    let machine = load_machine_of_qualified_arn(ports, &context.settings, &arn).await?;
    let published = |machine: &Arc<StateMachine>| has_published(machine, arn.qualifier.as_ref());
    let Some(machine) = machine.filter(published) else {
        return Err(ApiError::Rejected(ListExecutionsRejection::DoesNotExist(
            StateMachineNotFound { arn: state_machine_arn },
        )));
    };
    let is_express = machine.machine_type == StateMachineType::Express;
    if is_express && !machine.keeps_express_executions() {
        return Err(ApiError::Rejected(ListExecutionsRejection::Type(TypeNotSupported)));
    }
    let filter = ExecutionFilter { status, started_as: arn.qualifier };
    let page = ports.list_executions(&arn.name, filter, limit, after.as_deref()).await?;
    Ok((arn.name, page))
}

/// Whether a machine has the version or the alias that an ARN names, if it names one.
fn has_published(machine: &StateMachine, qualifier: Option<&ArnQualifier>) -> bool {
    match qualifier {
        None => true,
        Some(ArnQualifier::Version(number)) => machine.versions.versions.contains_key(number),
        Some(ArnQualifier::Alias(name)) => machine.versions.aliases.contains_key(name),
    }
}
