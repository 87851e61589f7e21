//! The ARN of a state machine in operations that take no label.

use model::{ArnError, StateMachineArn};

use crate::{ExceptionMember, LabelledArn, Rejection};

/// What is wrong with the ARN of a state machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnlabelledArnRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// The ARN has a label: `ValidationException`, reason `API_DOES_NOT_SUPPORT_LABELED_ARNS`.
    #[error(transparent)]
    Labelled(LabelledArn),
}

impl Rejection for UnlabelledArnRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::Labelled(arn) => arn.exception_name(),
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        match self {
            Self::InvalidArn(_) => None,
            Self::Labelled(arn) => arn.exception_member(),
        }
    }
}

/// Parses the ARN of a state machine, and refuses a label.
pub(super) fn parse_unlabelled_arn(text: &str) -> Result<StateMachineArn, UnlabelledArnRejection> {
    let arn = StateMachineArn::parse(text).map_err(UnlabelledArnRejection::InvalidArn)?;
    if arn.label.is_some() {
        let arn = text.to_owned();
        return Err(UnlabelledArnRejection::Labelled(LabelledArn { arn }));
    }
    Ok(arn)
}
