//! Messages are received at least once, not before their time, until they are acknowledged. Time
//! is virtual, so a test can cover hours.

use std::collections::BTreeSet;

use model::{
    ChildIndex, DeploymentLimits, Failure, FramePath, MessageKind, QueueMessage, RecordNumber,
    TaskAnswerId, TaskCompletion, TaskSecret, Timestamp,
};
use orchestrator::ports::{MessageDelivery, MessageQueue, QueueName};
use tokio::task::JoinSet;

use crate::{
    data::{child_path, execution_id, parse_payload, redrive_number},
    random::ContractRandom,
};

/// The visibility timeout in milliseconds.
const VISIBILITY: i64 = 30_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Milliseconds by which a message may be late, since a queue may count in whole seconds.
const SLACK: i64 = 1_500;
/// The longest delay of SQS.
///
/// Spec: Amazon SQS API Reference, `SendMessage` § `DelaySeconds`.
const DELAY_MAX: i64 = 15 * MINUTE;

/// A received message with its time and its queue.
#[derive(Debug)]
pub(crate) struct TimedReception {
    pub(crate) at: Timestamp,
    pub(crate) queue_name: QueueName,
    pub(crate) delivery: MessageDelivery,
    /// The receipt handle, if the queue has one.
    pub(crate) receipt: String,
}

/// Both ends of a queue, and its clock.
pub(crate) trait QueueUnderTest {
    /// The end that implements the port.
    type Queue: MessageQueue + Clone + Send + Sync + 'static;

    fn queue_port(&self) -> &Self::Queue;

    fn virtual_now(&self) -> Timestamp;

    /// Receives everything until that time and acknowledges none of it.
    async fn receive_until(&self, at: Timestamp) -> Vec<TimedReception>;

    async fn acknowledge(&self, receive_count: TimedReception);

    /// Makes the message visible again at that time.
    async fn hide_until(&self, receive_count: TimedReception, at: Timestamp);
}

pub(crate) async fn a_message_is_received_at_once_from_its_queue(ends: &impl QueueUnderTest) {
    let now = ends.virtual_now();
    for (number, queue_name, at) in [
        (1, QueueName::Steps, None),
        (2, QueueName::Tasks, None),
        (3, QueueName::Steps, Some(now)),
        (4, QueueName::Tasks, Some(now.plus_milliseconds(-HOUR))),
        (5, QueueName::Steps, Some(Timestamp::from_milliseconds(0))),
    ] {
        ends.queue_port()
            .send_message(numbered_message(number), queue_name, at)
            .await
            .expect("sent");
    }
    let receive_count = ends.receive_until(now.plus_milliseconds(SLACK)).await;
    let of = |queue_name| {
        receive_count
            .iter()
            .filter(move |one| one.queue_name == queue_name)
            .map(message_number)
            .collect()
    };
    let (steps, tasks): (BTreeSet<_>, BTreeSet<_>) = (of(QueueName::Steps), of(QueueName::Tasks));
    assert_eq!(steps, BTreeSet::from([1, 3, 5]));
    assert_eq!(tasks, BTreeSet::from([2, 4]));
    assert!(receive_count.iter().all(|one| one.delivery.receive_count == 1));
}

pub(crate) async fn a_message_is_not_received_before_its_time(ends: &impl QueueUnderTest) {
    let now = ends.virtual_now();
    let delays = [1, 999, 1_001, 60_500, DELAY_MAX - 1, DELAY_MAX, DELAY_MAX + 1, 40 * MINUTE];
    for (index, delay) in (0..).zip(delays) {
        let at = Some(now.plus_milliseconds(delay));
        ends.queue_port()
            .send_message(numbered_message(index), QueueName::Steps, at)
            .await
            .expect("sent");
    }
    let receive_count = ends.receive_until(now.plus_milliseconds(HOUR)).await;
    assert_eq!(
        receive_count.iter().map(message_number).collect::<BTreeSet<_>>().len(),
        delays.len()
    );
    for one in receive_count {
        let index = usize::try_from(message_number(&one)).expect("they are few");
        assert!(one.at >= now.plus_milliseconds(delays[index]), "{one:?}");
    }
}

