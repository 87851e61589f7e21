//! `statewright list`.

use std::{num::NonZeroUsize, process::ExitCode};

use clap::Args;
use model::Timestamp;
use orchestrator::ports::Clock;
use serde_json::Value;
use system_clock::SystemClock;

use super::{
    execution_conditions::ExecutionConditions,
    newest_first::{FoundExecution, NewestFirst},
};
use crate::{
    client::{ApiClient, TargetArguments, split_execution_arn},
    standard_error::say_line,
    view::{
        Table, duration_text, instant_of, instant_text, print_json, print_line, print_text,
        visible_text,
    },
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright list --status FAILED --since 2h\n  \
                        statewright list order --input '{% $states.input.orderId = 42 %}'")]
pub(crate) struct ListArguments {
    /// Shows at most so many.
    #[arg(long, value_name = "COUNT", default_value = "20", conflicts_with = "all")]
    limit: NonZeroUsize,

    /// Shows all.
    #[arg(long)]
    all: bool,

    /// Prints ARNs only.
    #[arg(short, long, conflicts_with = "json")]
    quiet: bool,

    /// Prints one JSON object per line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    filter: ExecutionConditions,

    #[command(flatten)]
    target: TargetArguments,
}

/// Lists executions, those first to which something happened last.
pub(crate) async fn list_executions(arguments: ListArguments) -> anyhow::Result<ExitCode> {
    let client = arguments.target.connect().await?;
    let done = list(&client, &arguments).await;
    client.close().await;
    done
}

async fn list(client: &ApiClient, arguments: &ListArguments) -> anyhow::Result<ExitCode> {
    let mut executions = NewestFirst::begin(client, &arguments.filter).await?;
    let limit = if arguments.all { usize::MAX } else { arguments.limit.get() };
    let mut table = Table::new(&["STARTED", "STATUS", "TOOK", "EXECUTION"]);
    let now = SystemClock.now();
    let mut count = 0;
    let mut has_more = false;
    while let Some(FoundExecution { entry, description }) = executions.next().await? {
        if count == limit {
            has_more = true;
            break;
        }
        count += 1;
        if arguments.json {
            print_json(description.unwrap_or(entry))?;
        } else if arguments.quiet {
            print_line(entry["executionArn"].as_str().unwrap_or_default())?;
        } else {
            table.add_status_row(row_of(&entry, now), 1);
        }
    }
    if !arguments.json && !arguments.quiet && count > 0 {
        print_text(&table.into_text())?;
    }
    if count == 0 && !arguments.json {
        let which =
            if arguments.filter.has_conditions() { "no such executions" } else { "no executions" };
        say_line(&format!("{which} at {}", client.target));
    } else if has_more && !arguments.json {
        say_line(&format!("the last {count}; --limit COUNT or --all shows more"));
    }
    Ok(ExitCode::SUCCESS)
}

fn row_of(entry: &Value, now: Timestamp) -> Vec<String> {
    let start = instant_of(&entry["startDate"]);
    let end = instant_of(&entry["stopDate"]).unwrap_or(now);
    let took = start.map(|start| duration_text(end.as_milliseconds() - start.as_milliseconds()));
    let arn = entry["executionArn"].as_str().unwrap_or_default();
    let name = split_execution_arn(arn)
        .map_or_else(|| arn.to_owned(), |(machine, name)| format!("{machine}:{name}"));
    vec![
        start.map(instant_text).unwrap_or_default(),
        entry["status"].as_str().unwrap_or_default().to_owned(),
        took.unwrap_or_default(),
        visible_text(&name),
    ]
}
