//! `DescribeExecution`.

use std::sync::Arc;

use model::{ArnError, Execution, ExecutionArn};

use crate::{
    ApiError, EngineContext, Fault, Rejection, executions::execution_id_of_arn,
    ports::ExecutionStore,
};

/// What a caller of an operation that names an execution did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// There is no such execution: `ExecutionDoesNotExist`.
    #[error("Execution Does Not Exist: '{arn}'")]
    DoesNotExist {
        /// The ARN as it was asked for.
        arn: String,
    },
}

impl Rejection for ExecutionRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::DoesNotExist { .. } => "ExecutionDoesNotExist",
        }
    }
}

/// Returns an execution, and its ARN with the names in it. An Express execution is there if it was
/// kept; the ARN of any other is refused as on AWS, which keeps none.
pub async fn describe_execution(
    ports: &impl ExecutionStore,
    context: &EngineContext,
    execution_arn: &str,
) -> Result<(ExecutionArn, Arc<Execution>), ApiError<ExecutionRejection>> {
    if let Ok(arn) = ExecutionArn::parse_express(execution_arn)
        && let Some(execution) = load_by_arn(ports, context, &arn).await?
    {
        return Ok((arn, execution));
    }
    describe_standard_execution(ports, context, execution_arn).await
}

/// Returns a Standard execution, and its ARN with the names in it.
pub(super) async fn describe_standard_execution(
    ports: &impl ExecutionStore,
    context: &EngineContext,
    execution_arn: &str,
) -> Result<(ExecutionArn, Arc<Execution>), ApiError<ExecutionRejection>> {
    let arn = ExecutionArn::parse(execution_arn)
        .map_err(|error| ApiError::Rejected(ExecutionRejection::InvalidArn(error)))?;
    let none = ExecutionRejection::DoesNotExist { arn: execution_arn.to_owned() };
    match load_by_arn(ports, context, &arn).await? {
        Some(execution) => Ok((arn, execution)),
        None => Err(ApiError::Rejected(none)),
    }
}

async fn load_by_arn(
    ports: &impl ExecutionStore,
    context: &EngineContext,
    arn: &ExecutionArn,
) -> Result<Option<Arc<Execution>>, Fault> {
    match execution_id_of_arn(&context.settings, arn) {
        Some(id) => ports.load_execution(&id).await,
        None => Ok(None),
    }
}
