//! Dead letters, as a command reads them.

use model::{
    ExecutionId, FramePath, MessageKind, QueueMessage, RecordNumber, ResourceName, Timestamp,
};
use orchestrator::ports::DeadLetterQueue;

use crate::{read_dead_letters, store::SqliteStore};

#[tokio::test]
async fn dead_letters_are_read_while_a_process_uses_the_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    read_dead_letters(directory.path()).expect_err("there is no database");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    assert_eq!(read_dead_letters(directory.path()).expect("it is read"), []);
    let name = |text| ResourceName::parse(text).expect("a name");
    let execution = ExecutionId::from_names(&name("order"), &name("x"));
    let kind = MessageKind::AdvanceFrame(RecordNumber::FIRST);
    let message = QueueMessage { execution, frame: FramePath::ROOT, kind };
    for (reason, at) in [("no memory", 1_000), ("no time", 2_000)] {
        let at = Timestamp::from_milliseconds(at);
        store.put_dead_letter(&message, reason, at).await.expect("it is kept");
    }
    let read = read_dead_letters(directory.path()).expect("it is read");
    let reasons: Vec<&str> = read.iter().map(|letter| letter.reason.as_str()).collect();
    assert_eq!(reasons, ["no time", "no memory"]);
    assert_eq!(serde_json::from_str::<QueueMessage>(&read[0].message).expect("a message"), message);
    assert_eq!(store.load_dead_letters().await.expect("it is read"), read);
    for _ in 0..2 {
        store.remove_dead_letter(read[0].id).await.expect("it is removed");
    }
    assert_eq!(store.load_dead_letters().await.expect("it is read"), read[1..]);
    store.shut_down().await;
}
