//! Ports and use cases: everything between a message or an API call and the engine.
//!
//! The way of one message: [`handle()`] → load → `engine::advance` → append → wake → acknowledge.
//!
//! Invariant: nothing is sent before it is durable; nothing is acknowledged before it is sent.
//! Invariant: no AWS SDK, no HTTP type, no `if local` (`tests/tidy`).

mod abort;
mod begin_child;
mod callback;
mod commit;
mod context;
mod definitions;
mod fault;
mod forgotten;
mod handle;
mod history;
mod join;
mod look;
mod nested;
mod outside;
mod perform;
pub mod ports;
mod query;
mod redrive;
mod rejection;
mod start;
mod state_machine;
mod step;
mod stop;
mod tag;
mod test_state;
mod wake;

pub use callback::{send_task_failure, send_task_heartbeat, send_task_success};
pub use context::EngineContext;
pub use definitions::DefinitionCache;
pub use fault::Fault;
pub use forgotten::wake_unstarted_executions;
pub use handle::{Disposition, handle_message};
pub use history::{
    GetExecutionHistory, HistoryEvent, HistoryOrder, HistoryPage, get_execution_history,
    merge_frame_logs,
};
pub use query::{
    ListExecutions, StateMachineForExecution, StateMachinePage, describe_execution,
    describe_state_machine_for_execution, list_executions, list_state_machines,
};
pub use redrive::{NotRedrivable, RedriveExecution, check_redrivable, redrive_execution};
pub use rejection::{
    ApiError, CallbackRejection, CreateRejection, DeleteRejection, ExecutionRejection, LabelledArn,
    ListExecutionsRejection, NoStateMachine, RedriveRejection, SettingsRejection, StartRejection,
    StateMachineRejection, TagRejection, TooManyTags, TypeNotSupported, UpdateRejection,
};
pub use start::{StartExecution, StartedExecution, start_execution, start_sync_execution};
pub use state_machine::{
    CreateStateMachine, CreatedStateMachine, EncryptionType, LoggingConfiguration,
    StateMachineSettings, TracingConfiguration, UpdateStateMachine, UpdatedStateMachine,
    VersionRequest, create_state_machine, delete_state_machine, describe_state_machine,
    update_state_machine,
};
pub use stop::{StopExecution, StoppedExecution, stop_execution};
pub use tag::{TAGS_MAX, list_tags_for_resource, tag_resource, untag_resource};
pub use test_state::{
    FieldValidation, InspectedData, InspectionStatus, RetryDetails, StateInspection, TestState,
    TestStateConfiguration, TestStateMock, TestStateRejection, TestedState, test_state,
};
pub use wake::schedule_execution_timeout;
