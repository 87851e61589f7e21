//! AWS's shapes, one file per family of operations: request JSON → use case → response JSON.
//!
//! Shape: members are named as in AWS's model. Times are seconds since the epoch, with milliseconds
//! in the fraction. A member that is null counts as absent. Unknown members are ignored.

mod activity;
mod alias;
mod callback;
mod encryption;
mod execution;
mod history;
mod map_run;
mod redrive;
mod start;
mod start_sync;
mod state_machine;
mod tag;
mod test_state;
mod validate;
mod version;

pub use start::{EXECUTION_TYPE_HEADER, check_start_execution};

use bytes::Bytes;
use http::HeaderMap;
use orchestrator::{EngineContext, roles::ApiRole};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    api_exception::{ApiException, OperationError},
    request_constraints::{RequestConstraints, ValueSensitivity},
};

/// Serves one operation. Every operation that is served is listed here.
pub(crate) async fn dispatch_operation<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    operation: &str,
    (headers, body): (&HeaderMap, &[u8]),
) -> OperationResult {
    match operation {
        "CreateStateMachine" => {
            state_machine::handle_create_state_machine(ports, context, body).await
        }
        "UpdateStateMachine" => {
            state_machine::handle_update_state_machine(ports, context, body).await
        }
        "DescribeStateMachine" => {
            state_machine::handle_describe_state_machine(ports, context, body).await
        }
        "DescribeStateMachineForExecution" => {
            state_machine::handle_describe_state_machine_for_execution(ports, context, body).await
        }
        "ListStateMachines" => {
            state_machine::handle_list_state_machines(ports, context, body).await
        }
        "DescribeMapRun" => map_run::handle_describe_map_run(body),
        "ListMapRuns" => map_run::handle_list_map_runs(ports, context, body).await,
        "UpdateMapRun" => map_run::handle_update_map_run(body),
        "CreateActivity" => activity::handle_create_activity(ports, context, body).await,
        "DescribeActivity" => activity::handle_describe_activity(ports, context, body).await,
        "ListActivities" => activity::handle_list_activities(ports, context, body).await,
        "DeleteActivity" => activity::handle_delete_activity(ports, context, body).await,
        "GetActivityTask" => activity::handle_get_activity_task(ports, context, body).await,
        "DeleteStateMachine" => {
            state_machine::handle_delete_state_machine(ports, context, body).await
        }
        "ValidateStateMachineDefinition" => {
            validate::handle_validate_state_machine_definition(ports, body).await
        }
        "StartExecution" => start::handle_start_execution(ports, context, (headers, body)).await,
        "StartSyncExecution" => {
            start_sync::handle_start_sync_execution(ports, context, (headers, body)).await
        }
        "StopExecution" => start::handle_stop_execution(ports, context, body).await,
        "RedriveExecution" => redrive::handle_redrive_execution(ports, context, body).await,
        "SendTaskSuccess" => callback::handle_send_task_success(ports, context, body).await,
        "SendTaskFailure" => callback::handle_send_task_failure(ports, context, body).await,
        "SendTaskHeartbeat" => callback::handle_send_task_heartbeat(ports, body).await,
        "DescribeExecution" => execution::handle_describe_execution(ports, context, body).await,
        "ListExecutions" => execution::handle_list_executions(ports, context, body).await,
        "GetExecutionHistory" => history::handle_get_execution_history(ports, context, body).await,
        "TestState" => test_state::handle_test_state(ports, context, body).await,
        "TagResource" => tag::handle_tag_resource(ports, context, body).await,
        "UntagResource" => tag::handle_untag_resource(ports, context, body).await,
        "ListTagsForResource" => tag::handle_list_tags_for_resource(ports, context, body).await,
        other => dispatch_version_operation(ports, context, other, body).await,
    }
}

/// Serves one operation on versions or aliases.
async fn dispatch_version_operation<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    operation: &str,
    body: &[u8],
) -> OperationResult {
    match operation {
        "PublishStateMachineVersion" => {
            version::handle_publish_state_machine_version(ports, context, body).await
        }
        "DeleteStateMachineVersion" => {
            version::handle_delete_state_machine_version(ports, context, body).await
        }
        "ListStateMachineVersions" => {
            version::handle_list_state_machine_versions(ports, context, body).await
        }
        "CreateStateMachineAlias" => {
            alias::handle_create_state_machine_alias(ports, context, body).await
        }
        "UpdateStateMachineAlias" => {
            alias::handle_update_state_machine_alias(ports, context, body).await
        }
        "DescribeStateMachineAlias" => {
            alias::handle_describe_state_machine_alias(ports, context, body).await
        }
        "DeleteStateMachineAlias" => {
            alias::handle_delete_state_machine_alias(ports, context, body).await
        }
        "ListStateMachineAliases" => {
            alias::handle_list_state_machine_aliases(ports, context, body).await
        }
        _ => Err(unknown_operation().into()),
    }
}

fn unknown_operation() -> ApiException {
    let message = "X-Amz-Target names no operation of Step Functions".to_owned();
    ApiException::new("UnknownOperationException", message)
}

/// The body of an operation's response, or why there is none.
type OperationResult = Result<Bytes, OperationError>;

/// The value of the member `includedData`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IncludedData {
    AllData,
    MetadataOnly,
}

impl IncludedData {
    /// Checks `includedData` and reads it; absent means all data.
    fn check_included_data(constraints: &mut RequestConstraints, value: Option<&str>) -> Self {
        const METADATA_ONLY: &str = "METADATA_ONLY";
        constraints.check_enum_value("includedData", value, &["ALL_DATA", METADATA_ONLY]);
        if value == Some(METADATA_ONLY) { Self::MetadataOnly } else { Self::AllData }
    }
}

/// The number of bytes of a JSON text when it is written as a JSON string, without the enclosing
/// quotes. The text must have no line breaks.
fn escaped_json_bytes(json: &str) -> usize {
    json.len() + json.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

/// Parses a request's body.
pub(crate) fn read_request<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiException> {
    serde_json::from_slice(body)
        .map_err(|error| ApiException::new("SerializationException", error.to_string()))
}

/// Serialises a response's body.
///
/// # Panics
/// Never: a response has string keys and finite numbers.
fn print_response(response: &impl Serialize) -> Bytes {
    serde_json::to_vec(response)
        .expect("a response has string keys and finite numbers, so it prints")
        .into()
}

/// The response body of an operation without output.
fn empty_response() -> Bytes {
    Bytes::from_static(b"{}")
}

fn check_next_token(constraints: &mut RequestConstraints, token: Option<&str>, chars_max: usize) {
    constraints.check_length("nextToken", token, 1..=chars_max, ValueSensitivity::Public);
}
