//! A status watcher is notified of starts, ends and redrives at least once.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use aws::{StatusChange, StatusNotificationError, StatusWatcher, TableSettings};
use model::{ExecutionId, ExecutionStatus, FrameOutcome, Payload};
use orchestrator::ports::ExecutionStore;

use super::start_dynamodb_with;
use crate::data::{redrive_number, start_execution as begin, timestamp_at};

/// Records its notifications, and fails on demand.
#[derive(Default)]
struct RecordingWatcher {
    told: Mutex<Vec<(ExecutionId, ExecutionStatus, bool)>>,
    failing: Mutex<bool>,
}

impl StatusWatcher for RecordingWatcher {
    fn status_changed<'a>(
        &'a self,
        change: &'a StatusChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), StatusNotificationError>> + Send + 'a>> {
        let status = change
            .execution
            .end
            .as_ref()
            .map_or(ExecutionStatus::Running, |(_, it)| it.execution_status());
        self.told.lock().expect("no panic").push((change.id.clone(), status, change.repeated));
        let failed = *self.failing.lock().expect("no panic");
        Box::pin(async move { if failed { Err("nobody listens".into()) } else { Ok(()) } })
    }
}

#[tokio::test]
async fn every_change_is_told_with_its_execution() {
    let book = Arc::new(RecordingWatcher::default());
    let watcher: Arc<dyn StatusWatcher> = book.clone();
    let settings =
        TableSettings { watcher: Some(watcher), ..TableSettings::with_name("statewright") };
    let (table, _) = start_dynamodb_with(settings).await;
    let id = begin(&table, "m", "e", 1).await;
    let outcome = FrameOutcome::Succeeded(Payload::empty_object());
    *book.failing.lock().expect("no panic") = true;
    let untold = table.finish_execution(&id, None, (timestamp_at(2), &outcome)).await;
    assert!(untold.is_err(), "who tells nobody tries again");
    *book.failing.lock().expect("no panic") = false;
    table.finish_execution(&id, None, (timestamp_at(2), &outcome)).await.expect("no fault");
    table.reopen_execution(&id, &redrive_number(1, 4)).await.expect("no fault");
    let told = book.told.lock().expect("no panic").clone();
    let expected = [
        (ExecutionStatus::Running, false),
        (ExecutionStatus::Succeeded, false),
        (ExecutionStatus::Succeeded, true),
        (ExecutionStatus::Running, false),
    ];
    assert_eq!(told, expected.map(|(status, repeated)| (id.clone(), status, repeated)));
}
