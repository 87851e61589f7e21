//! Operations on a frame: append a record to its log, then perform the record's next action.

mod abort_children;
mod append;
mod append_and_act;
mod awaited_job;
mod children;
mod children_in_flight;
mod fan_in;
mod forks_above;
mod frame_engine;
mod join;
mod keyed_record;
mod next_action;
mod pending_transitions;
mod status;

pub use next_action::schedule_execution_timeout;

pub(crate) use append::{CausalClock, RecordSlot, append_transition};
pub(crate) use append_and_act::{Appended, append_and_act};
pub(crate) use awaited_job::{cancel_awaited_job, cancel_started_execution, is_started_by};
pub(crate) use children::last_event;
pub(crate) use children_in_flight::{ChildInFlight, find_children_in_flight};
pub(crate) use fan_in::start_group_of;
pub(crate) use forks_above::are_forks_open;
pub(crate) use frame_engine::{CallPermission, FrameEngine};
pub(crate) use join::{SettledFork, settle_fork};
pub(crate) use keyed_record::{KeyedRecord, root_key};
pub(crate) use next_action::{act_on_own_head, act_on_record, reopen_own_redrive, send_to_log};
pub(crate) use pending_transitions::PendingTransitions;
pub(crate) use status::notify_start;
