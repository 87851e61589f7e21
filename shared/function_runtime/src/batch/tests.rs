//! Which messages come back, and when, with stubs of the AWS services.

use std::{
    future::pending,
    sync::{Arc, Mutex},
};

use aws::{AwsPorts, DynamoDbTable, QueueUrls, SqsQueues, TableSettings};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use model::{
    AccountRegion, ExecutionId, FramePath, MessageKind, QueueMessage, RecordNumber, ResourceName,
};
use orchestrator::{EngineContext, EngineSettings};
use serde_json::{Value, json};
use system_clock::SystemClock;

use super::*;
use crate::{FaultMetric, NoTaskCaller, StatusPublisher};

/// How the stub of DynamoDB answers.
#[derive(Clone, Copy, Debug)]
enum StubTableMode {
    /// The table is empty.
    IsEmpty,
    /// It denies access.
    Denies,
    /// It does not answer.
    IsSilent,
    /// Two processes have died of each message of an execution of this name, and there is nothing
    /// else.
    HasDeaths(&'static str),
}

/// Stubs of DynamoDB and of SQS, which accepts every request.
#[derive(Clone, Debug)]
struct StubAwsServices {
    store: StubTableMode,
    /// The requests that SQS received: each one's operation and body.
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl HttpConnector for StubAwsServices {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").expect("the SDK names the operation");
        let (service, operation) = target.split_once('.').expect("it has two parts");
        let body = request.body().bytes().expect("bodies are in memory");
        let (status, answer) = match self.store {
            _ if service == "AmazonSQS" => {
                let asked = serde_json::from_slice(body).expect("bodies are JSON");
                self.asked.lock().expect("no panic").push((operation.to_owned(), asked));
                (200, "{}")
            }
            StubTableMode::IsEmpty => (200, "{}"),
            StubTableMode::Denies => (400, "{\"__type\": \"com.amazonaws#AccessDeniedException\"}"),
            StubTableMode::HasDeaths(execution) => {
                let body = String::from_utf8_lossy(body);
                let is_counted = body.contains("deaths#") && body.contains(execution);
                (200, if is_counted && operation == "GetItem" { TWO_DEATHS } else { "{}" })
            }
            StubTableMode::IsSilent => return HttpConnectorFuture::new(pending()),
        };
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer))))
    }
}

const TWO_DEATHS: &str = r#"{"Item": {"pk": {"S": "m:e"}, "sk": {"S": "deaths##advance-0"},
    "deaths": {"N": "2"}, "last_at": {"N": "0"}}}"#;

