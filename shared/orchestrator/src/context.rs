//! What every use case is given besides its ports: settings and the definition cache.

use std::{num::NonZeroU32, sync::Arc};

use model::{
    AccountRegion, DeploymentLimits,
    limits::{ACTIVITY_POLL_MILLISECONDS, TRANSITIONS_PER_DELIVERY_DEFAULT},
};

use crate::{DefinitionCache, history_order::HistoryOrderCache};

/// The settings of a deployment, and what a process keeps between messages.
#[derive(Debug)]
pub struct EngineContext {
    /// The settings, fixed for the life of the process.
    pub settings: EngineSettings,
    /// The definitions that this process has parsed.
    pub definitions: Arc<DefinitionCache>,
    /// The order of the events in histories that this process has read.
    pub(crate) history_orders: Arc<HistoryOrderCache>,
}

impl EngineContext {
    /// Creates the context of a process that has parsed no definition and read no history yet.
    pub fn new(settings: EngineSettings) -> Self {
        Self { settings, definitions: Arc::default(), history_orders: Arc::default() }
    }

    /// Returns the context of an Express execution, which shares the definitions. Its history has no
    /// limit, and its worker lives as long as it does.
    ///
    /// Spec: Developer Guide, "Step Functions service quotas" § execution event history size.
    pub(crate) fn for_express(&self) -> Self {
        let limits = DeploymentLimits { history_events: u64::MAX, ..self.settings.limits };
        let settings = EngineSettings {
            limits,
            transitions_per_delivery: TRANSITIONS_PER_DELIVERY_DEFAULT,
            further_calls_milliseconds: None,
            ..self.settings.clone()
        };
        Self {
            settings,
            definitions: Arc::clone(&self.definitions),
            history_orders: Arc::clone(&self.history_orders),
        }
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
    /// The most transitions that one record holds: a delivery makes them in memory and appends
    /// them together.
    pub transitions_per_delivery: NonZeroU32,
    /// For how many milliseconds a delivery may claim further calls after it has begun. A call that
    /// is claimed late has less time until the worker's own time is over. `None` for no end.
    pub further_calls_milliseconds: Option<i64>,
    /// The visibility timeout of the queue `steps`, in milliseconds: a message that was not
    /// acknowledged is received again after it.
    pub visibility_milliseconds: i64,
    /// How long `GetActivityTask` waits for a task, in milliseconds.
    pub activity_poll_milliseconds: i64,
}

impl EngineSettings {
    /// Creates default settings: one transition per delivery, Step Functions' own limits and
    /// waiting times, and a visibility timeout of 30 seconds.
    pub const fn new(account_region: AccountRegion) -> Self {
        Self {
            account_region,
            limits: DeploymentLimits::AWS,
            response_bytes_max: usize::MAX,
            transitions_per_delivery: NonZeroU32::MIN,
            further_calls_milliseconds: None,
            visibility_milliseconds: 30_000,
            activity_poll_milliseconds: ACTIVITY_POLL_MILLISECONDS,
        }
    }
}
