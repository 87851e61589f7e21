//! Where a target keeps the messages that nobody could handle.

use std::{cmp::Reverse, path::PathBuf};

use console::{ConsoleApiError, DeadLetterEntry};
use embedded::{SqliteStore, read_dead_letters};
use model::Timestamp;
use serde_json::Value;
use services::{
    DeadLetterReport, ServiceClient, dead_letter_reports, remove_dead_letter_report, stack_output,
};
use tokio::task::spawn_blocking;

use super::stored_dead_letters::{
    entry_of_letter, list_stored_letters, no_answer, remove_stored_letter,
};
use crate::{
    client::{ApiClient, RememberedTarget, service_client},
    dead_letters::QUEUE_OUTPUT,
    standard_error::say_line,
};

/// Who can be asked for dead letters.
pub(super) enum DeadLetterSource {
    /// Nobody: no operation of the API tells of them.
    Nobody,
    /// The store of a folder that no server uses.
    Store(SqliteStore),
    /// The folder of a server. It is read beside that, and nothing is removed from it.
    ServedFolder(PathBuf),
    /// The queue of a deployment.
    Queue { aws: Box<ServiceClient>, url: String },
}

impl DeadLetterSource {
    /// Finds out who can be asked at a target. A deployment whose queue is not found is asked nothing.
    pub(super) async fn find(target: &RememberedTarget, client: &ApiClient) -> Self {
        if let Some(store) = client.opened_store() {
            return Self::Store(store.clone());
        }
        if let Some(folder) = &target.data {
            return Self::ServedFolder(folder.clone());
        }
        let Some(stack) = &target.stack else { return Self::Nobody };
        let aws = Box::new(service_client(target));
        match stack_output(&aws, stack, QUEUE_OUTPUT).await {
            Ok(url) => Self::Queue { aws, url },
            Err(reason) => {
                say_line(&format!("dead letters are not shown: {reason}"));
                Self::Nobody
            }
        }
    }

    pub(super) const fn is_there(&self) -> bool {
        match self {
            Self::Nobody => false,
            Self::Store(_) | Self::ServedFolder(_) | Self::Queue { .. } => true,
        }
    }

    /// Reads them, the newest first.
    pub(super) async fn list_letters(&self) -> Result<Vec<DeadLetterEntry>, ConsoleApiError> {
        match self {
            Self::Nobody => Ok(Vec::new()),
            Self::Store(store) => list_stored_letters(store).await,
            Self::ServedFolder(folder) => {
                let folder = folder.clone();
                let read = spawn_blocking(move || read_dead_letters(&folder)).await;
                let letters = read.map_err(|error| no_answer(&error))?;
                let letters = letters.map_err(|error| no_answer(&error))?;
                Ok(letters.into_iter().map(entry_of_letter).collect())
            }
            Self::Queue { aws, url } => {
                let reports = dead_letter_reports(aws, url).await;
                let reports = reports.map_err(|reason| no_answer(&reason))?;
                let mut letters: Vec<_> = reports.into_iter().map(entry_of_report).collect();
                letters.sort_by_key(|letter| Reverse(letter.at));
                Ok(letters)
            }
        }
    }

    /// Removes one whose execution goes on.
    pub(super) async fn remove_letter(&self, handle: &str) -> Result<(), ConsoleApiError> {
        match self {
            Self::Nobody | Self::ServedFolder(_) => Ok(()),
            Self::Store(store) => remove_stored_letter(store, handle).await,
            Self::Queue { aws, url } => {
                let removed = remove_dead_letter_report(aws, url, handle).await;
                removed.map_err(|reason| no_answer(&reason))
            }
        }
    }
}

/// A report of a queue. One of an event that started nothing has no reason, and is shown whole.
///
/// Shape: `{"reason": "…", "message": {"execution": "order:x", …}}`, or
/// `{"requestContext": {…}, "requestPayload": …}`
fn entry_of_report(report: DeadLetterReport) -> DeadLetterEntry {
    let body: Value = serde_json::from_str(&report.body).unwrap_or_default();
    let reason = body["reason"].as_str().map(str::to_owned);
    let message = match &body["message"] {
        message @ Value::Object(_) if reason.is_some() => message.to_string(),
        _ => report.body,
    };
    DeadLetterEntry {
        handle: report.receipt,
        at: report.sent_at.map(Timestamp::from_milliseconds),
        reason,
        message,
    }
}
