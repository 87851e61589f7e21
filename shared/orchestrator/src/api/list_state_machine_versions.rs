//! `ListStateMachineVersions`: no version can be published yet.

use super::unlabelled_arn::{UnlabelledArnRejection, parse_unlabelled_arn};

/// Checks the ARN of the machine whose versions are listed. As on AWS, a machine that does not exist
/// has an empty list.
///
/// Spec: API reference, `ListStateMachineVersions` § Errors: `StateMachineDoesNotExist` is none.
pub fn check_list_state_machine_versions(
    state_machine_arn: &str,
) -> Result<(), UnlabelledArnRejection> {
    parse_unlabelled_arn(state_machine_arn).map(|_| ())
}
