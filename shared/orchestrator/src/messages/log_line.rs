//! The events of executions as lines of a log.
//!
//! Spec: Developer Guide, "Using `CloudWatch` Logs to log execution history"; the shape of a line is
//! recorded.

use model::{AccountRegion, ExecutionId, ExecutionLogging, Record, RecordedEvent};
use serde::Serialize;

use crate::{executions::HistoryEventDetails, ports::ExecutionLogLine};

/// What all lines of an execution have in common.
#[derive(Debug)]
pub(super) struct LogLineFormat {
    pub(super) logging: ExecutionLogging,
    account_region: AccountRegion,
    execution_arn: String,
}

/// Shape: all but `details` is text.
#[derive(Serialize)]
struct VendedLogEvent<'a> {
    id: String,
    r#type: String,
    details: HistoryEventDetails<'a>,
    previous_event_id: String,
    event_timestamp: String,
    execution_arn: &'a str,
    redrive_count: String,
}

impl LogLineFormat {
    pub(super) fn new(
        logging: ExecutionLogging,
        account_region: AccountRegion,
        execution: &ExecutionId,
    ) -> Self {
        let execution_arn = account_region.execution_arn(execution);
        Self { logging, account_region, execution_arn }
    }

    /// Prints an event of a record, with its id and that of the event that it follows.
    ///
    /// # Panics
    /// Never: an event has string keys and finite numbers.
    pub(super) fn print_event(
        &self,
        record: &Record,
        event: &RecordedEvent,
        (id, previous): (u64, u64),
    ) -> ExecutionLogLine {
        let (prefix, name) = event.kind.type_name_parts();
        let at = record.event_time(event);
        let visibility = self.logging.data_visibility();
        let printed = VendedLogEvent {
            id: id.to_string(),
            r#type: format!("{prefix}{name}"),
            details: HistoryEventDetails::for_log(&event.kind, &self.account_region, visibility),
            previous_event_id: previous.to_string(),
            event_timestamp: at.as_milliseconds().to_string(),
            execution_arn: &self.execution_arn,
            redrive_count: record.facts.redrive_count().to_string(),
        };
        let text = serde_json::to_string(&printed)
            .expect("an event has string keys and finite numbers, so it prints");
        ExecutionLogLine { at, text }
    }
}
