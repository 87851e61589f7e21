//! What every use case has at hand beside its ports.

use model::{AccountRegion, DeploymentLimits};

use crate::DefinitionCache;

/// Settings of this deployment and what a process keeps between messages.
#[derive(Debug)]
pub struct EngineContext {
    /// Where this deployment lives.
    pub account_region: AccountRegion,
    /// What it allows.
    pub limits: DeploymentLimits,
    /// Bytes that one answer of the API may take where it is a string in JSON itself. Payloads that do
    /// not fit are left out of it, as if the caller had not asked for them.
    pub answer_bytes: usize,
    /// Parsed definitions.
    pub definitions: DefinitionCache,
    /// Transitions that one delivery may make, each appended on its own; at least 1.
    ///
    /// Spec: ARCHITECTURE § 3, `RUN_AHEAD`.
    pub run_ahead: u32,
    /// The same of the version of this deployment that makes most of them, if others are at work: what
    /// a delivery of theirs has appended may not be its last record. So a change takes effect in two
    /// steps, of which the first tells every version of the larger number.
    pub run_ahead_elsewhere: u32,
    /// After how long a message that was not acknowledged is seen again: what the queue `steps` is
    /// set to. No delivery of a step takes longer.
    pub visibility_milliseconds: i64,
}

impl EngineContext {
    /// The plain shape: one transition per delivery, and Step Functions' own limits.
    pub fn new(account_region: AccountRegion) -> Self {
        Self {
            account_region,
            limits: DeploymentLimits::AWS,
            answer_bytes: usize::MAX,
            definitions: DefinitionCache::default(),
            run_ahead: 1,
            run_ahead_elsewhere: 1,
            visibility_milliseconds: 30_000,
        }
    }
}
