//! Executions that a command names one by one, and what is done to each.

use std::{path::Path, process::ExitCode};

use clap::Args;
use serde_json::{Value, json};

use crate::{
    FAILED,
    client::{ApiClient, find_execution},
    standard_error::say_line,
    text_source::{is_standard_input, read_text},
    view::{print_json, print_line, visible_text},
};

#[derive(Args, Debug)]
pub(super) struct NamedExecutions {
    /// Executions: MACHINE:EXECUTION or ARNs; `-` reads them from standard input, one per line.
    #[arg(required = true, value_name = "EXECUTION")]
    executions: Vec<String>,
}

impl NamedExecutions {
    /// Reads their names. What is read from another command comes before a folder is opened, which that
    /// command may have open.
    pub(super) fn read(&self) -> anyhow::Result<Vec<String>> {
        let mut all = Vec::new();
        for named in &self.executions {
            if is_standard_input(Path::new(named)) {
                let text = read_text(Path::new(named))?;
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                all.extend(lines.map(str::to_owned));
            } else {
                all.push(named.clone());
            }
        }
        Ok(all)
    }
}

/// Calls an operation for each execution, and says what came of it. One that is refused does not keep
/// the others from being reached.
pub(super) async fn report_each(
    client: &ApiClient,
    executions: Vec<String>,
    (operation, done, members): (&str, &str, Value),
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let mut all_done = true;
    for named in executions {
        let answer = call_for(client, &named, operation, &members).await;
        all_done &= answer.is_ok();
        match answer {
            // What is done is done, whether anybody reads of it or not: the others are to be reached, too.
            Ok((arn, mut answer)) if as_json => {
                answer["executionArn"] = arn.into();
                drop(print_json(answer));
            }
            Ok((arn, _)) => drop(print_line(&format!("{done} {}", visible_text(&arn)))),
            Err(error) => say_line(&format!("error: {}: {error:#}", visible_text(&named))),
        }
    }
    Ok(if all_done { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

async fn call_for(
    client: &ApiClient,
    named: &str,
    operation: &str,
    members: &Value,
) -> anyhow::Result<(String, Value)> {
    // A state machine's newest execution changes; what is changed is named.
    if !named.contains(':') {
        anyhow::bail!("an execution is MACHINE:EXECUTION or an ARN");
    }
    let arn = find_execution(client, named).await?;
    let mut members = members.clone();
    members["executionArn"] = json!(arn);
    let answer = client.call(operation, members).await?;
    Ok((arn, answer))
}
