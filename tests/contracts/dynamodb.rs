//! DynamoDB in this process. The SDK's requests go to `dynoxide` without a socket, and the tests
//! can make them fail on the way.

mod deletion;
mod faults;
mod fork_costs;
mod requests;
mod retention;
mod status;
mod write_units;

use orchestrator::ports::Clock;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use system_clock::SystemClock;

use aws::{DynamoDbTable, TableSettings};
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use serde_json::{Value, from_str, to_string};

/// What happens to a request on its way to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestOutcome {
    /// It takes effect and is answered.
    Succeeds,
    /// It is throttled and has no effect.
    Throttled,
    /// It takes effect, but the answer is an internal error.
    AppliedWithError,
    /// It takes effect, but there is no answer.
    AppliedWithoutAnswer,
    /// It is rejected with an error that is not retryable, and has no effect.
    Denied,
}

/// The service end of the SDK's connection.
#[derive(Clone, Debug)]
pub(crate) struct DynamoDbDouble {
    shared: Arc<DynamoDbShared>,
}

struct DynamoDbShared {
    database: Database,
    state: Mutex<DynamoDbState>,
}

#[derive(Default)]
struct DynamoDbState {
    /// The outcomes of the next requests; all further requests succeed.
    next_outcomes: VecDeque<RequestOutcome>,
    /// Number of requests by operation.
    requests: BTreeMap<String, usize>,
    /// Write units of the items that were written, by operation.
    write_units: BTreeMap<String, usize>,
}

impl DynamoDbDouble {
    fn start() -> Self {
        let database = Database::memory().expect("opens");
        Self { shared: Arc::new(DynamoDbShared { database, state: Mutex::default() }) }
    }

    /// Sets the outcomes of the next requests.
    pub(crate) fn set_next_outcomes(&self, outcomes: impl IntoIterator<Item = RequestOutcome>) {
        self.shared.lock_state().next_outcomes = outcomes.into_iter().collect();
    }

    /// The number of requests since the previous call of this function, by operation.
    pub(crate) fn take_request_counts(&self) -> Vec<(String, usize)> {
        std::mem::take(&mut self.shared.lock_state().requests).into_iter().collect()
    }

    /// The write units since the previous call of this function, by operation.
    pub(crate) fn take_write_units(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.shared.lock_state().write_units)
    }

    /// Answers a request that is not counted and always succeeds.
    pub(crate) fn ask(&self, operation: &str, request: &Value) -> Value {
        let (status, answer) =
            answer_request(&self.shared.database, operation, &request.to_string());
        assert_eq!(status, 200, "{answer}");
        from_str(&answer).expect("answers are JSON")
    }

    /// The configuration of a client that connects to it.
    fn client_config(&self) -> Config {
        let connector = SharedHttpConnector::new(self.clone());
        Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("any", "any", None, None, "test"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build()
    }
}

impl DynamoDbShared {
    fn lock_state(&self) -> MutexGuard<'_, DynamoDbState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_write_units(&self, operation: &str, body: &str, answer: &str) {
        let units = write_units::write_units(operation, body, answer);
        *self.lock_state().write_units.entry(operation.to_owned()).or_default() += units;
    }

    fn next_outcome(&self, operation: &str) -> RequestOutcome {
        let mut state = self.lock_state();
        *state.requests.entry(operation.to_owned()).or_default() += 1;
        state.next_outcomes.pop_front().unwrap_or(RequestOutcome::Succeeds)
    }
}

impl HttpConnector for DynamoDbDouble {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").expect("the SDK names the operation");
        let operation = target.rsplit('.').next().expect("it has a last part");
        let body = request.body().bytes().expect("bodies are in memory");
        let body = str::from_utf8(body).expect("bodies are JSON");
        let outcome = self.shared.next_outcome(operation);
        let refusal = |code: &str| format!("{{\"__type\":\"com.amazonaws#{code}\"}}");
        let (status, answer) = match outcome {
            RequestOutcome::Throttled => (400, refusal("ProvisionedThroughputExceededException")),
            RequestOutcome::Denied => (400, refusal("AccessDeniedException")),
            RequestOutcome::Succeeds
            | RequestOutcome::AppliedWithError
            | RequestOutcome::AppliedWithoutAnswer => {
                let answer = answer_request(&self.shared.database, operation, body);
                self.shared.count_write_units(operation, body, &answer.1);
                answer
            }
        };
        let (status, answer) = match outcome {
            RequestOutcome::AppliedWithError => (500, refusal("InternalServerError")),
            RequestOutcome::AppliedWithoutAnswer => {
                return HttpConnectorFuture::ready(Err(ConnectorError::timeout("lost".into())));
            }
            RequestOutcome::Succeeds | RequestOutcome::Throttled | RequestOutcome::Denied => {
                (status, answer)
            }
        };
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer))))
    }
}

/// Supports the operations that the store uses, and what tests look at it with.
fn answer_request(database: &Database, operation: &str, body: &str) -> (u16, String) {
    macro_rules! asked {
        ($method:ident) => {
            database.$method(from_str(body).expect("a request")).map(|answer| to_string(&answer))
        };
    }
    let answered = match operation {
        "CreateTable" => asked!(create_table),
        "GetItem" => asked!(get_item),
        "PutItem" => asked!(put_item),
        "UpdateItem" => asked!(update_item),
        "DeleteItem" => asked!(delete_item),
        "Query" => asked!(query),
        "Scan" => asked!(scan),
        "BatchGetItem" => asked!(batch_get_item),
        "BatchWriteItem" => asked!(batch_write_item),
        "TransactWriteItems" => asked!(transact_write_items),
        other => panic!("the store does not use {other}"),
    };
    match answered {
        Ok(answer) => (200, answer.expect("answers print")),
        Err(error) => (error.status_code(), error.to_json()),
    }
}

/// A new service with a table.
pub(crate) async fn start_dynamodb() -> (DynamoDbTable, DynamoDbDouble) {
    start_dynamodb_with(TableSettings::with_name("statewright", || SystemClock.now())).await
}

async fn start_dynamodb_with(settings: TableSettings) -> (DynamoDbTable, DynamoDbDouble) {
    let service = DynamoDbDouble::start();
    let table = DynamoDbTable::new(&service.client_config(), settings);
    aws::create_table(&table).await.expect("is made");
    service.take_request_counts();
    (table, service)
}

impl std::fmt::Debug for DynamoDbShared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
