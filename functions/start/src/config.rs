//! What this function alone is told.

use std::env;

/// The ARN or name of the machine that is started where an event names none.
pub(crate) fn state_machine() -> Option<String> {
    env::var("STATEWRIGHT_STATE_MACHINE").ok().filter(|machine| !machine.is_empty())
}
