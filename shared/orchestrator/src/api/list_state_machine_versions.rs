//! `ListStateMachineVersions`: no version can be published yet.

use model::{ArnError, StateMachineArn};

use crate::{ExceptionMember, LabelledArn, Rejection};

/// What a caller of `ListStateMachineVersions` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListVersionsRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// The ARN has a label: `ValidationException`, reason `API_DOES_NOT_SUPPORT_LABELED_ARNS`.
    #[error(transparent)]
    Labelled(LabelledArn),
}

impl Rejection for ListVersionsRejection {
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

/// Checks the ARN of the machine whose versions are listed. As on AWS, a machine that does not exist
/// has an empty list.
///
/// Spec: API reference, `ListStateMachineVersions` § Errors: `StateMachineDoesNotExist` is none.
pub fn check_list_state_machine_versions(
    state_machine_arn: &str,
) -> Result<(), ListVersionsRejection> {
    let arn =
        StateMachineArn::parse(state_machine_arn).map_err(ListVersionsRejection::InvalidArn)?;
    if arn.label.is_some() {
        let arn = state_machine_arn.to_owned();
        return Err(ListVersionsRejection::Labelled(LabelledArn { arn }));
    }
    Ok(())
}
