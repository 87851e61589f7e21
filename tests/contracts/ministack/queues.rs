//! The queue over the real protocol and in real time. Each wait ends with a message.

use aws::{QueueUrls, SqsQueues};
use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
    types::{MessageSystemAttributeName, QueueAttributeName},
};
use model::{
    DeploymentLimits, FramePath, MessageKind, QueueMessage, RecordNumber, TaskAnswerId,
    TaskCompletion, TaskSecret,
};
use orchestrator::ports::{Clock, DeadLetterQueue, MessageQueue, QueueName};
use system_clock::SystemClock;

use super::shared_server;
use crate::{
    data::{execution_id, parse_payload},
    random::ContractRandom,
};

async fn create_queues(prefix: &str) -> (SqsQueues<SystemClock>, Client) {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "test"))
        .endpoint_url(&shared_server().endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = Client::from_conf(config.clone());
    let create = async |name: &str| {
        let hidden = QueueAttributeName::VisibilityTimeout;
        let created = client
            .create_queue()
            .queue_name(format!("{prefix}-{name}"))
            .attributes(hidden, "20")
            .send()
            .await;
        created.expect("is made").queue_url.expect("it has a URL")
    };
    let (steps, tasks) = (create("steps").await, create("tasks").await);
    let (dead_letters, unreadable) = (create("dead-letters").await, create("unreadable").await);
    let urls = QueueUrls { steps, tasks, dead_letters, unreadable };
    (SqsQueues::new(&config, urls, super::create_ministack_table().await, SystemClock), client)
}

fn numbered_message(number: u64) -> QueueMessage {
    let kind = MessageKind::AdvanceFrame(RecordNumber::new(number));
    QueueMessage { execution: execution_id("m", "e"), frame: FramePath::ROOT, kind }
}

/// Receives the one message that is due.
async fn receive_one(
    queues: &SqsQueues<SystemClock>,
    queue_name: QueueName,
) -> aws::ReceivedSqsMessage {
    let mut receive_count = queues.receive_messages(queue_name).await.expect("no fault");
    assert_eq!(receive_count.len(), 1);
    receive_count.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_on_its_lane_as_it_was_sent() {
    let (queues, _) = create_queues("lanes").await;
    let large = ContractRandom::new(6).random_text(DeploymentLimits::OPEN.payload_bytes - 2);
    let completion = TaskCompletion::Succeeded(
        TaskAnswerId::from_bits(1),
        parse_payload(&format!("\"\u{FFFF}{large}\"")),
    );
    let kind = MessageKind::CompleteTask { secret: TaskSecret::from_bits(7), completion };
    let answered = QueueMessage { kind, ..numbered_message(0) };
    queues.send_message(answered.clone(), QueueName::Tasks, None).await.expect("sent");
    queues.send_message(numbered_message(1), QueueName::Steps, None).await.expect("sent");
    let (step, task) = (
        receive_one(&queues, QueueName::Steps).await,
        receive_one(&queues, QueueName::Tasks).await,
    );
    assert_eq!((step.delivery.message, step.delivery.receive_count), (numbered_message(1), 1));
    assert!(task.delivery.message == answered, "another message came");
}

/// SQS lets no group keep the others waiting.
#[tokio::test(flavor = "multi_thread")]
async fn the_messages_of_an_execution_are_a_group() {
    let (queues, client) = create_queues("groups").await;
    let of_other = QueueMessage { execution: execution_id("m", "other"), ..numbered_message(3) };
    queues.send_message(numbered_message(0), QueueName::Steps, None).await.expect("sent");
    let others = [numbered_message(1), numbered_message(2), of_other];
    let others = others.map(|message| (message, QueueName::Steps)).into();
    queues.send_messages(others).await.expect("sent");
    let group = MessageSystemAttributeName::MessageGroupId;
    let url = client.get_queue_url().queue_name("groups-steps").send().await.expect("it is there");
    let received = client
        .receive_message()
        .set_queue_url(url.queue_url)
        .max_number_of_messages(10)
        .message_system_attribute_names(group.clone())
        .send()
        .await
        .expect("no fault");
    let groups = received.messages().iter().map(|message| {
        message.attributes().and_then(|attributes| attributes.get(&group)).expect("a group")
    });
    let mut groups: Vec<&String> = groups.collect();
    groups.sort_unstable();
    assert_eq!(groups.len(), 4);
    groups.dedup();
    assert_eq!(groups.len(), 2, "{groups:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_back_until_it_is_acknowledged() {
    let (queues, _) = create_queues("back").await;
    queues.send_message(numbered_message(1), QueueName::Steps, None).await.expect("sent");
    let first = receive_one(&queues, QueueName::Steps).await;
    let back = SystemClock.now().plus_milliseconds(1_000);
    queues.change_visibility_until(QueueName::Steps, &first.receipt, back).await.expect("no fault");
    let second = receive_one(&queues, QueueName::Steps).await;
    assert!(SystemClock.now() >= back);
    assert_eq!(
        (&second.delivery.message, second.delivery.receive_count),
        (&numbered_message(1), 2)
    );
    queues.acknowledge_message(QueueName::Steps, &second.receipt).await.expect("no fault");
    queues.send_message(numbered_message(2), QueueName::Steps, None).await.expect("sent");
    let other = receive_one(&queues, QueueName::Steps).await;
    assert_eq!(other.delivery.message, numbered_message(2));
    queues
        .change_visibility_until(QueueName::Steps, &other.receipt, SystemClock.now())
        .await
        .expect("no fault");
    let again = receive_one(&queues, QueueName::Steps).await;
    assert_eq!(again.delivery.message, numbered_message(2), "the first is gone");
    assert_eq!(again.delivery.receive_count, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_not_before_its_time() {
    let (queues, _) = create_queues("delay").await;
    let at = SystemClock.now().plus_milliseconds(1_300);
    queues.send_message(numbered_message(1), QueueName::Steps, Some(at)).await.expect("sent");
    assert_eq!(receive_one(&queues, QueueName::Steps).await.delivery.message, numbered_message(1));
    assert!(SystemClock.now() >= at);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_sent_together_come_each() {
    let (queues, _) = create_queues("together").await;
    let sent = (0..12).map(|number| (numbered_message(number), QueueName::Steps));
    queues.send_messages(sent.collect()).await.expect("sent");
    let mut numbers = std::collections::BTreeSet::new();
    while numbers.len() < 12 {
        for one in queues.receive_messages(QueueName::Steps).await.expect("no fault") {
            let MessageKind::AdvanceFrame(number) = one.delivery.message.kind else {
                panic!("that was not sent")
            };
            assert!(numbers.insert(number.as_u64()), "{number} came twice");
        }
    }
    assert!(numbers.into_iter().eq(0..12));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_could_handle_is_kept_with_the_reason() {
    let (queues, client) = create_queues("dead").await;
    queues
        .put_dead_letter(&numbered_message(1), "nobody could", SystemClock.now())
        .await
        .expect("no fault");
    let url = client.get_queue_url().queue_name("dead-dead-letters").send().await;
    let url = url.expect("it is there").queue_url.expect("it has a URL");
    let request = client.receive_message().queue_url(url).wait_time_seconds(10);
    let kept = request.send().await.expect("answers").messages.expect("one was buried");
    let body = kept[0].body.as_deref().expect("it has a body");
    let kept: serde_json::Value = serde_json::from_str(body).expect("it is readable");
    assert_eq!(kept["reason"], "nobody could");
    let buried: QueueMessage = serde_json::from_value(kept["message"].clone()).expect("it loads");
    assert_eq!(buried, numbered_message(1));
}
