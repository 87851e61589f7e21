//! `statewright machines`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::{
    client::{ApiClient, Pages, TargetArguments},
    standard_error::say_line,
    view::{Table, instant_of, instant_text, print_json, print_text, visible_text},
};

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  statewright machines --stack statewright")]
pub(crate) struct MachinesArguments {
    /// Prints one JSON object per line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Lists the state machines.
pub(crate) async fn list_machines(arguments: MachinesArguments) -> anyhow::Result<ExitCode> {
    let client = arguments.target.connect().await?;
    let done = list(&client, arguments.json).await;
    client.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn list(client: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let mut machines = Pages::new(client, "ListStateMachines", json!({}), "stateMachines");
    let mut table = Table::new(&["NAME", "TYPE", "CREATED", "ARN"]);
    let mut is_empty = true;
    while let Some(machine) = machines.next().await? {
        is_empty = false;
        if as_json {
            print_json(machine)?;
            continue;
        }
        let text = |name: &str| visible_text(machine[name].as_str().unwrap_or_default());
        let created = instant_of(&machine["creationDate"]).map(instant_text).unwrap_or_default();
        table.add_row(vec![text("name"), text("type"), created, text("stateMachineArn")]);
    }
    if is_empty && !as_json {
        say_line(&format!(
            "no state machines at {}; `statewright deploy FILE` makes one",
            client.target
        ));
        return Ok(());
    }
    if as_json { Ok(()) } else { print_text(&table.into_text()) }
}
