//! A deployment as each of its functions sees it.

use std::sync::Arc;

use aws::{AwsPorts, Queues, Table, TableSettings};
use orchestrator::Tools;
use services::function_settings;
use system::SystemClock;

use crate::{Environment, status::Telling};

/// Bytes of an answer of the API, which is a string in the answer of a function.
///
/// Spec: Lambda quotas, "Invocation payload": 6 MB for a response; the head is in it, too.
const ANSWER_BYTES_MAX: usize = 5 << 20;

/// The ports of a function that makes its calls by `C`.
pub type Ports<C> = AwsPorts<SystemClock, C>;

/// Ports and tools: what the use cases take.
#[derive(Debug)]
pub struct Deployment<C> {
    /// The ports.
    pub ports: Ports<C>,
    /// The tools.
    pub tools: Tools,
}

impl<C> Deployment<C> {
    /// The deployment that this environment names. Nothing is asked of any service yet.
    pub fn connect(environment: Environment, caller: C) -> Self {
        let settings = function_settings();
        let watcher = Telling::new(&settings, environment.place.clone(), environment.event_bus);
        let table = aws_sdk_dynamodb::config::Builder::from(&settings).build();
        let table = Table::new(
            &table,
            TableSettings {
                name: environment.table,
                retention_days: Some(environment.retention_days),
                watcher: Some(Arc::new(watcher)),
            },
        );
        let queues = aws_sdk_sqs::config::Builder::from(&settings).build();
        let queues = Queues::new(&queues, environment.queues, table.clone(), SystemClock);
        let tools = Tools {
            limits: environment.limits,
            answer_bytes: ANSWER_BYTES_MAX,
            run_ahead: environment.run_ahead,
            run_ahead_elsewhere: environment.run_ahead_elsewhere,
            visibility_milliseconds: 1000 * i64::from(environment.steps_visibility_seconds),
            ..Tools::new(environment.place)
        };
        Self { ports: AwsPorts { table, queues, clock: SystemClock, caller }, tools }
    }
}
