//! What a caller of `TestState` did wrong.

use asl::{Diagnostic, invalid_definition_message};
use model::StateType;

use crate::{Rejection, api::SettingsRejection};

/// What a caller of `TestState` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TestStateRejection {
    /// `ValidationException`
    #[error("A test mock should have only one of the following fields: [result, errorOutput].")]
    MockedTwice,
    /// `ValidationException`
    #[error("TestState does not support MapIterationFailureCount when a mock is not specified.")]
    FailureCountWithoutMock,
    /// `ValidationException`
    #[error(
        "Map iteration failure count must be less than or equal to the number of Map iterations"
    )]
    TooManyFailures,
    /// `InvalidDefinition`
    #[error("{}", invalid_definition_message(.0))]
    InvalidDefinition(Vec<Diagnostic>),
    /// `ValidationException`
    #[error("The definition has no state '{0}'")]
    NoSuchState(String),
    /// `InvalidDefinition`
    #[error(
        "TestState API does not support Map or Parallel states. Supported state types include: \
         [Task, Wait, Pass, Succeed, Fail, Choice]"
    )]
    NeedsMock,
    /// `ValidationException`
    #[error("State type '{}' is not supported when a mock is specified", .0.as_str())]
    TakesNoMock(StateType),
    /// `ValidationException`
    #[error("TestState does not support a Context object when a mock is not specified.")]
    ContextWithoutMock,
    /// `ValidationException`
    #[error("Invalid Context object provided: {0}")]
    Context(String),
    /// `ValidationException`
    #[error("{0}")]
    MockedResult(String),
    /// `ValidationException`
    #[error("RoleArn must be specified when testing a Task state")]
    NoRole,
    /// `InvalidArn`
    #[error(transparent)]
    Role(SettingsRejection),
    /// `ValidationException`
    #[error("The resource {0} can only be tested with a mock by this version of Statewright")]
    ResourceNotSupported(String),
    /// `ValidationException`
    #[error("Invalid variables provided: {0}")]
    Variables(String),
    /// `InvalidExecutionInput`
    #[error("Invalid State Machine Execution Input: '{0}'")]
    InvalidInput(String),
}

impl Rejection for TestStateRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidDefinition(_) | Self::NeedsMock => "InvalidDefinition",
            Self::Role(_) => "InvalidArn",
            Self::InvalidInput(_) => "InvalidExecutionInput",
            Self::MockedTwice
            | Self::FailureCountWithoutMock
            | Self::TooManyFailures
            | Self::NoSuchState(_)
            | Self::TakesNoMock(_)
            | Self::ContextWithoutMock
            | Self::Context(_)
            | Self::MockedResult(_)
            | Self::NoRole
            | Self::ResourceNotSupported(_)
            | Self::Variables(_) => "ValidationException",
        }
    }
}
