//! The ports on AWS: the store in one DynamoDB table, the queues on SQS.
//!
//! The table lists the requests of each operation on `n` items, records or executions, where
//! nothing is too large for an item. Reads are strongly consistent, except those of an index, which
//! are marked with `*`, and where it says otherwise.
//!
//! | operation | requests |
//! |---|---|
//! | `load_record` | 1 `GetItem`, none if the record came with the message |
//! | `load_records` | n/100 `BatchGetItem` |
//! | `load_head` | 1 `Query`, backwards, of one item |
//! | `append_record` | 1 conditional `PutItem` |
//! | `renew_lease` | 1 conditional `UpdateItem` |
//! | `load_all_records`, `load_log_page` | 1 `Query` for each MB |
//! | `load_outlines` | 1 `Query` of a MB or 1,000 records |
//! | `has_child_frames` | 1 `Query` of one item |
//! | `open_gate`, `open_slots` | 1 conditional `PutItem` |
//! | `add_failed_child`, `add_full_bucket`, `advance_slot` | 1 conditional `UpdateItem`, whose answer says what follows |
//! | `add_child_ends` | 1 `UpdateItem`, whose answer says what follows |
//! | `load_gate` | 1 `GetItem` |
//! | `are_gates_open`, `load_slots`, `load_buckets` | n/100 `BatchGetItem` |
//! | `close_gate` | 1 `UpdateItem` |
//! | `create_execution` | 1 conditional `PutItem`, since the execution and record 0 of its root are one item |
//! | `load_execution` | 1 `GetItem` |
//! | `finish_execution`, `reopen_execution` | 1 conditional `UpdateItem` |
//! | `list_executions` | 4 `Query`* for one status, 20 for all; of a version or an alias more, until a page is full |
//! | `create_machine` | 1 `TransactWriteItems` of the machine and its revision |
//! | `put_machine` | 1 conditional `UpdateItem`, and 1 conditional `PutItem` for a revision that this process has not cached |
//! | `replace_versions` | 1 conditional `UpdateItem` |
//! | `load_machine` | 1 `GetItem`, and 1 more for a revision that this process has not cached |
//! | `load_revision` | 1 `GetItem`, none if this process has cached it |
//! | `list_machines` | 1 `Query`*, n/100 `BatchGetItem` twice |
//! | `delete_machine` | 1 conditional `UpdateItem` |
//! | `list_deleting_machines` | 1 `Query`* |
//! | `sweep_deleting_machine` | 1 `GetItem`; 21 `Query`*; 1 conditional `DeleteItem`; n/25 `BatchWriteItem` for the revisions; for each execution 1 `Query`, n/25 `BatchWriteItem` and 1 `DeleteItem` |
//! | `create_activity` | 1 conditional `PutItem`; if the activity exists, perhaps 1 `GetItem` |
//! | `put_activity` | 1 conditional `PutItem` |
//! | `load_activity` | 1 `GetItem` |
//! | `list_activities` | 1 `Query`*, n/100 `BatchGetItem` |
//! | `delete_activity` | 1 `DeleteItem` |
//! | `put_activity_task` | 1 `PutItem` |
//! | `await_activity_tasks` | 1 `Query` |
//! | `remove_activity_task` | 1 `DeleteItem` |
//! | `put_awaited_job` | 1 `PutItem` |
//! | `find_awaiting_task` | 1 `GetItem` |
//! | `send_message` | 1 `SendMessage`; or 1 `PutItem` if it is due in over 15 minutes, and 1 more the first time in a process |
//! | `send_messages` | n/10 `SendMessageBatch` |
//! | `put_dead_letter` | 1 `SendMessage` |
//! | `put_unreadable` | 1 `SendMessage` |
//! | `load_deaths` | 1 `GetItem` |
//! | `put_deaths` | 1 `PutItem` |
//! | `clear_deaths` | 1 `DeleteItem` |
//! | `open_connections` | 1 `GetItem`, 1 `SendMessageBatch` of nothing |
//! | `move_due_messages` | 1 `GetItem`; once any message was so late, 12 eventually consistent `Query` and 1 `PutItem`; for n messages n/500 `Query`, n/10 `SendMessageBatch`, n/25 `BatchWriteItem` |
//!
//! Content that is too large for an item or a message adds one `PutItem` for each of its parts
//! before it is written or sent, and one `BatchGetItem` when it is read.
//!
//! Logs of executions go to `CloudWatch` Logs, by the caller of Tasks (`execution_logs.rs`).
//!
//! `create_machine` is the only transaction: if two machines of one name are created at once, the
//! one that loses must leave no revision behind.
//!
//! Invariant: a write that may have happened is repeated only if that changes nothing. Otherwise
//! the use case sees a fault and reads the log again. (`tests/contracts/dynamodb/faults.rs`)
//!
//! The index may not list an execution that starts or ends at the moment when its machine is removed.
//! Such an execution belongs to nothing, unless a machine and an execution of the same names are
//! created later.

mod activities;
mod activity_tasks;
mod aws_ports;
mod deaths;
mod delayed_messages;
mod due_messages;
mod dynamodb_table;
mod error;
mod execution_lists;
mod execution_logs;
mod executions;
mod fan_in;
mod gates;
mod item;
mod item_parts;
mod job_index;
mod keys;
mod machine_deletion;
mod machines;
mod message_body;
mod packed_attribute;
mod payload_cache;
mod record_log;
mod retention;
mod retry;
mod schema;
mod send_message;
mod sent_records;
mod sqs_queues;
mod trace_header;

pub use aws_ports::AwsPorts;
pub use due_messages::MovedMessages;
pub use dynamodb_table::{DynamoDbTable, TableSettings};
pub use error::Error;
pub use message_body::MESSAGE_BODY_BYTES_MAX;
pub use schema::create_table;
pub use sqs_queues::{QueueUrls, ReceivedSqsMessage, SqsQueues, VisibilityChange};
pub use trace_header::with_trace_header;
