//! How many files this process may have open: connections, pipes of functions, the store.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::debug;

/// More than any load of one machine needs. Where the system allows any number, it allows no more
/// than some number of its own.
const WANTED: [u64; 2] = [65_536, 10_240];

/// Raises the soft limit as far as needed and allowed, and returns it.
pub(crate) fn raise_open_files_limit() -> u64 {
    for wanted in WANTED {
        let limit = getrlimit(Resource::Nofile);
        let soft = limit.current.unwrap_or(u64::MAX);
        let wanted = limit.maximum.map_or(wanted, |hard| hard.min(wanted));
        if soft >= wanted {
            return soft;
        }
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => return wanted,
            Err(error) => debug!(%error, wanted, "the limit of open files cannot be raised"),
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
