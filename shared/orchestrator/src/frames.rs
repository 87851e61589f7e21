//! What is done to a frame: append a record to its log, then do what the record asks for.

mod abort_children;
mod append;
mod awaited_job;
mod fan_in;
mod join;
mod keyed_record;
mod next_action;
mod status;
mod step_context;

pub use next_action::schedule_execution_timeout;

pub(crate) use abort_children::{ChildAbort, stop_children};
pub(crate) use append::{Appended, CausalClock, RecordSlot, append_and_act, append_transition};
pub(crate) use awaited_job::{
    cancel_awaited_job, cancel_started_execution, is_started_by, notify_starter,
};
pub(crate) use join::{SettledFork, last_event, settle_fork};
pub(crate) use keyed_record::{KeyedRecord, root_key};
pub(crate) use next_action::{act_on_own_head, act_on_record};
pub(crate) use status::{notify_start, notify_status_change};
pub(crate) use step_context::{execution_input, run_engine_step};
