//! Every rejection of a use case as AWS's exception: name here, message with the rejection.

use model::{ArnError, ResourceNameError};
use orchestrator::{
    CallbackRejection, CreateRejection, DeleteRejection, ExecutionRejection, LabelledArn,
    ListExecutionsRejection, NoStateMachine, RedriveRejection, SettingsRejection, StartRejection,
    StateMachineRejection, TagRejection, TestStateRejection, TooManyTags, TypeNotSupported,
    UpdateRejection,
};

use crate::api_exception::ApiException;

impl From<CreateRejection> for ApiException {
    fn from(rejection: CreateRejection) -> Self {
        let message = rejection.to_string();
        match rejection {
            CreateRejection::InvalidName(error) => error.into(),
            CreateRejection::Settings(settings) => settings.into(),
            CreateRejection::AlreadyExists { .. } => {
                Self::new("StateMachineAlreadyExists", message)
            }
            CreateRejection::TooManyTags(tags) => tags.into(),
        }
    }
}

impl From<UpdateRejection> for ApiException {
    fn from(rejection: UpdateRejection) -> Self {
        let message = rejection.to_string();
        match rejection {
            UpdateRejection::InvalidArn(error) => error.into(),
            UpdateRejection::Labelled(arn) => arn.into(),
            UpdateRejection::NothingToUpdate => Self::new("MissingRequiredParameter", message),
            UpdateRejection::DoesNotExist(machine) => machine.into(),
            UpdateRejection::Settings(settings) => settings.into(),
        }
    }
}

impl From<SettingsRejection> for ApiException {
    fn from(rejection: SettingsRejection) -> Self {
        let name = match &rejection {
            SettingsRejection::InvalidRoleArn(_) => "InvalidArn",
            SettingsRejection::InvalidDefinition(_) => "InvalidDefinition",
            SettingsRejection::LogDestination => "InvalidLoggingConfiguration",
            SettingsRejection::CustomerManagedKey => "InvalidEncryptionConfiguration",
            SettingsRejection::DescriptionWithoutPublish | SettingsRejection::Publish => {
                "ValidationException"
            }
        };
        Self::new(name, rejection.to_string())
    }
}

impl From<StateMachineRejection> for ApiException {
    fn from(rejection: StateMachineRejection) -> Self {
        match rejection {
            StateMachineRejection::InvalidArn(error) => error.into(),
            StateMachineRejection::DoesNotExist(machine) => machine.into(),
        }
    }
}

impl From<DeleteRejection> for ApiException {
    fn from(rejection: DeleteRejection) -> Self {
        match rejection {
            DeleteRejection::InvalidArn(error) => error.into(),
            DeleteRejection::Labelled(arn) => arn.into(),
        }
    }
}

impl From<StartRejection> for ApiException {
    fn from(rejection: StartRejection) -> Self {
        let (name, message) = (rejection.exception_name(), rejection.to_string());
        match rejection {
            StartRejection::Labelled(arn) => arn.into(),
            StartRejection::InvalidArn(_)
            | StartRejection::InvalidName(_)
            | StartRejection::InvalidInput(_)
            | StartRejection::DoesNotExist(_)
            | StartRejection::AlreadyExists { .. }
            | StartRejection::Type(_)
            | StartRejection::Express => Self::new(name, message),
        }
    }
}

impl From<CallbackRejection> for ApiException {
    fn from(rejection: CallbackRejection) -> Self {
        let name = match &rejection {
            CallbackRejection::InvalidToken => "InvalidToken",
            CallbackRejection::TimedOut => "TaskTimedOut",
            CallbackRejection::InvalidOutput(_) => "InvalidOutput",
            CallbackRejection::OutputTooLarge { .. } => "ValidationException",
        };
        Self::new(name, rejection.to_string())
    }
}

impl From<RedriveRejection> for ApiException {
    fn from(rejection: RedriveRejection) -> Self {
        let message = rejection.to_string();
        match rejection {
            RedriveRejection::Execution(rejection) => rejection.into(),
            RedriveRejection::NotRedrivable { .. } => Self::new("ExecutionNotRedrivable", message),
        }
    }
}

