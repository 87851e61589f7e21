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
            StubTableMode::IsSilent => return HttpConnectorFuture::new(pending()),
        };
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer))))
    }
}

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
    let urls =
        QueueUrls { steps: url("steps"), tasks: url("tasks"), dead_letters: url("dead-letters") };
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

fn event(bodies: &[&str]) -> LambdaEvent<SqsEvent> {
    let message = |(index, body): (usize, &&str)| {
        json!({"messageId": format!("id-{index}"), "receiptHandle": format!("receipt-{index}"),
            "body": body, "attributes": {"ApproximateReceiveCount": "1"},
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
    let services = StubAwsServices { store, asked: Arc::default() };
    let back = worker(queue_name, &services).handle_batch(event(bodies)).await;
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
        let LambdaEvent { payload, context } = event(&[&ours("e"), "hello"]);
        let worker = worker(QueueName::Steps, &services);
        assert_eq!(worker.handle_messages(&payload.records, &context).await, expected);
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
