//! Counts how many processes died of a message.

use std::future::Future;

use model::{MessageIdentity, Timestamp};

use crate::Fault;

/// How many processes in a row have died of a message, or may be about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeathCount {
    /// The number of deaths, at least 1.
    pub deaths: u32,
    /// When the last of them began to handle it. A time long past if that was on a machine that has
    /// been restarted since, so that there is nothing to wait for.
    pub last_at: Timestamp,
}

/// Keeps a count of deaths for a message, beside the log of its execution. Reads are strongly
/// consistent. A count may be removed once no copy of the message can be in a queue.
pub trait DeathCounter {
    /// Returns the count; none if no process has died of the message since its last return.
    fn load_deaths(
        &self,
        message: &MessageIdentity,
    ) -> impl Future<Output = Result<Option<DeathCount>, Fault>> + Send;

    /// Sets the count: once this returns, it outlives the process. May be repeated. Does nothing if
    /// the adapter knows that there is no such execution.
    fn put_deaths(
        &self,
        message: &MessageIdentity,
        count: DeathCount,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Removes the count. May be repeated.
    fn clear_deaths(
        &self,
        message: &MessageIdentity,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}