pub(crate) async fn a_message_of_the_far_future_comes_then(ends: &impl QueueUnderTest) {
    let now = ends.virtual_now();
    let never = now.plus_milliseconds(model::limits::WAIT_MILLISECONDS_MAX);
    let later = now.plus_milliseconds(3 * HOUR);
    ends.queue_port()
        .send_message(numbered_message(1), QueueName::Steps, Some(never))
        .await
        .expect("sent");
    ends.queue_port()
        .send_message(numbered_message(2), QueueName::Tasks, Some(later))
        .await
        .expect("sent");
    assert!(ends.receive_until(later.plus_milliseconds(-1)).await.is_empty());
    let receive_count = ends.receive_until(later.plus_milliseconds(SLACK)).await;
    assert_eq!(receive_count.iter().map(message_number).collect::<Vec<_>>(), [2]);
    assert_eq!(receive_count[0].queue_name, QueueName::Tasks);
}

pub(crate) async fn an_acknowledged_message_is_gone(ends: &impl QueueUnderTest) {
    let now = ends.virtual_now();
    ends.queue_port()
        .send_message(numbered_message(1), QueueName::Steps, None)
        .await
        .expect("sent");
    let mut receive_count = ends.receive_until(now.plus_milliseconds(SLACK)).await;
    assert_eq!(receive_count.len(), 1);
    ends.acknowledge(receive_count.remove(0)).await;
    assert!(ends.receive_until(now.plus_milliseconds(HOUR)).await.is_empty());
}

pub(crate) async fn a_message_comes_back_until_it_is_acknowledged(ends: &impl QueueUnderTest) {
    ends.queue_port()
        .send_message(numbered_message(1), QueueName::Tasks, None)
        .await
        .expect("sent");
    for times in 1..=5 {
        let until = ends.virtual_now().plus_milliseconds(SLACK);
        let mut receive_count = ends.receive_until(until).await;
        assert_eq!(receive_count.len(), 1);
        let one = receive_count.remove(0);
        assert_eq!(
            (&one.delivery.message, one.queue_name),
            (&numbered_message(1), QueueName::Tasks)
        );
        assert_eq!(one.delivery.receive_count, times);
        let back = ends.virtual_now().plus_milliseconds(VISIBILITY);
        ends.hide_until(one, back).await;
        let hidden = ends.receive_until(back.plus_milliseconds(-1)).await;
        assert!(hidden.is_empty(), "{hidden:?}");
    }
    let until = ends.virtual_now().plus_milliseconds(SLACK);
    let mut receive_count = ends.receive_until(until).await;
    ends.acknowledge(receive_count.remove(0)).await;
    assert!(ends.receive_until(until.plus_milliseconds(HOUR)).await.is_empty());
}

/// A message in flight does not block others.
pub(crate) async fn a_hidden_message_hides_no_other(ends: &impl QueueUnderTest) {
    let now = ends.virtual_now();
    ends.queue_port()
        .send_message(numbered_message(1), QueueName::Steps, None)
        .await
        .expect("sent");
    let mut first = ends.receive_until(now.plus_milliseconds(SLACK)).await;
    let back = now.plus_milliseconds(VISIBILITY);
    ends.hide_until(first.remove(0), back).await;
    ends.queue_port()
        .send_message(numbered_message(2), QueueName::Steps, None)
        .await
        .expect("sent");
    let soon = Some(now.plus_milliseconds(4_000));
    ends.queue_port()
        .send_message(numbered_message(3), QueueName::Steps, soon)
        .await
        .expect("sent");
    let others = ends.receive_until(back.plus_milliseconds(-1)).await;
    assert_eq!(others.iter().map(message_number).collect::<BTreeSet<_>>(), BTreeSet::from([2, 3]));
    for other in others {
        ends.acknowledge(other).await;
    }
    let again = ends.receive_until(back.plus_milliseconds(SLACK)).await;
    assert_eq!(again.iter().map(message_number).collect::<Vec<_>>(), [1]);
}

pub(crate) async fn of_many_messages_sent_at_once_none_is_lost(ends: &impl QueueUnderTest) {
    let now = ends.virtual_now();
    let mut sends = JoinSet::new();
    for number in 0..500 {
        let queue = ends.queue_port().clone();
        let queue_name = if number % 2 == 0 { QueueName::Steps } else { QueueName::Tasks };
        let after = i64::try_from(number % 5).expect("it is small");
        let at = Some(now.plus_milliseconds(1_000 * after));
        sends.spawn(
            async move { queue.send_message(numbered_message(number), queue_name, at).await },
        );
    }
    assert!(sends.join_all().await.into_iter().all(|sent| sent.is_ok()));
    let receive_count = ends.receive_until(now.plus_milliseconds(10_000)).await;
    let numbers: BTreeSet<_> = receive_count.iter().map(message_number).collect();
    assert!(numbers.into_iter().eq(0..500));
}

