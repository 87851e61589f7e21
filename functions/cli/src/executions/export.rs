//! `statewright export`.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::{execution_conditions::ExecutionConditions, newest_first::NewestFirst};
use crate::{
    client::{ApiClient, Pages, TargetArguments, find_machine, with_large_pages},
    counted_noun::counted_noun,
    standard_error::say_line,
    view::print_json,
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright export > machines.jsonl\n  \
                        statewright export order --executions --history --since 7d > last-week.jsonl")]
pub(crate) struct ExportArguments {
    /// Exports executions that have ended, too.
    #[arg(long)]
    executions: bool,

    /// Exports their events with them.
    #[arg(long, requires = "executions")]
    history: bool,

    #[command(flatten)]
    filter: ExecutionConditions,

    #[command(flatten)]
    target: TargetArguments,
}

/// Prints state machines and executions as lines of JSON.
///
/// Shape: `{"stateMachine": {…}, "tags": […]}`, `{"execution": {…}, "events": […]}`
pub(crate) async fn export(arguments: ExportArguments) -> anyhow::Result<ExitCode> {
    let client = arguments.target.connect().await?;
    let done = export_all(&client, &arguments).await;
    client.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn export_all(client: &ApiClient, arguments: &ExportArguments) -> anyhow::Result<()> {
    let has_conditions = arguments.filter.has_conditions();
    anyhow::ensure!(
        arguments.executions || !has_conditions,
        "these options choose executions, which --executions exports"
    );
    let machines = export_machines(client, arguments.filter.machine.as_deref()).await?;
    let mut executions = 0_usize;
    if arguments.executions {
        let mut listed = NewestFirst::begin(client, &arguments.filter).await?;
        while let Some(found) = listed.next().await? {
            if matches!(found.entry["status"].as_str(), Some("RUNNING" | "PENDING_REDRIVE")) {
                continue;
            }
            let named = json!({ "executionArn": found.entry["executionArn"] });
            let described = match found.description {
                Some(described) => described,
                None => client.call("DescribeExecution", named.clone()).await?,
            };
            let mut line = json!({ "execution": described });
            if arguments.history {
                let events =
                    Pages::new(client, "GetExecutionHistory", with_large_pages(&named), "events");
                line["events"] = Value::Array(events.collect().await?);
            }
            print_json(line)?;
            executions += 1;
        }
    }
    say_line(&format!(
        "{}, {}",
        counted_noun(&machines, "state machine"),
        counted_noun(&executions, "execution")
    ));
    Ok(())
}

async fn export_machines(client: &ApiClient, named: Option<&str>) -> anyhow::Result<usize> {
    let arns: Vec<Value> = if let Some(named) = named {
        vec![find_machine(client, named).await?.into()]
    } else {
        let listed = Pages::new(client, "ListStateMachines", json!({}), "stateMachines");
        listed.collect().await?.into_iter().map(|mut it| it["stateMachineArn"].take()).collect()
    };
    let count = arns.len();
    for arn in arns {
        let machine =
            client.call("DescribeStateMachine", json!({ "stateMachineArn": arn })).await?;
        let tags = client.call("ListTagsForResource", json!({ "resourceArn": arn })).await?;
        print_json(json!({ "stateMachine": machine, "tags": tags["tags"] }))?;
    }
    Ok(count)
}
