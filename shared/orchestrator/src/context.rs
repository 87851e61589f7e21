//! What every use case has at hand beside its ports.

use model::{AccountRegion, DeploymentLimits};

use crate::DefinitionCache;

/// The settings of a deployment, and what a process keeps between messages.
#[derive(Debug)]
pub struct EngineContext {
    /// The settings, which never change.
    pub settings: EngineSettings,
    /// Parsed definitions.
    pub definitions: DefinitionCache,
}

impl EngineContext {
    /// The context of a process that has parsed no definition yet.
    pub fn new(settings: EngineSettings) -> Self {
        Self { settings, definitions: DefinitionCache::default() }
    }
}

/// The settings of a deployment.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Where the deployment lives.
    pub account_region: AccountRegion,
    /// What it allows.
    pub limits: DeploymentLimits,
    /// Bytes that one answer of the API may take where it is a string in JSON itself. Payloads that do
    /// not fit are left out of it, as if the caller had not asked for them.
    pub answer_bytes: usize,
    /// Transitions that one delivery may make, each appended on its own; at least 1.
    ///
    /// Spec: ARCHITECTURE.md, redelivery: `RUN_AHEAD`.
    pub run_ahead: u32,
    /// The same setting of the version of this deployment that makes most transitions, if others are
    /// at work: what a delivery of theirs has appended may not be its last record. So a change takes
    /// effect in two steps; the first tells every version of the larger number.
    pub run_ahead_elsewhere: u32,
    /// Milliseconds after which a message that was not acknowledged is received again: the visibility
    /// timeout of the queue `steps`. No delivery of a step takes longer.
    pub visibility_milliseconds: i64,
}

impl EngineSettings {
    /// The plain shape: one transition per delivery, and Step Functions' own limits.
    pub const fn new(account_region: AccountRegion) -> Self {
        Self {
            account_region,
            limits: DeploymentLimits::AWS,
            answer_bytes: usize::MAX,
            run_ahead: 1,
            run_ahead_elsewhere: 1,
            visibility_milliseconds: 30_000,
        }
    }
}
