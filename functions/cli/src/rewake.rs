//! `statewright rewake`.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::{Context, bail};
use aws::{DynamoDbTable, QueueUrls, SqsQueues, TableSettings};
use embedded::SqliteStore;
use model::{QueueMessage, QueueName, Timestamp};
use orchestrator::{
    Fault, RewokenExecutions,
    ports::{Clock, ComposedPorts, MessageQueue},
    rewake_executions,
};
use services::{default_sdk_config, format_with_causes};
use system_clock::SystemClock;

use crate::{
    arguments::{DeploymentArguments, RewakeArguments},
    counted_noun::counted_noun,
};

/// The exit code if a request failed. Some messages may have been sent.
const FAULT: u8 = 1;

/// Wakes the running executions of a deployment, or lists those of a folder.
pub(crate) async fn wake_running_executions(
    arguments: RewakeArguments,
) -> anyhow::Result<ExitCode> {
    let RewakeArguments { data, deployment, dry_run } = arguments;
    match data {
        Some(folder) => list_folder(&folder).await,
        None => rewake_deployment(deployment, dry_run).await,
    }
}

/// Lists what `local` and `run` wake when they start on that folder.
async fn list_folder(folder: &Path) -> anyhow::Result<ExitCode> {
    if !folder.is_dir() {
        bail!("there is no folder {}", folder.display());
    }
    let store = SqliteStore::open_directory(folder)
        .with_context(|| format!("cannot open the store in {}", folder.display()))?;
    let ports = RewakePorts { store, queue: PrintingQueue };
    let code =
        report(rewake_executions(&ports).await, "are sent when `local` starts on this folder");
    ports.store.shut_down().await;
    code
}

async fn rewake_deployment(
    deployment: DeploymentArguments,
    dry_run: bool,
) -> anyhow::Result<ExitCode> {
    let DeploymentArguments { table, steps_queue_url, tasks_queue_url } = deployment;
    let (Some(table), Some(steps), Some(tasks)) = (table, steps_queue_url, tasks_queue_url) else {
        bail!("a deployment is named by --table, --steps-queue-url and --tasks-queue-url");
    };
    let settings = default_sdk_config().await;
    let store = aws_sdk_dynamodb::config::Builder::from(&settings).build();
    let store = DynamoDbTable::new(&store, TableSettings::with_name(&table, || SystemClock.now()));
    // Nothing is buried or put away.
    let (dead_letters, unreadable) = (String::new(), String::new());
    let urls = QueueUrls { steps, tasks, dead_letters, unreadable };
    let queues = aws_sdk_sqs::config::Builder::from(&settings).build();
    let queues = SqsQueues::new(&queues, urls, store.clone(), SystemClock);
    if dry_run {
        let ports = RewakePorts { store, queue: PrintingQueue };
        report(rewake_executions(&ports).await, "would be sent")
    } else {
        report(rewake_executions(&RewakePorts { store, queue: queues }).await, "were sent")
    }
}

fn report(woken: Result<RewokenExecutions, Fault>, what_happens: &str) -> anyhow::Result<ExitCode> {
    match woken {
        Ok(RewokenExecutions { executions, heads, messages, unreadable }) => {
            writeln!(
                std::io::stdout(),
                "{}, {}; {} {what_happens}",
                counted_noun(&executions, "running execution"),
                counted_noun(&heads, "frame"),
                counted_noun(&messages, "message"),
            )?;
            if unreadable > 0 {
                writeln!(
                    std::io::stderr(),
                    "error: {} cannot be read by this version (see above)",
                    counted_noun(&unreadable, "frame")
                )?;
                return Ok(ExitCode::from(FAULT));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            let fault = format_with_causes(&fault);
            writeln!(std::io::stderr(), "error: {fault}\nIt may be repeated.")?;
            Ok(ExitCode::from(FAULT))
        }
    }
}

/// The ports of [`orchestrator::roles::RewakeRole`].
struct RewakePorts<S, Q> {
    store: S,
    queue: Q,
}

impl<S, Q> ComposedPorts for RewakePorts<S, Q> {
    type Store = S;
    type Queue = Q;
    type DeadLetters = ();
    type Deaths = ();
    type Clock = SystemClock;
    type Random = SystemClock;

    fn store(&self) -> &S {
        &self.store
    }

    fn queue(&self) -> &Q {
        &self.queue
    }

    fn dead_letters(&self) -> &() {
        &()
    }

    fn death_counter(&self) -> &() {
        &()
    }

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }

    fn random(&self) -> &SystemClock {
        &SystemClock
    }
}

/// Prints the messages that wake frames, and sends none.
struct PrintingQueue;

impl MessageQueue for PrintingQueue {
    async fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let QueueMessage { execution, frame, kind } = message;
        let queue_name = match queue_name {
            QueueName::Steps => "steps",
            QueueName::Tasks => "tasks",
        };
        let now = SystemClock.now();
        let when = at.filter(|at| *at > now).map_or_else(String::new, |at| format!(" at {at}"));
        // If standard output is gone, nobody reads it.
        drop(writeln!(
            std::io::stdout(),
            "{execution} frame '{frame}': {kind}, in {queue_name}{when}"
        ));
        Ok(())
    }
}
