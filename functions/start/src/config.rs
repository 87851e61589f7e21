//! The configuration that only this function has.

use std::env;

/// The ARN or name of the only machine that it may start; `None` allows any machine.
pub(crate) fn configured_state_machine() -> Option<String> {
    env::var("STATEWRIGHT_STATE_MACHINE").ok().filter(|machine| !machine.is_empty())
}
