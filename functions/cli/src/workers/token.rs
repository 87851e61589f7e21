//! `statewright token`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{client::TargetArguments, run::read_input, view::print_line};

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  statewright token success \"$TOKEN\" --output '{\"approved\": true}'\n  \
                        statewright token failure \"$TOKEN\" --error Refused --cause 'too expensive'"
)]
pub(crate) struct TokenArguments {
    #[command(subcommand)]
    answer: TokenAnswer,

    #[command(flatten)]
    target: TargetArguments,
}

#[derive(Debug, Subcommand)]
enum TokenAnswer {
    /// The task has succeeded.
    Success {
        /// The task token, which a state gives to whom it calls.
        #[arg(value_name = "TOKEN")]
        task_token: String,
        /// The result: JSON, @FILE, or `-` for standard input.
        #[arg(long, default_value = "{}")]
        output: String,
    },
    /// The task has failed.
    Failure {
        /// The task token.
        #[arg(value_name = "TOKEN")]
        task_token: String,
        /// The error, which Retry and Catch look for.
        #[arg(long, value_name = "NAME")]
        error: Option<String>,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        cause: Option<String>,
    },
    /// The task is still worked at.
    Heartbeat {
        /// The task token.
        #[arg(value_name = "TOKEN")]
        task_token: String,
    },
}

/// Answers a state that waits for its task token.
pub(crate) async fn answer_token(arguments: TokenArguments) -> anyhow::Result<ExitCode> {
    let (operation, members) = match arguments.answer {
        TokenAnswer::Success { task_token, output } => {
            ("SendTaskSuccess", json!({"taskToken": task_token, "output": read_input(&output)?}))
        }
        TokenAnswer::Failure { task_token, error, cause } => {
            let mut members = json!({ "taskToken": task_token });
            for (name, value) in [("error", error), ("cause", cause)] {
                if let Some(value) = value {
                    members[name] = value.into();
                }
            }
            ("SendTaskFailure", members)
        }
        TokenAnswer::Heartbeat { task_token } => {
            ("SendTaskHeartbeat", json!({ "taskToken": task_token }))
        }
    };
    let client = arguments.target.connect().await?;
    let done = client.call(operation, members).await;
    client.close().await;
    done?;
    print_line("answered")?;
    Ok(ExitCode::SUCCESS)
}
