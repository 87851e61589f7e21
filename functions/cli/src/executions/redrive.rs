//! `statewright redrive`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::named_executions::{NamedExecutions, report_each};
use crate::client::TargetArguments;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright redrive order:a1b2\n  \
                        statewright list order --status FAILED -q --all | statewright redrive -")]
pub(crate) struct RedriveArguments {
    #[command(flatten)]
    executions: NamedExecutions,

    /// Prints one JSON object per execution.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Has failed executions go on from where they failed. The exit code is 1 if one of them could not.
pub(crate) async fn redrive_executions(arguments: RedriveArguments) -> anyhow::Result<ExitCode> {
    let executions = arguments.executions.read()?;
    let client = arguments.target.connect().await?;
    let call = ("RedriveExecution", "redriven", json!({}));
    let done = report_each(&client, executions, call, arguments.json).await;
    client.close().await;
    done
}
