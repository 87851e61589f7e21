//! Rejections: what a caller did wrong, in AWS's words, one enum per operation where they differ.
//!
//! Every API use case returns `Result<Answer, Unanswered<Rejection>>`. Of the two families of bad
//! news only a [`Fault`] is wrapped by `?`; a rejection is wrapped by hand, so that neither can
//! turn into the other. The third family, failures of workflows, is data and never here.

use asl::{Diagnostic, invalid_definition_message};
use model::{ArnError, ResourceNameError};

use crate::{Fault, NotRedrivable};

/// Why an API call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError<R> {
    /// It asked for something that AWS refuses too, or that is not supported.
    #[error("{0}")]
    Rejected(R),
    /// Something of ours broke.
    #[error("the request could not be served")]
    Fault(#[source] Fault),
}

impl<R> ApiError<R> {
    /// The same with the rejection as another operation words it.
    pub(crate) fn map_rejection<S>(self, reword: impl FnOnce(R) -> S) -> ApiError<S> {
        match self {
            Self::Rejected(rejection) => ApiError::Rejected(reword(rejection)),
            Self::Fault(fault) => ApiError::Fault(fault),
        }
    }
}

impl<R> From<Fault> for ApiError<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Of `CreateStateMachine`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateRejection {
    /// `InvalidName`
    #[error(transparent)]
    InvalidName(ResourceNameError),
    /// `InvalidDefinition`, `InvalidArn`, `InvalidLoggingConfiguration`, …
    #[error(transparent)]
    Settings(SettingsRejection),
    /// `StateMachineAlreadyExists`
    #[error("State Machine Already Exists: '{arn}'")]
    AlreadyExists {
        /// The ARN that is taken.
        arn: String,
    },
    /// `TooManyTags`
    #[error(transparent)]
    TooManyTags(TooManyTags),
}

/// Of `UpdateStateMachine`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateRejection {
    /// `InvalidArn`
    #[error(transparent)]
    InvalidArn(ArnError),
    /// `ValidationException`, reason `API_DOES_NOT_SUPPORT_LABELED_ARNS`
    #[error(transparent)]
    Labelled(LabelledArn),
    /// `MissingRequiredParameter`
    #[error(
        "Either the definition, the role ARN, the LoggingConfiguration, or the \
         TracingConfiguration must be specified"
    )]
    NothingToUpdate,
    /// `StateMachineDoesNotExist`
    #[error(transparent)]
    DoesNotExist(NoStateMachine),
    /// `InvalidDefinition`, `InvalidArn`, `InvalidLoggingConfiguration`, …
    #[error(transparent)]
    Settings(SettingsRejection),
}

/// What can be wrong with the settings that a machine is created with or updated to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsRejection {
    /// `InvalidArn`
    #[error("Invalid Role Arn: '{0}'")]
    InvalidRoleArn(String),
    /// `InvalidDefinition`
    #[error("{}", invalid_definition_message(.0))]
    InvalidDefinition(Vec<Diagnostic>),
    /// `InvalidLoggingConfiguration`
    #[error("Invalid Logging Configuration: Must specify exactly one Log Destination.")]
    LogDestination,
    /// `InvalidEncryptionConfiguration`
    #[error("Invalid Encryption Configuration: customer managed keys are not supported yet")]
    CustomerManagedKey,
    /// `ValidationException`
    #[error("Version description can only be set when publish is true")]
    DescriptionWithoutPublish,
    /// `ValidationException`
    #[error("Publishing versions of state machines is not supported yet")]
    Publish,
}

/// Of `DescribeStateMachine`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateMachineRejection {
    /// `InvalidArn`
    #[error(transparent)]
    InvalidArn(ArnError),
    /// `StateMachineDoesNotExist`
    #[error(transparent)]
    DoesNotExist(NoStateMachine),
}

/// Of `DeleteStateMachine`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteRejection {
    /// `InvalidArn`
    #[error(transparent)]
    InvalidArn(ArnError),
    /// `ValidationException`, reason `API_DOES_NOT_SUPPORT_LABELED_ARNS`
    #[error(transparent)]
    Labelled(LabelledArn),
}

