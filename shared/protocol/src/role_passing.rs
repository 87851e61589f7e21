//! Who calls, and whether they may pass the role that their request names.

use orchestrator::{
    api::{PassedRole, check_role_passing},
    roles::ApiRole,
};
use serde::Deserialize;

use crate::{
    api_exception::OperationError,
    request_constraints::{RequestConstraints, ValueSensitivity},
    wire::read_request,
};

/// The ARN of the principal whom IAM has let through: an extension of a request. A request without one
/// comes from a server in front of which there is no IAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPrincipal(pub String);

/// Both members are read here as the operations read them, so what is refused here is refused there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleMembers {
    role_arn: Option<String>,
    state_machine_arn: Option<String>,
}

/// Refuses an operation that gives somebody's role to a state machine.
///
/// Spec: Developer Guide, "Creating an IAM role for your state machine"; API reference, `TestState`.
pub(crate) async fn check_passed_role<P: ApiRole>(
    ports: &P,
    principal: &ApiPrincipal,
    operation: &str,
    body: &[u8],
) -> Result<(), OperationError> {
    if !matches!(operation, "CreateStateMachine" | "UpdateStateMachine" | "TestState") {
        return Ok(());
    }
    let RoleMembers { role_arn, state_machine_arn } = read_request(body)?;
    // IAM is not asked about what can be nobody's role.
    let mut constraints = RequestConstraints::default();
    constraints.check_length("roleArn", role_arn.as_deref(), 1..=256, ValueSensitivity::Public);
    constraints.into_result()?;
    let role = match (role_arn.as_deref(), state_machine_arn.as_deref()) {
        (Some(role_arn), _) => PassedRole::Named(role_arn),
        (None, Some(machine)) if operation == "UpdateStateMachine" => {
            PassedRole::OfMachine(machine)
        }
        (None, _) => return Ok(()),
    };
    check_role_passing(ports, &principal.0, role).await.map_err(OperationError::from)
}
