//! What every use case is given besides its ports: settings and the definition cache.

use model::{AccountRegion, DeploymentLimits};

use crate::DefinitionCache;

/// The settings of a deployment, and what a process keeps between messages.
#[derive(Debug)]
pub struct EngineContext {
    /// The settings, fixed for the life of the process.
    pub settings: EngineSettings,
    /// The definitions that this process has parsed.
    pub definitions: DefinitionCache,
}

impl EngineContext {
    /// Creates the context of a process that has parsed no definition yet.
    pub fn new(settings: EngineSettings) -> Self {
        Self { settings, definitions: DefinitionCache::default() }
    }
}

/// The settings of a deployment.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// The partition, region and account of the deployment's ARNs.
    pub account_region: AccountRegion,
    /// The limits on payloads, histories and children.
    pub limits: DeploymentLimits,
    /// The most bytes that one API response may take where the response is itself a string in JSON.
    /// Payloads that do not fit are left out, as if the caller had not asked for them.
    pub response_bytes_max: usize,
    /// The most transitions that one delivery may make, each appended on its own; at least 1.
    ///
    /// Spec: ARCHITECTURE.md § Redelivery.
    pub run_ahead: u32,
    /// The largest `run_ahead` of any other version of this deployment that is at work: after a
    /// record, a delivery of that version may append more. A change of `run_ahead` therefore takes
    /// two deployments; the first tells every version the larger number.
    pub run_ahead_elsewhere: u32,
    /// The visibility timeout of the queue `steps`, in milliseconds: a message that was not
    /// acknowledged is received again after it. No delivery of a step takes longer.
    pub visibility_milliseconds: i64,
}

impl EngineSettings {
    /// Creates default settings: one transition per delivery, Step Functions' own limits, and a
    /// visibility timeout of 30 seconds.
    pub const fn new(account_region: AccountRegion) -> Self {
        Self {
            account_region,
            limits: DeploymentLimits::AWS,
            response_bytes_max: usize::MAX,
            run_ahead: 1,
            run_ahead_elsewhere: 1,
            visibility_milliseconds: 30_000,
        }
    }
}
