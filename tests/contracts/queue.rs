//! Messages: received at least once, not before their time, until they are acknowledged. Time is
//! virtual, so a queue whose hours pass in a moment is seen in every one of them.

use std::collections::BTreeSet;

use model::{
    Answer, ChildIndex, Cue, Failure, FramePath, Limits, Message, RecordNumber, Secret, Timestamp,
};
use orchestrator::ports::{Delivery, Lane, Queue};
use tokio::task::JoinSet;

use crate::{
    data::{child, execution_id, payload, redriven},
    random::Random,
};

/// Milliseconds until a message that was not acknowledged is to be seen again.
const VISIBILITY: i64 = 30_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Milliseconds by which a message may come late: a queue may count in whole seconds.
const SLACK: i64 = 1_500;
/// Spec: Amazon SQS, `DelaySeconds` is at most 15 minutes.
const DELAY_MAX: i64 = 15 * MINUTE;

/// A message that was received, when, and on which lane.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) at: Timestamp,
    pub(crate) lane: Lane,
    pub(crate) delivery: Delivery,
    /// What names this reception, where something must.
    pub(crate) receipt: String,
}

/// Both ends of a queue, and its time.
pub(crate) trait Ends {
    /// The end that is the port.
    type Queue: Queue + Clone + Send + Sync + 'static;

    fn queue(&self) -> &Self::Queue;

    fn now(&self) -> Timestamp;

    /// Everything that is received until then. Nothing of it is acknowledged yet.
    async fn receive_until(&self, at: Timestamp) -> Vec<Received>;

    /// The message is done with.
    async fn acknowledge(&self, received: Received);

    /// The message is seen again at that time.
    async fn hide_until(&self, received: Received, at: Timestamp);
}

pub(crate) async fn a_message_is_received_at_once_on_its_lane(ends: &impl Ends) {
    let now = ends.now();
    for (number, lane, at) in [
        (1, Lane::Steps, None),
        (2, Lane::Tasks, None),
        (3, Lane::Steps, Some(now)),
        (4, Lane::Tasks, Some(now.plus_milliseconds(-HOUR))),
        (5, Lane::Steps, Some(Timestamp::from_milliseconds(0))),
    ] {
        ends.queue().send(message(number), lane, at).await.expect("sent");
    }
    let received = ends.receive_until(now.plus_milliseconds(SLACK)).await;
    let of = |lane| received.iter().filter(move |one| one.lane == lane).map(number).collect();
    let (steps, tasks): (BTreeSet<_>, BTreeSet<_>) = (of(Lane::Steps), of(Lane::Tasks));
    assert_eq!(steps, BTreeSet::from([1, 3, 5]));
    assert_eq!(tasks, BTreeSet::from([2, 4]));
    assert!(received.iter().all(|one| one.delivery.received == 1));
}

pub(crate) async fn a_message_is_not_received_before_its_time(ends: &impl Ends) {
    let now = ends.now();
    let delays = [1, 999, 1_001, 60_500, DELAY_MAX - 1, DELAY_MAX, DELAY_MAX + 1, 40 * MINUTE];
    for (index, delay) in (0..).zip(delays) {
        let at = Some(now.plus_milliseconds(delay));
        ends.queue().send(message(index), Lane::Steps, at).await.expect("sent");
    }
    let received = ends.receive_until(now.plus_milliseconds(HOUR)).await;
    assert_eq!(received.iter().map(number).collect::<BTreeSet<_>>().len(), delays.len());
    for one in received {
        let index = usize::try_from(number(&one)).expect("they are few");
        assert!(one.at >= now.plus_milliseconds(delays[index]), "{one:?}");
    }
}

pub(crate) async fn a_message_of_the_far_future_comes_then(ends: &impl Ends) {
    let now = ends.now();
    let never = now.plus_milliseconds(model::limits::WAIT_MILLISECONDS_MAX);
    let later = now.plus_milliseconds(3 * HOUR);
    ends.queue().send(message(1), Lane::Steps, Some(never)).await.expect("sent");
    ends.queue().send(message(2), Lane::Tasks, Some(later)).await.expect("sent");
    assert!(ends.receive_until(later.plus_milliseconds(-1)).await.is_empty());
    let received = ends.receive_until(later.plus_milliseconds(SLACK)).await;
    assert_eq!(received.iter().map(number).collect::<Vec<_>>(), [2]);
    assert_eq!(received[0].lane, Lane::Tasks);
}

pub(crate) async fn an_acknowledged_message_is_gone(ends: &impl Ends) {
    let now = ends.now();
    ends.queue().send(message(1), Lane::Steps, None).await.expect("sent");
    let mut received = ends.receive_until(now.plus_milliseconds(SLACK)).await;
    assert_eq!(received.len(), 1);
    ends.acknowledge(received.remove(0)).await;
    assert!(ends.receive_until(now.plus_milliseconds(HOUR)).await.is_empty());
}

