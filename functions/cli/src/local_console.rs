//! The console that `local` serves, over its own API.

use std::sync::Arc;

use bytes::Bytes;
use console::{ActivityQueueCounts, ConsoleApi, ConsoleApiError, DeadLetterEntry, RefusedEdit};
use embedded::SqliteStore;
use model::ActivityArn;
use protocol::StepFunctionsApi;
use serde_json::Value;
use testkit::MockedExecutions;

use crate::{
    client::{ApiRefusal, operation_request, read_answer},
    console::{list_stored_letters, remove_stored_letter},
    local_machine::LocalMachinePorts,
    project::RefusedEdits,
    test_case::begin_test_case,
};

/// The API of this process.
pub(crate) struct LocalConsoleApi {
    pub(crate) api: StepFunctionsApi<LocalMachinePorts>,
    pub(crate) cases: Option<Arc<MockedExecutions>>,
    pub(crate) store: SqliteStore,
    pub(crate) refused: RefusedEdits,
}

impl ConsoleApi for LocalConsoleApi {
    async fn call(
        &self,
        operation: &'static str,
        members: Value,
    ) -> Result<Value, ConsoleApiError> {
        let request = operation_request(operation, Bytes::from(members.to_string()));
        let request = request
            .map_err(|error| ConsoleApiError { exception: None, message: error.to_string() })?;
        let begun = match &self.cases {
            Some(cases) => begin_test_case(cases, request),
            None => Ok(request),
        };
        let answer = match begun {
            Ok(request) => Box::pin(self.api.answer_request(request)).await,
            Err(refusal) => *refusal,
        };
        read_answer(&answer).map_err(|ApiRefusal { exception, message }| ConsoleApiError {
            exception: Some(exception),
            message,
        })
    }

    async fn activity_queue(&self, activity_arn: &str) -> Option<ActivityQueueCounts> {
        let arn = ActivityArn::parse(activity_arn).ok()?;
        let backlog = self.store.count_activity_backlog(&arn.name).await.ok()?;
        Some(ActivityQueueCounts { waiting_tasks: backlog.tasks, waiting_workers: backlog.workers })
    }

    fn refused_edits(&self) -> Vec<RefusedEdit> {
        self.refused.list()
    }

    fn keeps_dead_letters(&self) -> bool {
        true
    }

    async fn list_dead_letters(&self) -> Result<Vec<DeadLetterEntry>, ConsoleApiError> {
        list_stored_letters(&self.store).await
    }

    async fn remove_dead_letter(&self, handle: &str) -> Result<(), ConsoleApiError> {
        remove_stored_letter(&self.store, handle).await
    }
}
