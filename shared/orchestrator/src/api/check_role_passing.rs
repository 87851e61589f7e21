//! `iam:PassRole`: who gives a state machine a role must be allowed to.

use model::StateMachineArn;

use crate::{
    ApiError, Rejection,
    ports::{StateMachineStore, TaskCaller},
};

/// The role that a request gives to what it creates, updates or tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedRole<'a> {
    /// The request names it.
    Named(&'a str),
    /// The state machine of this ARN has it, and keeps it.
    OfMachine(&'a str),
}

/// The caller may not pass the role: `AccessDeniedException`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "User: {principal} is not authorized to perform: iam:PassRole on resource: {role_arn} because no \
     identity-based policy allows the iam:PassRole action"
)]
pub struct PassRoleDenied {
    /// The ARN of the caller.
    pub principal: String,
    /// The ARN of the role.
    pub role_arn: String,
}

impl Rejection for PassRoleDenied {
    fn exception_name(&self) -> &'static str {
        "AccessDeniedException"
    }
}

/// Checks that a principal of IAM may pass a role. A machine that does not exist has none.
///
/// Who changes the definition of a machine decides what is done with its role, so they must be allowed
/// to pass it, too.
pub async fn check_role_passing<P>(
    ports: &P,
    principal: &str,
    role: PassedRole<'_>,
) -> Result<(), ApiError<PassRoleDenied>>
where
    P: StateMachineStore + TaskCaller + Sync,
{
    let role_arn = match role {
        PassedRole::Named(role_arn) => role_arn.to_owned(),
        PassedRole::OfMachine(machine) => {
            let Ok(arn) = StateMachineArn::parse(machine) else { return Ok(()) };
            let Some(machine) = ports.load_machine(&arn.name).await? else { return Ok(()) };
            machine.revision.role_arn.clone()
        }
    };
    if ports.may_pass_role(principal, &role_arn).await? {
        return Ok(());
    }
    Err(ApiError::Rejected(PassRoleDenied { principal: principal.to_owned(), role_arn }))
}
