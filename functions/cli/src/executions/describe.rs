//! `statewright describe`.

use std::process::ExitCode;

use clap::Args;
use model::Timestamp;
use orchestrator::ports::Clock;
use serde_json::{Value, json};
use system_clock::SystemClock;

use crate::{
    client::{ApiClient, TargetArguments, find_execution, find_machine, split_execution_arn},
    view::{
        Paint, cause_line, duration_text, instant_of, instant_text, pretty_json, print_json,
        print_text, visible_text,
    },
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright describe order          the state machine\n  \
                        statewright describe order --last   its newest execution\n  \
                        statewright describe order:a1b2     that execution")]
pub(crate) struct DescribeArguments {
    /// A state machine (its name, NAME:VERSION or an ARN), or an execution (MACHINE:EXECUTION or an ARN).
    named: String,

    /// Describes the newest execution of the state machine.
    #[arg(long)]
    last: bool,

    /// Prints the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Describes a state machine or an execution.
pub(crate) async fn describe(arguments: DescribeArguments) -> anyhow::Result<ExitCode> {
    let client = arguments.target.connect().await?;
    let described = find_and_describe(&client, &arguments).await;
    client.close().await;
    let described = described?;
    if arguments.json {
        print_json(described)?;
    } else {
        print_text(&description_text(&described, Paint::of_standard_output(), SystemClock.now()))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn find_and_describe(
    client: &ApiClient,
    arguments: &DescribeArguments,
) -> anyhow::Result<Value> {
    let named = &arguments.named;
    if arguments.last {
        let arn = find_execution(client, named).await?;
        return client.call("DescribeExecution", json!({ "executionArn": arn })).await;
    }
    if split_execution_arn(named).is_some() {
        return client.call("DescribeExecution", json!({ "executionArn": named })).await;
    }
    let is_qualified = !named.starts_with("arn:") && named.contains(':');
    if is_qualified {
        let execution = find_execution(client, named).await?;
        let members = json!({ "executionArn": execution });
        if let Some(found) = client.find("DescribeExecution", members).await? {
            return Ok(found);
        }
    }
    let machine = find_machine(client, named).await?;
    let described = client.find("DescribeStateMachine", json!({ "stateMachineArn": machine }));
    match described.await? {
        Some(found) => Ok(found),
        None => Err(anyhow::anyhow!(
            "there is neither an execution nor a state machine {named} at {}",
            client.target
        )),
    }
}

/// One line a member, then inputs, outputs and definitions.
fn description_text(described: &Value, paint: Paint, now: Timestamp) -> String {
    let mut text = String::new();
    let mut add = |name: &str, value: String| {
        text.extend([&paint.dim(&format!("{name:<14}")), " ", &value, "\n"]);
    };
    if let Some(arn) = described["executionArn"].as_str() {
        add("execution", visible_text(arn));
    } else if let Some(arn) = described["stateMachineArn"].as_str() {
        add("state machine", visible_text(arn));
    }
    if let Some(status) = described["status"].as_str() {
        add("status", paint.by_status(status, status));
    }
    if let Some(kind) = described["type"].as_str() {
        add("type", kind.to_owned());
    }
    let dates = [
        ("created", "creationDate"),
        ("started", "startDate"),
        ("stopped", "stopDate"),
        ("redriven", "redriveDate"),
    ]
    .map(|(shown, name)| (shown, instant_of(&described[name])));
    for (name, at) in dates {
        if let Some(at) = at {
            add(name, instant_text(at));
        }
    }
    if let [_, (_, Some(start)), (_, stop), _] = dates {
        let end = stop.unwrap_or(now);
        add("took", duration_text(end.as_milliseconds() - start.as_milliseconds()));
    }
    for (name, shown) in [
        ("stateMachineVersionArn", "version"),
        ("stateMachineAliasArn", "alias"),
        ("mapRunArn", "Map Run"),
        ("roleArn", "role"),
        ("revisionId", "revision"),
        ("redriveCount", "redrives"),
        ("redriveStatus", "redrive"),
    ] {
        match &described[name] {
            Value::Null => {}
            Value::Number(count) if count.as_u64() == Some(0) => {}
            Value::String(value) => add(shown, visible_text(value)),
            value => add(shown, value.to_string()),
        }
    }
    for name in ["error", "cause"] {
        if let Some(value) = described[name].as_str() {
            add(name, paint.red(&cause_line(value)));
        }
    }
    let raised =
        described["cause"].as_str().filter(|cause| cause_line(cause) != visible_text(cause));
    if let Some(cause) = raised {
        text.extend(["\n", &paint.bold("cause"), "\n", &pretty_json(cause), "\n"]);
    }
    for name in ["input", "output", "definition"] {
        if let Some(value) = described[name].as_str() {
            text.extend(["\n", &paint.bold(name), "\n", &pretty_json(value), "\n"]);
        }
    }
    text
}
