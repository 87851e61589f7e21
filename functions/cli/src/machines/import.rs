//! `statewright import`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::deployment::{Deployed, KnownMachines, WantedMachine};
use crate::{
    USAGE,
    client::{ApiClient, TargetArguments},
    counted_noun::counted_noun,
    standard_error::say_line,
    text_source::read_text,
    view::print_line,
};

/// The members that an import takes over beside those of every deployment.
const SETTINGS: [&str; 3] =
    ["loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"];

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  statewright export --aws | statewright import - --data .statewright"
)]
pub(crate) struct ImportArguments {
    /// What `export` has printed; `-` is standard input.
    file: PathBuf,

    /// The role of the state machines, in place of the one that they had.
    #[arg(long, value_name = "ARN")]
    role: Option<String>,

    #[command(flatten)]
    target: TargetArguments,
}

/// Creates or updates each state machine of an export. Executions are left out: no API makes one that has
/// ended.
pub(crate) async fn import(arguments: ImportArguments) -> anyhow::Result<ExitCode> {
    let text = read_text(&arguments.file)?;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Value = serde_json::from_str(line)
            .with_context(|| format!("line {} is no JSON", number + 1))?;
        lines.push(line);
    }
    let client = arguments.target.connect().await?;
    let done = import_all(&client, &lines, arguments.role.as_deref()).await;
    client.close().await;
    done
}

async fn import_all(
    client: &ApiClient,
    lines: &[Value],
    role: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let known = KnownMachines::list(client).await?;
    let (mut others, mut imported) = (0_usize, 0_usize);
    for line in lines {
        let machine = &line["stateMachine"];
        let text = |name: &str| machine[name].as_str();
        let (Some(name), Some(definition)) = (text("name"), text("definition")) else {
            others += 1;
            continue;
        };
        let mut settings = json!({});
        for member in SETTINGS.iter().filter(|member| !machine[**member].is_null()) {
            settings[*member] = machine[*member].clone();
        }
        let wanted = WantedMachine {
            name,
            definition,
            kind: text("type"),
            role_arn: role.or_else(|| text("roleArn")),
            publish: false,
            settings,
            tags: line.get("tags").cloned().unwrap_or_else(|| json!([])),
        };
        let deployed = known.deploy(client, &wanted).await.with_context(|| name.to_owned())?;
        let Deployed { what, arn, .. } = deployed;
        drop(print_line(&format!("{what} {arn}")));
        imported += 1;
    }
    let left = if others == 0 {
        String::new()
    } else {
        format!(", {} left out", counted_noun(&others, "other line"))
    };
    say_line(&format!("{}{left}", counted_noun(&imported, "state machine")));
    Ok(if imported == 0 { ExitCode::from(USAGE) } else { ExitCode::SUCCESS })
}
