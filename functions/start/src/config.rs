//! What this function alone is told.

use std::env;

/// The ARN or name of the only machine that it starts, if it may not start any.
pub(crate) fn configured_state_machine() -> Option<String> {
    env::var("STATEWRIGHT_STATE_MACHINE").ok().filter(|machine| !machine.is_empty())
}
