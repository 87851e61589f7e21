//! The queue on the real protocol and in real time. Each wait is for a message that comes.

use aws::{QueueUrls, Queues};
use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
    types::QueueAttributeName,
};
use model::{Answer, Cue, FramePath, Limits, Message, RecordNumber, Secret};
use orchestrator::ports::{Clock, DeadLetters, Lane, Queue};
use system::SystemClock;

use super::server;
use crate::{
    data::{execution_id, payload},
    random::Random,
};

async fn start(prefix: &str) -> (Queues<SystemClock>, Client) {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "test"))
        .endpoint_url(&server().endpoint)
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
    let urls = QueueUrls { steps, tasks, dead_letters: create("dead-letters").await };
    (Queues::new(&config, urls, super::table().await, SystemClock), client)
}

fn message(number: u64) -> Message {
    let cue = Cue::Take(RecordNumber::new(number));
    Message { execution: execution_id("m", "e"), frame: FramePath::ROOT, cue }
}

/// The one message that comes.
async fn receive(queues: &Queues<SystemClock>, lane: Lane) -> aws::Received {
    let mut received = queues.receive(lane).await.expect("no fault");
    assert_eq!(received.len(), 1);
    received.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_on_its_lane_as_it_was_sent() {
    let (queues, _) = start("lanes").await;
    let large = Random::new(6).text(Limits::OPEN.payload_bytes - 2);
    let answer = Answer::Succeeded(payload(&format!("\"\u{FFFF}{large}\"")));
    let cue = Cue::Answer { secret: Secret::new(7), answer };
    let answered = Message { cue, ..message(0) };
    queues.send(answered.clone(), Lane::Tasks, None).await.expect("sent");
    queues.send(message(1), Lane::Steps, None).await.expect("sent");
    let (step, task) = (receive(&queues, Lane::Steps).await, receive(&queues, Lane::Tasks).await);
    assert_eq!((step.delivery.message, step.delivery.received), (message(1), 1));
    assert!(task.delivery.message == answered, "another message came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_back_until_it_is_acknowledged() {
    let (queues, _) = start("back").await;
    queues.send(message(1), Lane::Steps, None).await.expect("sent");
    let first = receive(&queues, Lane::Steps).await;
    let back = SystemClock.now().plus_milliseconds(1_000);
    queues.hide_until(Lane::Steps, &first.receipt, back).await.expect("no fault");
    let second = receive(&queues, Lane::Steps).await;
    assert!(SystemClock.now() >= back);
    assert_eq!((&second.delivery.message, second.delivery.received), (&message(1), 2));
    queues.acknowledge(Lane::Steps, &second.receipt).await.expect("no fault");
    queues.send(message(2), Lane::Steps, None).await.expect("sent");
    let other = receive(&queues, Lane::Steps).await;
    assert_eq!(other.delivery.message, message(2));
    queues.hide_until(Lane::Steps, &other.receipt, SystemClock.now()).await.expect("no fault");
    let again = receive(&queues, Lane::Steps).await;
    assert_eq!(again.delivery.message, message(2), "the first is gone");
    assert_eq!(again.delivery.received, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_not_before_its_time() {
    let (queues, _) = start("delay").await;
    let at = SystemClock.now().plus_milliseconds(1_300);
    queues.send(message(1), Lane::Steps, Some(at)).await.expect("sent");
    assert_eq!(receive(&queues, Lane::Steps).await.delivery.message, message(1));
    assert!(SystemClock.now() >= at);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_sent_together_come_each() {
    let (queues, _) = start("together").await;
    let sent = (0..12).map(|number| (message(number), Lane::Steps));
    queues.send_all(sent.collect()).await.expect("sent");
    let mut numbers = std::collections::BTreeSet::new();
    while numbers.len() < 12 {
        for one in queues.receive(Lane::Steps).await.expect("no fault") {
            let Cue::Take(number) = one.delivery.message.cue else { panic!("that was not sent") };
            assert!(numbers.insert(number.get()), "{number} came twice");
        }
    }
    assert!(numbers.into_iter().eq(0..12));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_could_handle_is_kept_with_the_reason() {
    let (queues, client) = start("dead").await;
    queues.bury(&message(1), "nobody could").await.expect("no fault");
    let url = client.get_queue_url().queue_name("dead-dead-letters").send().await;
    let url = url.expect("it is there").queue_url.expect("it has a URL");
    let request = client.receive_message().queue_url(url).wait_time_seconds(10);
    let kept = request.send().await.expect("answers").messages.expect("one was buried");
    let body = kept[0].body.as_deref().expect("it has a body");
    let kept: serde_json::Value = serde_json::from_str(body).expect("it is readable");
    assert_eq!(kept["reason"], "nobody could");
    let buried: Message = serde_json::from_value(kept["message"].clone()).expect("it loads");
    assert_eq!(buried, message(1));
}
