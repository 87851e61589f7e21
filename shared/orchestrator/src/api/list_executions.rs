//! `ListExecutions`.

use model::{ArnError, ExecutionStatus, ResourceName, StateMachineArn, StateMachineType};

use crate::{
    ApiError, EngineContext, Rejection, StateMachineNotFound, TypeNotSupported,
    executions::load_machine_by_arn,
    ports::{ExecutionPage, ExecutionStore, StateMachineStore},
};

/// A request for a page of a machine's executions.
///
/// Spec: API reference, `ListExecutions`.
#[derive(Clone, Debug)]
pub struct ListExecutions {
    /// The machine's ARN.
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

/// Returns a page of executions, and the name of their machine.
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
    let Some(machine) = load_machine_by_arn(ports, &context.settings, &arn).await? else {
        return Err(ApiError::Rejected(ListExecutionsRejection::DoesNotExist(
            StateMachineNotFound { arn: state_machine_arn },
        )));
    };
    if machine.machine_type == StateMachineType::Express {
        return Err(ApiError::Rejected(ListExecutionsRejection::Type(TypeNotSupported)));
    }
    let page = ports.list_executions(&arn.name, status, limit, after.as_deref()).await?;
    Ok((arn.name, page))
}
