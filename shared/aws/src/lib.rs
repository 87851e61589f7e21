//! The ports in the cloud: the store on one DynamoDB table, the queue on SQS.
//!
//! What each operation asks of DynamoDB where nothing is larger than an item, with `n` items,
//! records, executions … involved. Reads are strongly consistent but for those of the index, which
//! are marked with `*`.
//!
//! | operation | requests |
//! |---|---|
//! | `load` | 1 `GetItem` |
//! | `load_all` | n/100 `BatchGetItem` |
//! | `head` | 1 `Query`, backwards, of one item |
//! | `append` | 1 conditional `PutItem` |
//! | `renew` | 1 conditional `UpdateItem` |
//! | `records` | 1 `Query` for each MB |
//! | `open` | 1 conditional `PutItem` |
//! | `end_child` | 1 conditional `UpdateItem`, whose own answer says what follows |
//! | `fan_in` | 1 `GetItem` |
//! | `all_open` | n/100 `BatchGetItem` |
//! | `close` | 1 `UpdateItem` |
//! | `create` | 1 conditional `PutItem`: the execution and record 0 of its root are one item; and 1 more the first time in a process |
//! | `unstarted` | 1 `GetItem`; 4 `Query`* for each of the last 5 minutes, or of those since the first with such an execution; n/100 `BatchGetItem` twice; 1 `PutItem` |
//! | `execution` | 1 `GetItem` |
//! | `finish`, `reopen` | 1 conditional `UpdateItem` |
//! | `list` | 4 `Query`* of a status, 20 of all |
//! | `create_machine` | 1 `TransactWriteItems` of the machine and its revision |
//! | `put_machine` | 2 conditional `PutItem` |
//! | `machine` | 1 `GetItem`, and 1 more for a revision that this process has not seen |
//! | `revision` | 1 `GetItem`, none if this process has seen it |
//! | `machines` | 1 `Query`*, n/100 `BatchGetItem` twice |
//! | `delete_machine` | 1 `DeleteItem`; 21 `Query`*; for each execution 1 `Query` and n/25 `BatchWriteItem` |
//! | `send` | 1 `SendMessage`, or 1 `PutItem` for what is due in over 15 minutes, and 1 more the first time in a process |
//! | `send_all` | n/10 `SendMessageBatch` |
//! | `bury` | 1 `SendMessage` |
//! | `move_due` | 1 `GetItem`, 17 `Query`, 1 `PutItem`; for each message 1 `SendMessage`, and n/25 `BatchWriteItem` |
//!
//! What is larger than an item or a message adds one `PutItem` for each part of it before it is
//! written or sent, and one `BatchGetItem` when it is read.
//!
//! `create_machine` is the only transaction: of two machines of one name, the one that was not
//! created must leave no revision behind.
//!
//! Invariant: what may have been written is not written again unless that changes nothing; a use
//! case sees a fault and looks at the log. (`tests/contracts/dynamodb/faults.rs`)
//!
//! A worker that is under way while its machine is deleted can leave a record behind that the
//! deletion does not see, and the index may not list yet what was started in the same moment. Both
//! are nobody's, unless a machine and an execution of the very same names are made afterwards.

mod aws_ports;
mod delayed_messages;
mod dynamodb_table;
mod error;
mod executions;
mod fan_in;
mod item;
mod item_parts;
mod keys;
mod machines;
mod message_body;
mod packed_attribute;
mod record_log;
mod retention;
mod retry;
mod schema;
mod send_message;
mod sqs_queues;
mod status_watcher;
mod trace_header;
mod unstarted_executions;

pub use aws_ports::AwsPorts;
pub use dynamodb_table::{DynamoDbTable, TableSettings};
pub use error::Error;
pub use schema::create_table;
pub use sqs_queues::{QueueUrls, ReceivedSqsMessage, SqsQueues, VisibilityTimeout};
pub use status_watcher::{StatusChange, StatusNotificationError, StatusWatcher};
pub use trace_header::with_trace_header;
