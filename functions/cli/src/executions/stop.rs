//! `statewright stop`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::named_executions::{NamedExecutions, report_each};
use crate::client::TargetArguments;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright stop order:a1b2 --cause 'wrong price'\n  \
                        statewright list order --status RUNNING -q --all | statewright stop -")]
pub(crate) struct StopArguments {
    #[command(flatten)]
    executions: NamedExecutions,

    /// The error that the executions end with.
    #[arg(long, value_name = "NAME")]
    error: Option<String>,

    /// Why they are stopped.
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,

    /// Prints one JSON object per execution.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Stops executions. The exit code is 1 if one of them could not be stopped.
pub(crate) async fn stop_executions(arguments: StopArguments) -> anyhow::Result<ExitCode> {
    let executions = arguments.executions.read()?;
    let client = arguments.target.connect().await?;
    let mut members = json!({});
    for (name, value) in [("error", arguments.error), ("cause", arguments.cause)] {
        if let Some(value) = value {
            members[name] = value.into();
        }
    }
    let call = ("StopExecution", "stopped", members);
    let done = report_each(&client, executions, call, arguments.json).await;
    client.close().await;
    done
}
