//! `statewright dead-letters`.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use embedded::read_dead_letters;
use serde_json::{Value, json};
use services::{dead_letter_reports, stack_output};

use crate::{
    client::{RememberedTarget, TargetArguments, service_client},
    standard_error::say_line,
    view::{Table, print_json, print_text, visible_text},
};

/// The output of a deployment's stack that is the queue.
pub(crate) const QUEUE_OUTPUT: &str = "DeadLettersUrl";

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright dead-letters --data .statewright\n  \
                        statewright dead-letters --stack statewright --json")]
pub(crate) struct DeadLettersArguments {
    /// Prints one JSON object per line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Lists the messages that nobody could handle. Their executions have ended with `States.Runtime`, and go on
/// by a redrive.
pub(crate) async fn list_dead_letters(arguments: DeadLettersArguments) -> anyhow::Result<ExitCode> {
    let target = arguments.target.find_target()?;
    let letters = if let Some(folder) = &target.data {
        let letters = read_dead_letters(folder);
        letters.with_context(|| folder.display().to_string())?.into_iter().map(|letter| {
            json!({"at": letter.at.to_string(), "reason": letter.reason, "message": json_of(&letter.message)})
        }).collect()
    } else if let Some(stack) = &target.stack {
        letters_of_stack(stack, &target).await?
    } else {
        bail!("a data folder (--data) and a deployment (--stack) keep dead letters");
    };
    show(letters, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

async fn letters_of_stack(stack: &str, target: &RememberedTarget) -> anyhow::Result<Vec<Value>> {
    let client = service_client(target);
    let queue = stack_output(&client, stack, QUEUE_OUTPUT).await.map_err(anyhow::Error::msg);
    let queue = queue.with_context(|| format!("cannot find the queue of {stack}"))?;
    let reports = dead_letter_reports(&client, &queue).await.map_err(anyhow::Error::msg)?;
    Ok(reports.iter().map(|report| json_of(&report.body)).collect())
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn show(letters: Vec<Value>, as_json: bool) -> anyhow::Result<()> {
    if letters.is_empty() && !as_json {
        say_line("no dead letters");
        return Ok(());
    }
    let mut table = Table::new(&["EXECUTION", "REASON"]);
    for letter in letters {
        if as_json {
            print_json(letter)?;
            continue;
        }
        // What `start` could not start has no execution yet, and the event in its target.
        let execution = letter["message"]["execution"].as_str().unwrap_or("(an event)");
        let reason = letter["reason"].as_str().map_or_else(|| letter.to_string(), str::to_owned);
        table.add_row(vec![visible_text(execution), visible_text(&reason)]);
    }
    if as_json {
        return Ok(());
    }
    print_text(&table.into_text())?;
    say_line("when the cause is mended: statewright redrive EXECUTION");
    Ok(())
}
