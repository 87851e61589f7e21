//! SQS in this process, on virtual time. It answers the SDK's requests as the API reference says,
//! including the limits. `ministack` tests the real protocol; here tests can cover hours.

mod due_messages;
mod sent_records;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws::{DynamoDbTable, QueueUrls, SqsQueues};
use aws_sdk_sqs::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use model::{FramePath, MessageKind, QueueMessage};
use orchestrator::ports::{Clock, MessageQueue, QueueName};
use serde_json::{Value, json};
use tokio::{
    sync::Notify,
    time::{Duration, Instant, timeout_at},
};

use crate::{
    data::execution_id,
    queues::{NEVER, PausedClock},
};

/// The visibility timeout of a received message.
const VISIBILITY: Duration = Duration::from_secs(30);
/// The largest message body of SQS.
///
/// Spec: Amazon SQS API Reference, `SendMessage` § `MessageBody`.
const BODY_BYTES_MAX: usize = 1 << 20;

/// The service end of the SDK's connection.
#[derive(Clone, Debug, Default)]
struct SqsDouble {
    state: Arc<Mutex<SqsState>>,
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct SqsState {
    messages: Vec<StoredMessage>,
    /// The source of message ids and receipt handles.
    ordinal: u64,
    /// Number of requests by operation.
    requests: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct StoredMessage {
    url: String,
    id: u64,
    body: String,
    visible_at: Instant,
    receive_count: u64,
    /// The receipt handle of the newest reception.
    receipt: String,
}

/// The name of an error, and its name in the older query protocol where that differs.
struct SqsError(&'static str, Option<&'static str>);

/// The queues on a new double.
pub(crate) fn start_sqs(table: DynamoDbTable, clock: PausedClock) -> SqsQueues<PausedClock> {
    SqsQueues::new(&SqsDouble::default().client_config(), queue_urls(), table, clock)
}

impl SqsDouble {
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

fn queue_urls() -> QueueUrls {
    let url = |name| format!("https://sqs.us-east-1.amazonaws.com/000000000000/{name}");
    QueueUrls {
        steps: url("steps"),
        tasks: url("tasks"),
        dead_letters: url("dead-letters"),
        unreadable: url("unreadable"),
    }
}

impl HttpConnector for SqsDouble {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").expect("the SDK names the operation");
        let operation = target.rsplit('.').next().expect("it has a last part").to_owned();
        let body = request.body().bytes().expect("bodies are in memory");
        let asked: Value = serde_json::from_slice(body).expect("bodies are JSON");
        let service = self.clone();
        HttpConnectorFuture::new(async move {
            let (status, code, answer) = match service.answer_request(&operation, &asked).await {
                Ok(answer) => (200, None, answer),
                Err(SqsError(name, code)) => {
                    (400, code, json!({"__type": format!("com.amazonaws.sqs#{name}")}))
                }
            };
            let status = StatusCode::try_from(status).expect("a status");
            let mut answer = HttpResponse::new(status, SdkBody::from(answer.to_string()));
            if let Some(code) = code {
                answer.headers_mut().insert("x-amzn-query-error", format!("{code};Sender"));
            }
            Ok(answer)
        })
    }
}

impl SqsDouble {
    async fn answer_request(&self, operation: &str, asked: &Value) -> Result<Value, SqsError> {
        let url = asked["QueueUrl"].as_str().expect("every request names a queue");
        let QueueUrls { steps, tasks, dead_letters, unreadable } = queue_urls();
        if ![steps, tasks, dead_letters, unreadable].iter().any(|known| known == url) {
            return Err(SqsError(
                "QueueDoesNotExist",
                Some("AWS.SimpleQueueService.NonExistentQueue"),
            ));
        }
        *self.lock_state().requests.entry(operation.to_owned()).or_default() += 1;
        let answer = match operation {
            "SendMessage" => self.send_message(url, asked),
            "SendMessageBatch" => self.send_batch(url, asked),
            "ReceiveMessage" => Ok(self.receive_messages(url, asked).await),
            "ChangeMessageVisibility" => self.change_visibility(asked),
            "DeleteMessage" => {
                let receipt = asked["ReceiptHandle"].as_str();
                self.lock_state()
                    .messages
                    .retain(|message| Some(message.receipt.as_str()) != receipt);
                Ok(json!({}))
            }
            other => panic!("the queue does not use {other}"),
        };
        self.changed.notify_waiters();
        answer
    }

    fn send_message(&self, url: &str, asked: &Value) -> Result<Value, SqsError> {
        let delay = seconds_member(asked, "DelaySeconds", 900)?;
        let body = asked["MessageBody"].as_str().expect("a message has a body");
        if body.is_empty() || body.len() > BODY_BYTES_MAX {
            return Err(SqsError("InvalidParameterValue", None));
        }
        let may_be_sent = |one| {
            matches!(one, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
                || one >= '\u{10000}'
        };
        if !body.chars().all(may_be_sent) {
            return Err(SqsError("InvalidMessageContents", None));
        }
        let mut state = self.lock_state();
        state.ordinal += 1;
        let id = state.ordinal;
        state.messages.push(StoredMessage {
            url: url.to_owned(),
            id,
            body: body.to_owned(),
            visible_at: Instant::now() + delay,
            receive_count: 0,
            receipt: String::new(),
        });
        Ok(json!({"MessageId": id.to_string()}))
    }

    /// The last of several entries fails, since any entry of a batch may.
    fn send_batch(&self, url: &str, asked: &Value) -> Result<Value, SqsError> {
        let entries = asked["Entries"].as_array().expect("a batch has entries");
        let body = |entry: &Value| entry["MessageBody"].as_str().map_or(0, str::len);
        if entries.is_empty() || entries.len() > 10 {
            return Err(SqsError("TooManyEntriesInBatchRequest", None));
        }
        if entries.iter().map(body).sum::<usize>() > BODY_BYTES_MAX {
            return Err(SqsError("BatchRequestTooLong", None));
        }
        let (failing, sent) = entries.split_last().expect("there is an entry");
        for entry in sent {
            self.send_message(url, entry)?;
        }
        let named =
            |entry: &Value| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0"});
        let failed = json!({"Id": failing["Id"], "Code": "InternalError", "SenderFault": false});
        Ok(json!({"Successful": sent.iter().map(named).collect::<Vec<_>>(), "Failed": [failed]}))
    }

    async fn receive_messages(&self, url: &str, asked: &Value) -> Value {
        let until =
            Instant::now() + seconds_member(asked, "WaitTimeSeconds", 20).unwrap_or_default();
        let count = asked["MaxNumberOfMessages"].as_u64().unwrap_or(1).min(10);
        loop {
            let changed = self.changed.notified();
            let messages = self.take_visible(url, usize::try_from(count).expect("it is small"));
            if !messages.is_empty() || Instant::now() >= until {
                return json!({"Messages": messages});
            }
            let next = self.next_visible(url).map_or(until, |next| next.min(until));
            timeout_at(next, changed).await.ok();
        }
    }

    fn take_visible(&self, url: &str, count: usize) -> Vec<Value> {
        let mut state = self.lock_state();
        let now = Instant::now();
        let mut ordinal = state.ordinal;
        let visible =
            state.messages.iter_mut().filter(|one| one.url == url && one.visible_at <= now);
        let mut taken = Vec::new();
        for message in visible.take(count) {
            ordinal += 1;
            message.receipt = format!("receipt-{ordinal}");
            message.receive_count += 1;
            message.visible_at = now + VISIBILITY;
            taken.push(json!({
                "MessageId": message.id.to_string(),
                "ReceiptHandle": message.receipt,
                "Body": message.body,
                "Attributes": {"ApproximateReceiveCount": message.receive_count.to_string()},
            }));
        }
        state.ordinal = ordinal;
        taken
    }

    fn change_visibility(&self, asked: &Value) -> Result<Value, SqsError> {
        let hidden = seconds_member(asked, "VisibilityTimeout", 43_200)?;
        let receipt = asked["ReceiptHandle"].as_str().expect("it names a reception");
        let mut state = self.lock_state();
        let now = Instant::now();
        let message = state.messages.iter_mut().find(|message| message.receipt == receipt);
        let message = message.ok_or(SqsError("ReceiptHandleIsInvalid", None))?;
        if message.visible_at <= now {
            return Err(SqsError(
                "MessageNotInflight",
                Some("AWS.SimpleQueueService.MessageNotInflight"),
            ));
        }
        message.visible_at = now + hidden;
        Ok(json!({}))
    }

    /// The number of requests since the previous call of this function, by operation.
    fn take_request_counts(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.lock_state().requests)
    }

    fn next_visible(&self, url: &str) -> Option<Instant> {
        let state = self.lock_state();
        let own = state.messages.iter().filter(|message| message.url == url);
        own.map(|message| message.visible_at).min()
    }

    fn lock_state(&self) -> MutexGuard<'_, SqsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds_member(asked: &Value, name: &str, most: u64) -> Result<Duration, SqsError> {
    match &asked[name] {
        Value::Null => Ok(Duration::ZERO),
        given => match given.as_u64().filter(|seconds| *seconds <= most) {
            Some(seconds) => Ok(Duration::from_secs(seconds)),
            None => Err(SqsError("InvalidParameterValue", None)),
        },
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_moved_holds_up_no_other() {
    let (table, _) = crate::dynamodb::start_dynamodb().await;
    let (service, clock) = (SqsDouble::default(), PausedClock::start());
    let wrong = QueueUrls { tasks: "https://nowhere".to_owned(), ..queue_urls() };
    let queues = |urls| SqsQueues::new(&service.client_config(), urls, table.clone(), clock);
    let at = clock.now().plus_milliseconds(20 * 60_000);
    for queue_name in [QueueName::Tasks, QueueName::Steps] {
        queues(wrong.clone())
            .send_message(start_message(), queue_name, Some(at))
            .await
            .expect("sent");
    }
    for _ in 0..2 {
        clock.sleep_until(clock.now().plus_milliseconds(9 * 60_000)).await;
        let fault =
            queues(wrong.clone()).move_due_messages(NEVER).await.expect_err("a queue is not there");
        assert_eq!(fault.to_string(), "aws failed: the table or queue does not exist");
    }
    assert_eq!(queues(queue_urls()).move_due_messages(NEVER).await.expect("no fault").count, 1);
    clock.sleep_until(at).await;
    for queue_name in [QueueName::Tasks, QueueName::Steps] {
        let receive_count =
            queues(queue_urls()).receive_messages(queue_name).await.expect("no fault");
        assert_eq!(receive_count.len(), 1, "on {queue_name:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_came_back_already_cannot_be_hidden_and_that_is_no_fault() {
    let (table, _) = crate::dynamodb::start_dynamodb().await;
    let clock = PausedClock::start();
    let queues = start_sqs(table, clock);
    queues.send_message(start_message(), QueueName::Steps, None).await.expect("sent");
    let receive_count = queues.receive_messages(QueueName::Steps).await.expect("no fault");
    clock.sleep_until(clock.now().plus_milliseconds(31_000)).await;
    let later = clock.now().plus_milliseconds(60_000);
    queues
        .change_visibility_until(QueueName::Steps, &receive_count[0].receipt, later)
        .await
        .expect("no fault");
    assert_eq!(queues.receive_messages(QueueName::Steps).await.expect("no fault").len(), 1);
}

fn start_message() -> QueueMessage {
    QueueMessage {
        execution: execution_id("m", "e"),
        frame: FramePath::ROOT,
        kind: MessageKind::StartFrame(model::ChildStart::Group),
    }
}
