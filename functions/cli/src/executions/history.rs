//! `statewright history`.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::{
    followed_execution::PollingPace,
    history_line::{HistoryFilter, HistoryLines},
};
use crate::{
    FAILED,
    client::{ApiClient, Pages, TargetArguments, find_execution},
    view::{Paint, print_json, print_line},
};

/// Events that are asked for at once.
const PAGE_EVENTS: u32 = 1000;

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[command(
    after_help = "Examples:\n  statewright history order              its newest execution\n  \
                        statewright history order:a1b2 --follow\n  \
                        statewright history order:a1b2 --state Charge --full"
)]
pub(crate) struct HistoryArguments {
    /// An execution: MACHINE:EXECUTION, MACHINE for its newest one, or an ARN.
    execution: String,

    /// Waits for further events until the execution has ended; exits with 1 if it failed.
    #[arg(short, long, conflicts_with = "reverse")]
    follow: bool,

    /// Shows only events of this state.
    #[arg(long, value_name = "NAME")]
    state: Option<String>,

    /// Shows only events whose type contains this text, such as `Failed` or `Lambda`.
    #[arg(long = "type", value_name = "TEXT")]
    kind: Option<String>,

    /// Shows inputs, outputs and causes whole.
    #[arg(long)]
    full: bool,

    /// Shows the newest event first.
    #[arg(long)]
    reverse: bool,

    /// Prints the events as the API answers them, one JSON object per line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Shows the events of an execution.
pub(crate) async fn show_history(arguments: HistoryArguments) -> anyhow::Result<ExitCode> {
    let client = arguments.target.connect().await?;
    let done = show(&client, &arguments).await;
    client.close().await;
    done
}

async fn show(client: &ApiClient, arguments: &HistoryArguments) -> anyhow::Result<ExitCode> {
    if arguments.follow {
        client.refuse_to_wait()?;
    }
    let arn = find_execution(client, &arguments.execution).await?;
    let filter = HistoryFilter { state: arguments.state.clone(), kind: arguments.kind.clone() };
    let mut lines = HistoryLines::new(filter, arguments.full, Paint::of_standard_output());
    if arguments.reverse {
        let mut events = read_events(client, &arn, false).collect().await?;
        // The state of an event is known from the events before it.
        for event in &events {
            lines.learn(event);
        }
        events.reverse();
        for event in &events {
            print_event(&mut lines, event, arguments.json)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut last_id = 0;
    let mut events = read_events(client, &arn, false);
    while let Some(event) = events.next().await? {
        last_id = event["id"].as_u64().unwrap_or(last_id);
        lines.learn(&event);
        print_event(&mut lines, &event, arguments.json)?;
    }
    if arguments.follow {
        return follow(client, &arn, &mut lines, last_id, arguments.json).await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows events as they come. Of each new page, only what is newer than the last event is read.
async fn follow(
    client: &ApiClient,
    arn: &str,
    lines: &mut HistoryLines,
    mut last_id: u64,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let mut pace = PollingPace::new();
    loop {
        // Asked before the events: whatever it ended with is among them then.
        let described = client.call("DescribeExecution", json!({ "executionArn": arn })).await?;
        let mut newest = read_events(client, arn, true);
        let mut news = Vec::new();
        while let Some(event) = newest.next().await? {
            if event["id"].as_u64().is_none_or(|id| id <= last_id) {
                break;
            }
            news.push(event);
        }
        for event in news.iter().rev() {
            last_id = event["id"].as_u64().unwrap_or(last_id);
            lines.learn(event);
            print_event(lines, event, as_json)?;
        }
        match described["status"].as_str() {
            Some("RUNNING" | "PENDING_REDRIVE") => {}
            Some("SUCCEEDED") => return Ok(ExitCode::SUCCESS),
            _ => return Ok(ExitCode::from(FAILED)),
        }
        if !news.is_empty() {
            pace.hurry();
        }
        pace.wait().await;
    }
}

fn read_events<'c>(client: &'c ApiClient, arn: &str, newest_first: bool) -> Pages<'c> {
    // A client that follows rarely needs more than the last events.
    let max = if newest_first { 100 } else { PAGE_EVENTS };
    let members = json!({ "executionArn": arn, "maxResults": max, "reverseOrder": newest_first });
    Pages::new(client, "GetExecutionHistory", members, "events")
}

fn print_event(lines: &mut HistoryLines, event: &Value, as_json: bool) -> anyhow::Result<()> {
    if !lines.admits(event) {
        return Ok(());
    }
    if as_json { print_json(event.clone()) } else { print_line(&lines.line_of(event)) }
}