pub(crate) async fn of_many_messages_sent_together_each_comes_once(ends: &impl QueueUnderTest) {
    let now = ends.virtual_now();
    let queue_name = |number| if number % 3 == 0 { QueueName::Steps } else { QueueName::Tasks };
    let messages = (0..64).map(|number| (numbered_message(number), queue_name(number)));
    ends.queue_port().send_messages(messages.collect()).await.expect("sent");
    let mut receive_count = ends.receive_until(now.plus_milliseconds(10_000)).await;
    receive_count.sort_by_key(message_number);
    assert!(receive_count.iter().map(message_number).eq(0..64));
    assert!(receive_count.iter().all(|one| one.queue_name == queue_name(message_number(one))));
}

pub(crate) async fn a_message_arrives_as_it_was_sent(ends: &impl QueueUnderTest) {
    let frames =
        [FramePath::ROOT, child_path(3, 0).child_path(RecordNumber::new(7), ChildIndex::new(12))];
    let failure = Failure::new("E", "c".repeat(model::limits::CAUSE_CHARS_MAX));
    let large = ContractRandom::new(5).random_text(DeploymentLimits::OPEN.payload_bytes - 2);
    let id = TaskAnswerId::from_bits(u64::MAX);
    let answers = [
        TaskCompletion::Succeeded(id, parse_payload(&format!("\"{large}\""))),
        TaskCompletion::Succeeded(id, parse_payload("{\"b\": 1.0,\n \"a\":  null}")),
        TaskCompletion::Failed(id, failure.clone()),
        TaskCompletion::ExecutionEnded,
    ];
    let answer = |answer| MessageKind::CompleteTask {
        secret: TaskSecret::from_bits(u128::MAX),
        completion: answer,
    };
    let mut cues = vec![
        MessageKind::StartFrame(model::ChildStart::Group),
        MessageKind::AdvanceFrame(RecordNumber::new(u64::MAX)),
        MessageKind::StopExecution { failure, redrives: 0 },
        MessageKind::StopExecution {
            failure: Failure::new("é \u{1F600} \u{0}\u{FFFF}", "\"quoted\"\n<&>"),
            redrives: 1,
        },
        MessageKind::StartExecution { started_at: Timestamp::from_milliseconds(i64::MAX) },
        MessageKind::TimeOutExecution { started_at: Timestamp::from_milliseconds(5), redrives: 2 },
        MessageKind::FailExecution { reason: "why".to_owned(), redrives: 3 },
        MessageKind::StartActivityTask {
            secret: TaskSecret::from_bits(u128::MAX),
            poll: model::ActivityPollId::from_bits(u64::MAX),
            worker_name: Some("é".to_owned()),
        },
        MessageKind::RedriveExecution(redrive_number(1, 30)),
    ];
    cues.extend(answers.map(answer));
    for frame in frames {
        for kind in cues.clone() {
            let execution = execution_id("machine-é", "e");
            let message = QueueMessage { execution, frame: frame.clone(), kind };
            ends.queue_port()
                .send_message(message.clone(), QueueName::Steps, None)
                .await
                .expect("sent");
            let until = ends.virtual_now().plus_milliseconds(SLACK);
            let mut receive_count = ends.receive_until(until).await;
            assert_eq!(receive_count.len(), 1);
            assert!(receive_count[0].delivery.message == message, "{message:?}");
            ends.acknowledge(receive_count.remove(0)).await;
        }
    }
}

fn numbered_message(number: u64) -> QueueMessage {
    let kind = MessageKind::AdvanceFrame(RecordNumber::new(number));
    QueueMessage { execution: execution_id("m", "e"), frame: FramePath::ROOT, kind }
}

fn message_number(receive_count: &TimedReception) -> u64 {
    match &receive_count.delivery.message.kind {
        MessageKind::AdvanceFrame(number) => number.as_u64(),
        other => panic!("{other:?} was not sent"),
    }
}
