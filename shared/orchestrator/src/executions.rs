//! Starts executions, whoever asks for it, wakes them, ends those of deleted machines, and looks up executions and machines by their
//! ARNs.

mod deletion;
mod execution_input;
mod express;
mod function_answer;
mod history;
mod job_change;
mod lookup;
mod rewake;
mod start;
mod started_revision;

pub use deletion::continue_deletions;
pub use function_answer::{AnswerEffect, complete_function_call};
pub use history::{
    HistoryEvent, HistoryEventDetails, HistoryPage, StartedVersionArns, merge_frame_logs,
};
pub use job_change::report_job_change;
pub use rewake::{RewokenExecutions, rewake_executions};
pub use start::{RepeatPolicy, StartExecution, StartRejection, StartedExecution};

pub(crate) use deletion::continue_deletion;
pub(crate) use execution_input::parse_execution_input;
pub(crate) use express::{ExpressExecution, express_execution};
pub(crate) use history::{HistoryPageRequest, load_history_page};
pub(crate) use lookup::{
    check_is_active, execution_id_of_arn, load_activity_by_arn, load_machine_by_arn,
    load_machine_of_qualified_arn,
};
pub(crate) use start::{CheckedStart, first_record, start};
pub(crate) use started_revision::{StartedRevision, find_started_revision, load_version};
