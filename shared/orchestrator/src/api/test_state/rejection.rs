//! The rejections of `TestState`.

use asl::{Diagnostic, invalid_definition_message};
use model::StateType;

use crate::{Rejection, api::SettingsRejection};

/// What a caller of `TestState` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TestStateRejection {
    /// The mock has both a result and an error, or neither: `ValidationException`.
    #[error("A test mock should have only one of the following fields: [result, errorOutput].")]
    MockWithoutOneAnswer,
    /// Iterations fail but there is no mock: `ValidationException`.
    #[error("TestState does not support MapIterationFailureCount when a mock is not specified.")]
    FailureCountWithoutMock,
    /// Secrets are asked for but the call is mocked: `ValidationException`.
    #[error("TestState does not support RevealSecrets when a mock is specified.")]
    SecretsWithMock,
    /// More iterations fail than there are: `ValidationException`.
    #[error(
        "Map iteration failure count must be less than or equal to the number of Map iterations"
    )]
    TooManyFailures,
    /// The definition has errors: `InvalidDefinition`.
    #[error("{}", invalid_definition_message(.0))]
    InvalidDefinition(Vec<Diagnostic>),
    /// The machine does not have the state: `ValidationException`.
    #[error("State not found in definition")]
    NoSuchState,
    /// A Map or Parallel state needs a mock: `InvalidDefinition`.
    #[error(
        "TestState API does not support Map or Parallel states. Supported state types include: \
         [Task, Wait, Pass, Succeed, Fail, Choice]"
    )]
    NeedsMock,
    /// A state of this type cannot have a mock: `ValidationException`.
    #[error("State type '{}' is not supported when a mock is specified", .0.as_str())]
    TakesNoMock(StateType),
    /// A context object is given without a mock: `ValidationException`.
    #[error("TestState does not support a Context object when a mock is not specified.")]
    ContextWithoutMock,
    /// The context object that is given is invalid: `ValidationException`.
    #[error("Invalid Context object provided: {0}")]
    Context(String),
    /// The mocked result does not fit the state: `ValidationException`.
    #[error("{0}")]
    MockedResult(String),
    /// A Task without a mock needs a role for its call: `ValidationException`.
    #[error("RoleArn must be specified when testing a Task state")]
    NoRole,
    /// The role is not the ARN of an IAM role: `InvalidArn`.
    #[error(transparent)]
    Role(SettingsRejection),
    /// A test cannot call the Task's resource: `ValidationException`.
    #[error("The resource {0} can only be tested with a mock by this version of Statewright")]
    ResourceNotSupported(String),
    /// The variables are not a JSON object: `ValidationException`.
    #[error("Invalid variables provided: {0}")]
    Variables(String),
    /// The input is not JSON or too large: `InvalidExecutionInput`.
    #[error("Invalid State Machine Execution Input: '{0}'")]
    InvalidInput(String),
}

impl Rejection for TestStateRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidDefinition(_) | Self::NeedsMock => "InvalidDefinition",
            Self::Role(_) => "InvalidArn",
            Self::InvalidInput(_) => "InvalidExecutionInput",
            Self::MockWithoutOneAnswer
            | Self::FailureCountWithoutMock
            | Self::TooManyFailures
            | Self::NoSuchState
            | Self::SecretsWithMock
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
