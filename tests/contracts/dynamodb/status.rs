//! Who watches is told of starts, ends and redrives, at least once.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use aws::{StatusChange, StatusWatcher, TableSettings, Untold};
use model::{ExecutionId, Outcome, Payload, Status};
use orchestrator::ports::Executions;

use super::start_with;
use crate::data::{at, redriven, start as begin};

/// Writes down what it is told, and fails when it is told to.
#[derive(Default)]
struct Book {
    told: Mutex<Vec<(ExecutionId, Status, bool)>>,
    failing: Mutex<bool>,
}

impl StatusWatcher for Book {
    fn changed<'a>(
        &'a self,
        change: &'a StatusChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), Untold>> + Send + 'a>> {
        let status = change.execution.end.as_ref().map_or(Status::Running, |(_, it)| it.status());
        self.told.lock().expect("no panic").push((change.id.clone(), status, change.repeated));
        let failed = *self.failing.lock().expect("no panic");
        Box::pin(async move { if failed { Err("nobody listens".into()) } else { Ok(()) } })
    }
}

#[tokio::test]
async fn every_change_is_told_with_its_execution() {
    let book = Arc::new(Book::default());
    let watcher: Arc<dyn StatusWatcher> = book.clone();
    let settings = TableSettings { watcher: Some(watcher), ..TableSettings::named("statewright") };
    let (table, _) = start_with(settings).await;
    let id = begin(&table, "m", "e", 1).await;
    let outcome = Outcome::Succeeded(Payload::empty_object());
    *book.failing.lock().expect("no panic") = true;
    let untold = table.finish(&id, None, (at(2), &outcome)).await;
    assert!(untold.is_err(), "who tells nobody tries again");
    *book.failing.lock().expect("no panic") = false;
    table.finish(&id, None, (at(2), &outcome)).await.expect("no fault");
    table.reopen(&id, &redriven(1, 4)).await.expect("no fault");
    let told = book.told.lock().expect("no panic").clone();
    let expected = [
        (Status::Running, false),
        (Status::Succeeded, false),
        (Status::Succeeded, true),
        (Status::Running, false),
    ];
    assert_eq!(told, expected.map(|(status, repeated)| (id.clone(), status, repeated)));
}
