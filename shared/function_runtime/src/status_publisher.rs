//! Publishes status changes of executions: as metrics, and as events if a bus is configured.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use model::AccountRegion;
use orchestrator::{
    Fault,
    ports::{Clock, ExecutionObserver, StatusChange},
};
use services::format_with_causes;
use system_clock::SystemClock;

use crate::{status_event::status_event_detail, status_metrics};

/// The source of our events. AWS's is `aws.states`, but names that begin with `aws.` are reserved.
const SOURCE: &str = "statewright";
/// Spec: Developer Guide, "Automating Step Functions event delivery with `EventBridge`".
const DETAIL_TYPE: &str = "Step Functions Execution Status Change";

/// Publishes status changes.
#[derive(Debug)]
pub struct StatusPublisher {
    account_region: AccountRegion,
    bus: Option<(Client, String)>,
}

impl StatusPublisher {
    pub(crate) fn new(
        settings: &SdkConfig,
        account_region: AccountRegion,
        bus: Option<String>,
    ) -> Self {
        Self { account_region, bus: bus.map(|bus| (Client::new(settings), bus)) }
    }

    async fn put_status_event(&self, change: &StatusChange) -> Result<(), String> {
        let Some((client, bus)) = &self.bus else { return Ok(()) };
        let detail = status_event_detail(&self.account_region, change, SystemClock.now());
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source(SOURCE)
            .detail_type(DETAIL_TYPE)
            .resources(self.account_region.execution_arn(&change.id))
            .detail(detail.to_string())
            .build();
        let answer = client.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| format_with_causes(&error))?;
        match answer.entries().iter().find_map(|entry| entry.error_code()) {
            Some(code) => Err(format!("EventBridge refused an event with {code}")),
            None => Ok(()),
        }
    }
}

impl ExecutionObserver for StatusPublisher {
    fn observes_status(&self) -> bool {
        true
    }

    async fn status_changed(&self, change: &StatusChange) -> Result<(), Fault> {
        if !change.repeated {
            status_metrics::emit_status_metrics(&self.account_region, change);
        }
        self.put_status_event(change)
            .await
            .map_err(|error| Fault::in_port("status events", PublishError(error)))
    }
}

/// An event of a change of status was not taken.
#[derive(Debug, thiserror::Error)]
#[error("a change of status could not be published: {0}")]
struct PublishError(String);
