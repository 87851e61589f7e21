//! `DescribeStateMachine`.

use std::sync::Arc;

use model::{ArnError, ArnQualifier, Revision, StateMachine, StateMachineArn, Timestamp};

use crate::{
    ApiError, EngineContext, Rejection, StateMachineNotFound,
    executions::{load_machine_of_qualified_arn, load_version},
    ports::StateMachineStore,
};

/// What a caller of `DescribeStateMachine` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescribeStateMachineRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// There is no such machine or version: `StateMachineDoesNotExist`.
    #[error(transparent)]
    DoesNotExist(StateMachineNotFound),
}

impl Rejection for DescribeStateMachineRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::DoesNotExist(machine) => machine.exception_name(),
        }
    }
}

/// A state machine with its newest revision, or that of one version.
#[derive(Clone, Debug)]
pub struct DescribedStateMachine {
    /// The machine.
    pub machine: Arc<StateMachine>,
    /// The revision that is described.
    pub revision: Arc<Revision>,
    /// When the machine was created, or the version was published.
    pub created_at: Timestamp,
    /// The description of the version.
    pub description: Option<String>,
}

/// Returns a state machine with its newest revision, or with that of a version if the ARN is that of
/// a version. An alias names no one revision: it cannot be described here, as on AWS.
pub async fn describe_state_machine(
    ports: &impl StateMachineStore,
    context: &EngineContext,
    state_machine_arn: &str,
) -> Result<DescribedStateMachine, ApiError<DescribeStateMachineRejection>> {
    let arn = StateMachineArn::parse(state_machine_arn)
        .map_err(|error| ApiError::Rejected(DescribeStateMachineRejection::InvalidArn(error)))?;
    let none = || {
        let none = StateMachineNotFound { arn: state_machine_arn.to_owned() };
        ApiError::Rejected(DescribeStateMachineRejection::DoesNotExist(none))
    };
    let machine = load_machine_of_qualified_arn(ports, &context.settings, &arn).await?;
    let machine = machine.ok_or_else(none)?;
    let (revision, created_at, description) = match arn.qualifier {
        None => (Arc::new(machine.revision.clone()), machine.created_at, None),
        Some(ArnQualifier::Version(number)) => {
            let loaded = load_version(ports, &machine.versions, number).await?;
            let (version, revision) = loaded.ok_or_else(none)?;
            (revision, version.created_at, version.description.clone())
        }
        Some(ArnQualifier::Alias(_)) => return Err(none()),
    };
    Ok(DescribedStateMachine { machine, revision, created_at, description })
}
