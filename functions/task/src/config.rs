//! The configuration that only this function has.

use std::env;

/// Whether functions may be invoked asynchronously: their answers have a queue.
pub(crate) fn receives_answers() -> bool {
    env::var("STATEWRIGHT_ASYNCHRONOUS_FUNCTIONS").is_ok_and(|set| set == "true")
}