pub(crate) async fn a_message_comes_back_until_it_is_acknowledged(ends: &impl Ends) {
    ends.queue().send(message(1), Lane::Tasks, None).await.expect("sent");
    for times in 1..=5 {
        let until = ends.now().plus_milliseconds(SLACK);
        let mut received = ends.receive_until(until).await;
        assert_eq!(received.len(), 1);
        let one = received.remove(0);
        assert_eq!((&one.delivery.message, one.lane), (&message(1), Lane::Tasks));
        assert_eq!(one.delivery.received, times);
        let back = ends.now().plus_milliseconds(VISIBILITY);
        ends.hide_until(one, back).await;
        let hidden = ends.receive_until(back.plus_milliseconds(-1)).await;
        assert!(hidden.is_empty(), "{hidden:?}");
    }
    let until = ends.now().plus_milliseconds(SLACK);
    let mut received = ends.receive_until(until).await;
    ends.acknowledge(received.remove(0)).await;
    assert!(ends.receive_until(until.plus_milliseconds(HOUR)).await.is_empty());
}

/// One that is under way does not hold up the others.
pub(crate) async fn a_hidden_message_hides_no_other(ends: &impl Ends) {
    let now = ends.now();
    ends.queue().send(message(1), Lane::Steps, None).await.expect("sent");
    let mut first = ends.receive_until(now.plus_milliseconds(SLACK)).await;
    let back = now.plus_milliseconds(VISIBILITY);
    ends.hide_until(first.remove(0), back).await;
    ends.queue().send(message(2), Lane::Steps, None).await.expect("sent");
    let soon = Some(now.plus_milliseconds(4_000));
    ends.queue().send(message(3), Lane::Steps, soon).await.expect("sent");
    let others = ends.receive_until(back.plus_milliseconds(-1)).await;
    assert_eq!(others.iter().map(number).collect::<BTreeSet<_>>(), BTreeSet::from([2, 3]));
    for other in others {
        ends.acknowledge(other).await;
    }
    let again = ends.receive_until(back.plus_milliseconds(SLACK)).await;
    assert_eq!(again.iter().map(number).collect::<Vec<_>>(), [1]);
}

pub(crate) async fn of_many_messages_sent_at_once_none_is_lost(ends: &impl Ends) {
    let now = ends.now();
    let mut sends = JoinSet::new();
    for number in 0..500 {
        let queue = ends.queue().clone();
        let lane = if number % 2 == 0 { Lane::Steps } else { Lane::Tasks };
        let after = i64::try_from(number % 5).expect("it is small");
        let at = Some(now.plus_milliseconds(1_000 * after));
        sends.spawn(async move { queue.send(message(number), lane, at).await });
    }
    assert!(sends.join_all().await.into_iter().all(|sent| sent.is_ok()));
    let received = ends.receive_until(now.plus_milliseconds(10_000)).await;
    let numbers: BTreeSet<_> = received.iter().map(number).collect();
    assert!(numbers.into_iter().eq(0..500));
}

pub(crate) async fn of_many_messages_sent_together_each_comes_once(ends: &impl Ends) {
    let now = ends.now();
    let lane = |number| if number % 3 == 0 { Lane::Steps } else { Lane::Tasks };
    let messages = (0..64).map(|number| (message(number), lane(number)));
    ends.queue().send_all(messages.collect()).await.expect("sent");
    let mut received = ends.receive_until(now.plus_milliseconds(10_000)).await;
    received.sort_by_key(number);
    assert!(received.iter().map(number).eq(0..64));
    assert!(received.iter().all(|one| one.lane == lane(number(one))));
}

pub(crate) async fn a_message_arrives_as_it_was_sent(ends: &impl Ends) {
    let frames = [FramePath::ROOT, child(3, 0).child(RecordNumber::new(7), ChildIndex::new(12))];
    let failure = Failure::new("E", "c".repeat(model::limits::CAUSE_CHARS_MAX));
    let large = Random::new(5).text(Limits::OPEN.payload_bytes - 2);
    let answers = [
        Answer::Succeeded(payload(&format!("\"{large}\""))),
        Answer::Succeeded(payload("{\"b\": 1.0,\n \"a\":  null}")),
        Answer::Failed(failure.clone()),
        Answer::Ended,
    ];
    let answer = |answer| Cue::Answer { secret: Secret::new(u128::MAX), answer };
    let mut cues = vec![
        Cue::Start,
        Cue::Take(RecordNumber::new(u64::MAX)),
        Cue::Stop { failure, redrives: 0 },
        Cue::Stop {
            failure: Failure::new("é \u{1F600} \u{0}\u{FFFF}", "\"quoted\"\n<&>"),
            redrives: 1,
        },
        Cue::Expire { redrives: 2 },
        Cue::Refuse { reason: "why".to_owned(), redrives: 3 },
        Cue::Redrive(redriven(1, 30)),
    ];
    cues.extend(answers.map(answer));
    for frame in frames {
        for cue in cues.clone() {
            let execution = execution_id("machine-é", "e");
            let message = Message { execution, frame: frame.clone(), cue };
            ends.queue().send(message.clone(), Lane::Steps, None).await.expect("sent");
            let until = ends.now().plus_milliseconds(SLACK);
            let mut received = ends.receive_until(until).await;
            assert_eq!(received.len(), 1);
            assert!(received[0].delivery.message == message, "{message:?}");
            ends.acknowledge(received.remove(0)).await;
        }
    }
}

fn message(number: u64) -> Message {
    let cue = Cue::Take(RecordNumber::new(number));
    Message { execution: execution_id("m", "e"), frame: FramePath::ROOT, cue }
}

fn number(received: &Received) -> u64 {
    match &received.delivery.message.cue {
        Cue::Take(number) => number.get(),
        other => panic!("{other:?} was not sent"),
    }
}
