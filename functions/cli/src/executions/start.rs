//! `statewright start`.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::followed_execution::{print_outcome, wait_for_end};
use crate::{
    client::{ApiClient, TargetArguments, find_machine},
    run::read_input,
    standard_error::say_line,
    view::{print_json, print_line},
};

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  statewright start order --input '{\"orderId\": 42}' --wait")]
pub(crate) struct StartArguments {
    /// The state machine: its name, NAME:VERSION, NAME:ALIAS, or an ARN.
    machine: String,

    /// The input: JSON, @FILE, or `-` for standard input.
    #[arg(long, default_value = "{}")]
    input: String,

    /// The name of the execution; one is made up if there is none.
    #[arg(long)]
    name: Option<String>,

    /// Waits until it has ended, prints its output, and exits with 1 if it failed. An Express execution is
    /// started by `StartSyncExecution`.
    #[arg(long)]
    wait: bool,

    /// Prints the answers of the API, one JSON object per line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Starts an execution and prints its ARN, or its output if it is to wait.
pub(crate) async fn start_execution(arguments: StartArguments) -> anyhow::Result<ExitCode> {
    let client = arguments.target.connect().await?;
    let done = start(&client, &arguments).await;
    client.close().await;
    done
}

async fn start(client: &ApiClient, arguments: &StartArguments) -> anyhow::Result<ExitCode> {
    if arguments.wait {
        client.refuse_to_wait()?;
    }
    if let Some(stopped) = client.stopped_folder() {
        let place = stopped.display();
        say_line(&format!("it runs when `statewright local --data {place}` does"));
    }
    let machine = find_machine(client, &arguments.machine).await?;
    let mut members = json!({
        "stateMachineArn": machine,
        "input": read_input(&arguments.input)?,
    });
    if let Some(name) = &arguments.name {
        members["name"] = name.as_str().into();
    }
    if arguments.wait && is_express(client, &machine).await? {
        let outcome = client.call("StartSyncExecution", members).await?;
        return print_outcome(outcome, arguments.json);
    }
    let started = client.call("StartExecution", members).await?;
    let arn = started["executionArn"].as_str().unwrap_or_default().to_owned();
    if !arguments.wait {
        if arguments.json {
            print_json(started)?;
        } else {
            print_line(&arn)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    say_line(&format!("started {arn}"));
    let outcome = wait_for_end(client, &arn).await?;
    print_outcome(outcome, arguments.json)
}

async fn is_express(client: &ApiClient, machine: &str) -> anyhow::Result<bool> {
    let described: Value = client
        .call("DescribeStateMachine", json!({ "stateMachineArn": unqualified(machine) }))
        .await?;
    Ok(described["type"] == "EXPRESS")
}

/// The ARN without its version or alias.
fn unqualified(machine: &str) -> String {
    machine.splitn(8, ':').take(7).collect::<Vec<_>>().join(":")
}
