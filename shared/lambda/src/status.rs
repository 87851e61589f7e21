//! What is told of an execution whose status has changed: metrics, and an event if a bus is named.

use std::{future::Future, pin::Pin};

use aws::{StatusChange, StatusWatcher, Untold};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use model::Place;
use orchestrator::ports::Clock;
use services::with_causes;
use system::SystemClock;

use crate::{metrics, status_event::detail};

/// Ours, as AWS's is `aws.states`: a name that begins with `aws.` is not to be had.
const SOURCE: &str = "statewright";
/// Spec: Developer Guide, "Automating Step Functions event delivery with `EventBridge`".
const DETAIL_TYPE: &str = "Step Functions Execution Status Change";

/// Tells of changes of status.
pub(crate) struct Telling {
    place: Place,
    bus: Option<(Client, String)>,
}

impl Telling {
    pub(crate) fn new(settings: &SdkConfig, place: Place, bus: Option<String>) -> Self {
        Self { place, bus: bus.map(|bus| (Client::new(settings), bus)) }
    }

    async fn send(&self, change: &StatusChange) -> Result<(), Untold> {
        let Some((client, bus)) = &self.bus else { return Ok(()) };
        let detail = detail(&self.place, change, SystemClock.now());
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source(SOURCE)
            .detail_type(DETAIL_TYPE)
            .resources(self.place.execution(&change.id))
            .detail(detail.to_string())
            .build();
        let answer = client.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| with_causes(&error))?;
        match answer.entries().iter().find_map(|entry| entry.error_code()) {
            Some(code) => Err(format!("EventBridge refused an event with {code}").into()),
            None => Ok(()),
        }
    }
}

impl StatusWatcher for Telling {
    fn changed<'a>(
        &'a self,
        change: &'a StatusChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), Untold>> + Send + 'a>> {
        if !change.repeated {
            metrics::emit(&self.place, change);
        }
        Box::pin(self.send(change))
    }
}