impl From<ExecutionRejection> for ApiException {
    fn from(rejection: ExecutionRejection) -> Self {
        let message = rejection.to_string();
        match rejection {
            ExecutionRejection::InvalidArn(error) => error.into(),
            ExecutionRejection::DoesNotExist { .. } => Self::new("ExecutionDoesNotExist", message),
        }
    }
}

impl From<ListExecutionsRejection> for ApiException {
    fn from(rejection: ListExecutionsRejection) -> Self {
        match rejection {
            ListExecutionsRejection::InvalidArn(error) => error.into(),
            ListExecutionsRejection::DoesNotExist(machine) => machine.into(),
            ListExecutionsRejection::Type(of) => of.into(),
        }
    }
}

impl From<TagRejection> for ApiException {
    fn from(rejection: TagRejection) -> Self {
        let message = rejection.to_string();
        match rejection {
            TagRejection::InvalidArn(error) => error.into(),
            TagRejection::NotFound { arn } => {
                Self::new("ResourceNotFound", message).with_detail("resourceName", arn)
            }
            TagRejection::TooManyTags(tags) => tags.into(),
        }
    }
}

impl From<TestStateRejection> for ApiException {
    fn from(rejection: TestStateRejection) -> Self {
        let name = match &rejection {
            TestStateRejection::InvalidDefinition(_) | TestStateRejection::NeedsMock => {
                "InvalidDefinition"
            }
            TestStateRejection::Role(_) => "InvalidArn",
            TestStateRejection::InvalidInput(_) => "InvalidExecutionInput",
            TestStateRejection::MockedTwice
            | TestStateRejection::FailureCountWithoutMock
            | TestStateRejection::TooManyFailures
            | TestStateRejection::NoSuchState(_)
            | TestStateRejection::TakesNoMock(_)
            | TestStateRejection::ContextWithoutMock
            | TestStateRejection::Context(_)
            | TestStateRejection::MockedResult(_)
            | TestStateRejection::NoRole
            | TestStateRejection::ResourceNotSupported(_)
            | TestStateRejection::Variables(_) => "ValidationException",
        };
        Self::new(name, rejection.to_string())
    }
}

impl From<ArnError> for ApiException {
    fn from(error: ArnError) -> Self {
        Self::new("InvalidArn", error.to_string())
    }
}

impl From<ResourceNameError> for ApiException {
    fn from(error: ResourceNameError) -> Self {
        Self::new("InvalidName", error.to_string())
    }
}

impl From<NoStateMachine> for ApiException {
    fn from(machine: NoStateMachine) -> Self {
        Self::new("StateMachineDoesNotExist", machine.to_string())
    }
}

impl From<LabelledArn> for ApiException {
    fn from(arn: LabelledArn) -> Self {
        Self::validation_exception(arn.to_string())
            .with_detail("reason", "API_DOES_NOT_SUPPORT_LABELED_ARNS")
    }
}

impl From<TypeNotSupported> for ApiException {
    fn from(of: TypeNotSupported) -> Self {
        Self::new("StateMachineTypeNotSupported", of.to_string())
    }
}

impl From<TooManyTags> for ApiException {
    fn from(tags: TooManyTags) -> Self {
        let message = tags.to_string();
        Self::new("TooManyTags", message).with_detail("resourceName", tags.arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_has_the_words_of_aws() {
        let arn = "arn:aws:states:us-east-1:000000000000:execution:m:e";
        assert_eq!(
            ApiException::from(ExecutionRejection::DoesNotExist { arn: arn.into() }),
            ApiException::new(
                "ExecutionDoesNotExist",
                format!("Execution Does Not Exist: '{arn}'")
            )
        );
        assert_eq!(
            ApiException::from(StartRejection::InvalidArn(ArnError::Prefix("x".into()))),
            ApiException::new("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: x'".into())
        );
    }

    #[test]
    fn a_resource_that_is_not_found_is_named_beside_the_message() {
        let exception = ApiException::from(TagRejection::NotFound { arn: "arn".into() });
        assert_eq!(exception.detail, Some(("resourceName", "arn".to_owned())));
    }
}
