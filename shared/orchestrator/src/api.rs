//! The operations of the Step Functions API, one file each: the request, its rejections, and the
//! use case.

mod change_versions;
mod check_role_passing;
mod create_activity;
mod create_state_machine;
mod delete_activity;
mod delete_state_machine;
mod delete_version;
mod describe_activity;
mod describe_execution;
mod describe_state_machine;
mod describe_state_machine_for_execution;
mod get_activity_task;
mod get_execution_history;
mod list_activities;
mod list_executions;
mod list_state_machine_aliases;
mod list_state_machine_versions;
mod list_state_machines;
mod map_run;
mod publish_version;
mod redrive_execution;
mod send_task_result;
mod start_execution;
mod start_sync_execution;
mod state_machine_alias;
mod state_machine_settings;
mod stop_execution;
mod tag_resource;
mod test_state;
mod unlabelled_arn;
mod update_state_machine;
mod version_rejection;

pub use crate::executions::{
    HistoryEvent, HistoryEventDetails, HistoryPage, StartedVersionArns, merge_frame_logs,
};
pub use check_role_passing::{PassRoleDenied, PassedRole, check_role_passing};
pub use create_activity::{
    ActivityEncryption, CreateActivity, CreateActivityRejection, CreatedActivity, create_activity,
};
pub use create_state_machine::{
    CreateRejection, CreateStateMachine, CreatedStateMachine, create_state_machine,
};
pub use delete_activity::delete_activity;
pub use delete_state_machine::delete_state_machine;
pub use delete_version::delete_state_machine_version;
pub use describe_activity::{ActivityRejection, describe_activity};
pub use describe_execution::{ExecutionRejection, describe_execution};
pub use describe_state_machine::{
    DescribeStateMachineRejection, DescribedStateMachine, describe_state_machine,
};
pub use describe_state_machine_for_execution::{
    StateMachineForExecution, describe_state_machine_for_execution,
};
pub use get_activity_task::{GetActivityTask, StartedActivityTask, get_activity_task};
pub use get_execution_history::{GetExecutionHistory, get_execution_history};
pub use list_activities::{ActivityPage, list_activities};
pub use list_executions::{ListExecutions, ListExecutionsRejection, list_executions};
pub use list_state_machine_aliases::{AliasPage, list_state_machine_aliases};
pub use list_state_machine_versions::{VersionPage, list_state_machine_versions};
pub use list_state_machines::{StateMachinePage, list_state_machines};
pub use map_run::{MapRunRejection, refuse_map_run};
pub use publish_version::{PublishVersion, PublishedVersion, publish_state_machine_version};
pub use redrive_execution::{
    RedriveExecution, RedriveRejection, RedriveStatusReason, check_redrivable, redrive_execution,
};
pub use send_task_result::{
    TaskResultRejection, send_task_failure, send_task_heartbeat, send_task_success,
};
pub use start_execution::start_execution;
pub use start_sync_execution::{BillingDetails, EndedSyncExecution, start_sync_execution};
pub use state_machine_alias::{
    CreateAlias, CreatedAlias, DescribedAlias, RequestedRoute, UpdateAlias,
    create_state_machine_alias, delete_state_machine_alias, describe_state_machine_alias,
    update_state_machine_alias,
};
pub use state_machine_settings::{
    EncryptionType, LoggingConfiguration, SettingsRejection, StateMachineSettings,
    TracingConfiguration, VersionRequest, integration_refusals,
};
pub use stop_execution::{StopExecution, StoppedExecution, stop_execution};
pub use tag_resource::{
    TAGS_MAX, TagRejection, list_tags_for_resource, tag_resource, untag_resource,
};
pub use test_state::{
    InspectedData, InspectionStatus, MockResponseValidationMode, RetryDetails, StateInspection,
    TestState, TestStateConfiguration, TestStateMock, TestStateRejection, TestedState, test_state,
};
pub use unlabelled_arn::UnlabelledArnRejection;
pub use update_state_machine::{
    UpdateRejection, UpdateStateMachine, UpdatedStateMachine, update_state_machine,
};
pub use version_rejection::{RoutingRejection, VersionRejection};
