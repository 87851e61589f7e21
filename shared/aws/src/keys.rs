//! The keys of items. One partition holds one execution:
//!
//! | `pk` | `sk` | what |
//! |---|---|---|
//! | `<machine>:<name>` | `<frame>#<n>` | a record; record 0 of the root frame is also the execution |
//! | `<machine>:<name>` | `fan#<frame>#<n>` | the gate of the fork that the record made |
//! | `<machine>:<name>` | `slots#<frame>#<n>#<s>` | the slots of a shard of that fork |
//! | `<machine>:<name>#<frame>#<n>#<b>` | `bucket` | the ended children of a bucket of that fork |
//! | `<machine>:<name>` | `deaths#<frame>#<message>` | how many processes have died of the message |
//! | `<machine>:<name>` | `part#<hash>#<i>` | a part of content that is too large for an item or a message |
//! | `machine#<name>` | `machine` | a machine |
//! | `revision#<id>` | `revision` | a revision |
//! | `activity#<name>` | `activity` | an activity |
//! | `tasks#<name>` | `<time>#<secret>` | a task that waits for a worker of an activity, by the time since when |
//! | `job#<source>/<id>` | `job` | which task waits for the job that events from that source call so |
//! | `due#<minute>#<shard>` | `<time>#<id>` | a delayed message, in the minute in which it is due |
//! | `due` | `moved` | the minute before which no delayed message is left |
//!
//! `<n>` is written so that texts sort like their numbers: a letter for the number of digits, then
//! the digits, so `a7` comes before `b12`. Records sort before everything else in their partition,
//! since the frame path of a child begins with a digit, and the sort key of a root record with `#`.

use model::{
    ActivityTask, ExecutionId, FramePath, JobName, MessageIdentity, RecordKey, RecordNumber,
    ResourceName, RevisionId, Timestamp,
};

/// The partition key attribute.
pub(crate) const PK: &str = "pk";
/// The sort key attribute.
pub(crate) const SK: &str = "sk";

/// The key of one item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ItemKey {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

/// What the sort key of a gate begins with.
const GATE_PREFIX: &str = "fan#";

/// Sorts after the records of the root frame and before those of every other one.
pub(crate) const FIRST_CHILD_RECORD: &str = "0";
/// Sorts after every record of a partition and before everything else in it.
pub(crate) const AFTER_RECORDS: &str = ":";

pub(crate) fn record_key(key: &RecordKey) -> ItemKey {
    record_key_in_partition(key.execution.as_str(), &key.frame, key.number)
}

/// The key of a record of the execution with this partition key.
pub(crate) fn record_key_in_partition(
    pk: &str,
    frame: &FramePath,
    number: RecordNumber,
) -> ItemKey {
    ItemKey { pk: pk.to_owned(), sk: format!("{frame}#{}", sortable_number(number)) }
}

/// The key of the item that is both the execution and its first record.
pub(crate) fn execution_key(id: &ExecutionId) -> ItemKey {
    let (frame, number) = (FramePath::ROOT, RecordNumber::FIRST);
    record_key(&RecordKey { execution: id.clone(), frame, number })
}

/// The key of the same item, from the execution's partition key.
pub(crate) fn first_record_key(pk: String) -> ItemKey {
    ItemKey { pk, sk: format!("#{}", sortable_number(RecordNumber::FIRST)) }
}

pub(crate) fn gate_key(fork: &RecordKey) -> ItemKey {
    let ItemKey { pk, sk } = record_key(fork);
    ItemKey { pk, sk: format!("{GATE_PREFIX}{sk}") }
}

pub(crate) fn slots_key(fork: &RecordKey, shard: u32) -> ItemKey {
    let ItemKey { pk, sk } = record_key(fork);
    ItemKey { pk, sk: format!("slots#{sk}#{shard}") }
}

/// The key of a bucket, in a partition of its own.
pub(crate) fn bucket_key(fork: &RecordKey, bucket: u32) -> ItemKey {
    let ItemKey { pk, sk } = record_key(fork);
    bucket_key_in(&pk, &sk, bucket)
}

/// The keys of the first `buckets` buckets of a gate's fork.
pub(crate) fn bucket_keys_of_gate(gate: &ItemKey, buckets: u32) -> Vec<ItemKey> {
    let record = gate.sk.strip_prefix(GATE_PREFIX).unwrap_or(&gate.sk);
    (0..buckets).map(|bucket| bucket_key_in(&gate.pk, record, bucket)).collect()
}

/// Whether the item of that key is a gate.
pub(crate) fn is_gate_key(key: &ItemKey) -> bool {
    key.sk.starts_with(GATE_PREFIX)
}

fn bucket_key_in(pk: &str, record: &str, bucket: u32) -> ItemKey {
    ItemKey { pk: format!("{pk}#{record}#{bucket}"), sk: "bucket".to_owned() }
}

pub(crate) fn deaths_key(message: &MessageIdentity) -> ItemKey {
    ItemKey { pk: message.execution.as_str().to_owned(), sk: format!("deaths#{message}") }
}

pub(crate) fn part_key(pk: &str, hash: &str, index: usize) -> ItemKey {
    ItemKey { pk: pk.to_owned(), sk: format!("part#{hash}#{index}") }
}

