//! The stores that must keep the contracts.

use orchestrator::ports::{
    ActivityStore, ActivityTaskQueue, DeathCounter, ExecutionStore, FanInStore, GateStore,
    HistoryReader, JobIndex, RecordLog, StateMachineStore,
};

/// All ports of a store.
pub(crate) trait ContractStore:
    RecordLog
    + HistoryReader
    + GateStore
    + FanInStore
    + DeathCounter
    + ExecutionStore
    + StateMachineStore
    + ActivityStore
    + ActivityTaskQueue
    + JobIndex
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> ContractStore for S where
    S: RecordLog
        + HistoryReader
        + GateStore
        + FanInStore
        + DeathCounter
        + ExecutionStore
        + StateMachineStore
        + ActivityStore
        + ActivityTaskQueue
        + JobIndex
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Runs a contract test on a new `SQLite` file, which must shut down cleanly afterwards.
pub(crate) async fn embedded_in_a_file(test: impl AsyncFnOnce(&embedded::SqliteStore)) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = embedded::SqliteStore::open_directory(directory.path()).expect("opens");
    test(&store).await;
    store.shut_down().await;
}

/// Runs a contract test on an in-memory `SQLite` database.
pub(crate) async fn embedded_in_memory(test: impl AsyncFnOnce(&embedded::SqliteStore)) {
    test(&embedded::SqliteStore::open_in_memory().expect("opens")).await;
}

/// Runs a contract test on the maps in memory that tests of whole executions use.
pub(crate) async fn memory(test: impl AsyncFnOnce(&memory_ports::MemoryStore)) {
    test(&memory_ports::MemoryStore::new()).await;
}

/// Runs a contract test on a table of the in-process DynamoDB double.
pub(crate) async fn aws_on_dynamodb(test: impl AsyncFnOnce(&aws::DynamoDbTable)) {
    let (table, _service) = crate::dynamodb::start_dynamodb().await;
    test(&table).await;
}

/// Runs a contract test on a table of a DynamoDB double that is reached over HTTP, like the real service.
pub(crate) async fn aws_over_http(test: impl AsyncFnOnce(&aws::DynamoDbTable)) {
    test(&crate::ministack::create_ministack_table().await).await;
}