fn worker(queue_name: QueueName, services: &StubAwsServices) -> SqsBatchWorker<NoTaskCaller> {
    let connector = SharedHttpConnector::new(services.clone());
    let credentials = aws_sdk_sqs::config::Credentials::new("any", "any", None, None, "test");
    let settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(aws_sdk_sqs::config::SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build();
    let table = aws_sdk_dynamodb::config::Builder::from(&settings).build();
    let table = DynamoDbTable::new(&table, TableSettings::with_name("t", || SystemClock.now()));
    let url = |name: &str| format!("https://sqs/{name}");
    let urls = QueueUrls {
        steps: url("steps"),
        tasks: url("tasks"),
        dead_letters: url("dead-letters"),
        unreadable: url("unreadable"),
    };
    let queues = aws_sdk_sqs::config::Builder::from(&settings).build();
    let queues = SqsQueues::new(&queues, urls, table.clone(), SystemClock);
    let region = AccountRegion::new("us-east-1", "123456789012");
    let observer = StatusPublisher::new(&settings, region.clone(), None);
    let ports = AwsPorts { table, queues, clock: SystemClock, caller: NoTaskCaller, observer };
    let context = EngineContext::new(EngineSettings::new(region));
    let faults = FaultMetric::new("statewright-step".to_owned());
    SqsBatchWorker::new(Deployment { ports, context, faults }, queue_name)
}

fn ours(execution: &str) -> String {
    let name = |text| ResourceName::parse(text).expect("a name");
    let message = QueueMessage {
        execution: ExecutionId::from_names(&name("m"), &name(execution)),
        frame: FramePath::ROOT,
        kind: MessageKind::AdvanceFrame(RecordNumber::FIRST),
    };
    serde_json::to_string(&message).expect("it prints")
}

fn event(receive_count: u32, bodies: &[&str]) -> LambdaEvent<SqsEvent> {
    let message = |(index, body): (usize, &&str)| {
        json!({"messageId": format!("id-{index}"), "receiptHandle": format!("receipt-{index}"),
            "body": body, "attributes": {"ApproximateReceiveCount": receive_count.to_string()},
            "eventSource": "aws:sqs"})
    };
    let records: Vec<Value> = bodies.iter().enumerate().map(message).collect();
    let payload = serde_json::from_value(json!({"Records": records})).expect("an event of SQS");
    let mut context = Context::default();
    let deadline = SystemTime::now() + Duration::from_secs(20);
    let since = deadline.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    context.deadline = u64::try_from(since.as_millis()).expect("it fits");
    LambdaEvent { payload, context }
}

async fn failed(
    queue_name: QueueName,
    store: StubTableMode,
    bodies: &[&str],
) -> (Vec<String>, Vec<(String, Value)>) {
    failed_after(1, queue_name, store, bodies).await
}

/// Returns which messages are to be redelivered that were received that many times, and the
/// requests that SQS received.
async fn failed_after(
    receive_count: u32,
    queue_name: QueueName,
    store: StubTableMode,
    bodies: &[&str],
) -> (Vec<String>, Vec<(String, Value)>) {
    let services = StubAwsServices { store, asked: Arc::default() };
    let back = worker(queue_name, &services).handle_batch(event(receive_count, bodies)).await;
    let ids = back.batch_item_failures.into_iter().map(|failure| failure.item_identifier);
    let asked = services.asked.lock().expect("no panic").clone();
    (ids.collect(), asked)
}

#[tokio::test]
async fn a_message_that_is_not_ours_comes_back_alone() {
    let (first, last) = (ours("e"), ours("f"));
    let (failed, asked) =
        failed(QueueName::Steps, StubTableMode::IsEmpty, &[&first, "hello", &last]).await;
    assert_eq!(failed, ["id-1"]);
    assert!(asked.is_empty(), "{asked:?}");
}

#[tokio::test]
async fn what_cannot_be_read_or_handled_is_a_fault() {
    for (store, expected) in [
        (StubTableMode::IsEmpty, [MessageVerdict::Done, MessageVerdict::Faulted]),
        (StubTableMode::Denies, [MessageVerdict::Faulted, MessageVerdict::Faulted]),
    ] {
        let services = StubAwsServices { store, asked: Arc::default() };
        let LambdaEvent { payload, context } = event(1, &[&ours("e"), "hello"]);
        let worker = worker(QueueName::Steps, &services);
        assert_eq!(worker.settle_messages(&payload.records, &context).await, expected);
    }
}

#[tokio::test]
async fn a_step_that_fails_is_left_to_the_timeout_of_its_queue() {
    let (failed, asked) = failed(QueueName::Steps, StubTableMode::Denies, &[&ours("e")]).await;
    assert_eq!(failed, ["id-0"]);
    assert!(asked.is_empty(), "{asked:?}");
}

#[tokio::test]
async fn a_task_that_fails_is_seen_again_in_seconds() {
    let (failed, asked) = failed(QueueName::Tasks, StubTableMode::Denies, &[&ours("e")]).await;
    assert_eq!(failed, ["id-0"]);
    let (operation, last) = asked.last().expect("it was hidden");
    assert_eq!(operation, "ChangeMessageVisibility");
    assert_eq!(
        (&last["ReceiptHandle"], &last["VisibilityTimeout"]),
        (&json!("receipt-0"), &json!(30))
    );
}

#[tokio::test(start_paused = true)]
async fn messages_of_tasks_are_hidden_for_a_minute_at_a_time_until_there_is_no_time() {
    let (first, last) = (ours("e"), ours("f"));
    let (failed, asked) = failed(QueueName::Tasks, StubTableMode::IsSilent, &[&first, &last]).await;
    assert_eq!(failed, ["id-0", "id-1"]);
    let (operation, first) = asked.first().expect("they were hidden");
    assert_eq!(operation, "ChangeMessageVisibilityBatch");
    let seconds = |index: usize| first["Entries"][index]["VisibilityTimeout"].clone();
    assert_eq!([seconds(0), seconds(1)], [json!(60), json!(60)]);
    let operations: Vec<&str> = asked.iter().map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(operations[1..], ["ChangeMessageVisibility"; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_step_has_the_time_that_the_invocation_has_left() {
    let (failed, _) = failed(QueueName::Steps, StubTableMode::IsSilent, &[&ours("e")]).await;
    assert_eq!(failed, ["id-0"]);
}

#[tokio::test]
async fn a_step_that_fails_again_is_hidden_for_longer() {
    for (received, seconds) in [(2, 60), (3, 120), (5, 480), (6, 900), (1_000, 900)] {
        let (failed, asked) =
            failed_after(received, QueueName::Steps, StubTableMode::Denies, &[&ours("e")]).await;
        assert_eq!(failed, ["id-0"]);
        let [(operation, hidden)] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(operation, "ChangeMessageVisibility");
        assert_eq!(hidden["VisibilityTimeout"], json!(seconds));
    }
}

#[tokio::test]
async fn a_message_of_which_two_processes_have_died_is_handled_alone() {
    let (first, deadly, last) = (ours("first"), ours("deadly"), ours("last"));
    let bodies: [&str; 3] = [&first, &deadly, &last];
    let mode = StubTableMode::HasDeaths("deadly");
    let (failed, asked) = failed_after(4, QueueName::Steps, mode, &bodies).await;
    assert_eq!(failed, ["id-0", "id-2"]);
    let [(operation, returned)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(operation, "ChangeMessageVisibilityBatch");
    let entry = |index: usize| {
        let entry = &returned["Entries"][index];
        (entry["ReceiptHandle"].clone(), entry["VisibilityTimeout"].clone())
    };
    assert_eq!(entry(0), (json!("receipt-0"), json!(0)));
    assert_eq!(entry(1), (json!("receipt-2"), json!(0)));
}

#[tokio::test]
async fn a_message_that_cannot_be_read_for_hours_is_put_away_as_it_is() {
    let newer = r#"{"execution": "m:e", "frame": "", "kind": "AKindOfANewerVersion"}"#;
    let most = RECEIVES_UNREADABLE_MAX;
    let (failed, asked) =
        failed_after(most, QueueName::Steps, StubTableMode::IsEmpty, &[newer]).await;
    assert_eq!(failed, ["id-0"]);
    assert!(asked.iter().all(|(operation, _)| operation == "ChangeMessageVisibility"), "{asked:?}");
    let (failed, asked) =
        failed_after(most + 1, QueueName::Steps, StubTableMode::IsEmpty, &[newer]).await;
    assert!(failed.is_empty(), "{failed:?}");
    let [(operation, sent)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(operation, "SendMessage");
    assert_eq!(
        (&sent["QueueUrl"], &sent["MessageBody"]),
        (&json!("https://sqs/unreadable"), &json!(newer))
    );
}