/// Of `StartExecution` and `StartSyncExecution`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartRejection {
    /// `InvalidArn`
    #[error(transparent)]
    InvalidArn(ArnError),
    /// `ValidationException`, reason `API_DOES_NOT_SUPPORT_LABELED_ARNS`
    #[error(transparent)]
    Labelled(LabelledArn),
    /// `InvalidName`
    #[error(transparent)]
    InvalidName(ResourceNameError),
    /// `InvalidExecutionInput`
    #[error("Invalid State Machine Execution Input: '{0}'")]
    InvalidInput(String),
    /// `StateMachineDoesNotExist`
    #[error(transparent)]
    DoesNotExist(NoStateMachine),
    /// `ExecutionAlreadyExists`
    #[error("Execution Already Exists: '{arn}'")]
    AlreadyExists {
        /// The ARN that is taken.
        arn: String,
    },
    /// `StateMachineTypeNotSupported`
    #[error(transparent)]
    Type(TypeNotSupported),
    /// `StateMachineTypeNotSupported`
    #[error("Executions of Express state machines are not supported yet")]
    Express,
}

impl StartRejection {
    /// AWS's name of the exception.
    pub const fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(_) => "InvalidArn",
            Self::Labelled(_) => "ValidationException",
            Self::InvalidName(_) => "InvalidName",
            Self::InvalidInput(_) => "InvalidExecutionInput",
            Self::DoesNotExist(_) => "StateMachineDoesNotExist",
            Self::AlreadyExists { .. } => "ExecutionAlreadyExists",
            Self::Type(_) | Self::Express => "StateMachineTypeNotSupported",
        }
    }
}

/// Of the operations that name an execution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionRejection {
    /// `InvalidArn`
    #[error(transparent)]
    InvalidArn(ArnError),
    /// `ExecutionDoesNotExist`
    #[error("Execution Does Not Exist: '{arn}'")]
    DoesNotExist {
        /// The ARN as it was asked for.
        arn: String,
    },
}

/// Of `SendTaskSuccess`, `SendTaskFailure` and `SendTaskHeartbeat`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRejection {
    /// `InvalidToken`
    #[error("Invalid Token: 'Invalid token'")]
    InvalidToken,
    /// `TaskTimedOut`: also of a task that is over for another reason.
    #[error("Task Timed Out: 'Provided task does not exist anymore'")]
    TimedOut,
    /// `InvalidOutput`
    #[error("Invalid Output: '{0}'")]
    InvalidOutput(String),
    /// `ValidationException`
    #[error("The output is larger than {bytes_max} bytes")]
    OutputTooLarge {
        /// How large it may be.
        bytes_max: usize,
    },
}

/// Of `RedriveExecution`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedriveRejection {
    /// `InvalidArn`, `ExecutionDoesNotExist`
    #[error(transparent)]
    Execution(ExecutionRejection),
    /// `ExecutionNotRedrivable`
    #[error("Execution Not Redrivable: '{reason}: {arn}'")]
    NotRedrivable {
        /// Which execution.
        arn: String,
        /// Why.
        reason: NotRedrivable,
    },
}

/// Of `ListExecutions`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListExecutionsRejection {
    /// `InvalidArn`
    #[error(transparent)]
    InvalidArn(ArnError),
    /// `StateMachineDoesNotExist`
    #[error(transparent)]
    DoesNotExist(NoStateMachine),
    /// `StateMachineTypeNotSupported`
    #[error(transparent)]
    Type(TypeNotSupported),
}

/// Of the operations on tags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagRejection {
    /// `InvalidArn`
    #[error(transparent)]
    InvalidArn(ArnError),
    /// `ResourceNotFound`
    #[error("Resource not found: '{arn}'")]
    NotFound {
        /// The ARN as it was asked for.
        arn: String,
    },
    /// `TooManyTags`
    #[error(transparent)]
    TooManyTags(TooManyTags),
}

/// There is no such state machine, version or alias.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("State Machine Does Not Exist: '{arn}'")]
pub struct NoStateMachine {
    /// The ARN as it was asked for.
    pub arn: String,
}

/// The ARN is that of a Distributed Map's child machine, which only some operations take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This operation does not support state machine ARNs with a label: '{arn}'")]
pub struct LabelledArn {
    /// The ARN as it was asked for.
    pub arn: String,
}

/// The operation is only for the other type of state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This operation is not supported by this type of state machine")]
pub struct TypeNotSupported;

/// A resource would have more than [`crate::TAGS_MAX`] tags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{arn}' has too many tags")]
pub struct TooManyTags {
    /// The resource.
    pub arn: String,
}