pub(crate) fn machine_key(name: &ResourceName) -> ItemKey {
    ItemKey { pk: format!("machine#{name}"), sk: "machine".to_owned() }
}

pub(crate) fn revision_key(id: &RevisionId) -> ItemKey {
    ItemKey { pk: format!("revision#{}", id.as_str()), sk: "revision".to_owned() }
}

pub(crate) fn activity_key(name: &ResourceName) -> ItemKey {
    ItemKey { pk: format!("activity#{name}"), sk: "activity".to_owned() }
}

pub(crate) fn job_key(job: &JobName) -> ItemKey {
    ItemKey { pk: format!("job#{}", job.as_str()), sk: "job".to_owned() }
}

/// The key of a task that waits for a worker. Its time is in milliseconds with 16 digits, so that
/// keys sort.
pub(crate) fn activity_task_key(task: &ActivityTask) -> ItemKey {
    let time = task.scheduled_at.as_milliseconds().max(0);
    let pk = activity_tasks_partition(&task.activity);
    ItemKey { pk, sk: format!("{time:016}#{}", task.token.secret) }
}

/// The partition of the tasks that wait for workers of an activity.
pub(crate) fn activity_tasks_partition(activity: &ResourceName) -> String {
    format!("tasks#{activity}")
}

/// The key of a delayed message. Its time is in milliseconds with 16 digits, so that keys sort.
pub(crate) fn delayed_message_key(minute: i64, shard: u8, at: Timestamp, id: &str) -> ItemKey {
    let time = at.as_milliseconds().max(0);
    ItemKey { pk: delayed_messages_partition(minute, shard), sk: format!("{time:016}#{id}") }
}

/// The partition of the delayed messages of a minute and shard.
pub(crate) fn delayed_messages_partition(minute: i64, shard: u8) -> String {
    format!("due#{minute}#{shard}")
}

pub(crate) fn delayed_messages_checkpoint_key() -> ItemKey {
    ItemKey { pk: "due".to_owned(), sk: "moved".to_owned() }
}

/// The lower and the upper bound of the sort keys of a frame's records.
pub(crate) fn record_key_range(frame: &FramePath) -> (String, String) {
    (format!("{frame}#a"), format!("{frame}#z"))
}

/// Parses the sort key of a record; `None` if it is not one.
pub(crate) fn parse_record_sort_key(sk: &str) -> Option<(FramePath, RecordNumber)> {
    let (frame, number) = sk.rsplit_once('#')?;
    Some((frame.parse().ok()?, RecordNumber::new(number.get(1..)?.parse().ok()?)))
}

fn sortable_number(number: RecordNumber) -> String {
    let digits = number.to_string();
    // At most 20 digits, so at most the letter t.
    let letter = (b'a'..).nth(digits.len() - 1).map_or('z', char::from);
    format!("{letter}{digits}")
}

#[cfg(test)]
mod tests {
    use model::{ChildIndex, WrittenBy};

    use super::*;

    fn key(frame: FramePath, number: u64) -> RecordKey {
        let name = ResourceName::parse("a").expect("a name");
        let execution = ExecutionId::from_names(&name, &name);
        RecordKey { execution, frame, number: RecordNumber::new(number) }
    }

    #[test]
    fn texts_stand_in_the_order_of_numbers() {
        let numbers = [0, 1, 9, 10, 11, 99, 100, 24_999, 1_000_000, u64::MAX];
        let texts = numbers.map(|number| record_key(&key(FramePath::ROOT, number)).sk);
        assert!(texts.is_sorted(), "{texts:?}");
        let (first, last) = record_key_range(&FramePath::ROOT);
        assert!(first < texts[0] && texts[texts.len() - 1] < last);
    }

    #[test]
    fn a_sort_key_reads_back_as_it_was_written() {
        let child = FramePath::ROOT.child_path(RecordNumber::new(3), ChildIndex::new(12));
        for (frame, number) in [(FramePath::ROOT, 0), (child.clone(), 7), (child, u64::MAX)] {
            let sk = record_key(&key(frame.clone(), number)).sk;
            assert_eq!(parse_record_sort_key(&sk), Some((frame, RecordNumber::new(number))));
        }
        assert_eq!(parse_record_sort_key("nothing"), None);
        assert_eq!(parse_record_sort_key("3:0#"), None);
    }

    #[test]
    fn records_stand_before_everything_else() {
        let frame = FramePath::ROOT.child_path(RecordNumber::new(u64::MAX), ChildIndex::new(9));
        for frame in [FramePath::ROOT, frame] {
            let key = key(frame, u64::MAX);
            assert!(record_key(&key).sk.as_str() < AFTER_RECORDS);
            assert!(gate_key(&key).sk.as_str() > AFTER_RECORDS);
            assert!(slots_key(&key, 0).sk.as_str() > AFTER_RECORDS);
            let (execution, frame) = (key.execution, key.frame);
            let kind = WrittenBy::StopExecution;
            let message = MessageIdentity { execution, frame, kind };
            assert!(deaths_key(&message).sk.as_str() > AFTER_RECORDS);
        }
        assert!(part_key("a:a", "0", 0).sk.as_str() > AFTER_RECORDS);
    }
}
