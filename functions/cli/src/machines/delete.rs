//! `statewright delete`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::{
    client::{ApiClient, TargetArguments, find_machine},
    view::print_line,
};

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  statewright delete order")]
pub(crate) struct DeleteArguments {
    /// State machines: names or ARNs.
    #[arg(required = true, value_name = "MACHINE")]
    machines: Vec<String>,

    #[command(flatten)]
    target: TargetArguments,
}

/// Deletes state machines. Executions that run come to their end first.
pub(crate) async fn delete_machines(arguments: DeleteArguments) -> anyhow::Result<ExitCode> {
    let client = arguments.target.connect().await?;
    let done = delete_each(&client, &arguments.machines).await;
    client.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn delete_each(client: &ApiClient, machines: &[String]) -> anyhow::Result<()> {
    for named in machines {
        let arn = find_machine(client, named).await?;
        client.call("DeleteStateMachine", json!({ "stateMachineArn": arn })).await?;
        // The others are to be deleted, too, whether anybody reads of it or not.
        drop(print_line(&format!("deleted {arn}")));
    }
    Ok(())
}
