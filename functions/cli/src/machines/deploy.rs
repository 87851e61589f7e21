//! `statewright deploy`.

use std::{collections::BTreeSet, io, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use model::ResourceName;
use serde_json::json;

use super::deployment::{Deployed, KnownMachines, WantedMachine};
use crate::{
    USAGE,
    client::{ApiClient, TargetArguments},
    definition_file::DefinitionFile,
    deployed_definition::machine_name,
    file_search::list_named_files,
    standard_error::say_line,
    text_source::is_standard_input,
    validate::{DEFINITIONS, show_diagnostics},
    view::{print_json, print_line},
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  statewright deploy order.asl.json\n  \
                        statewright deploy flows --stack statewright --role arn:aws:iam::123456789012:role/flows")]
pub(crate) struct DeployArguments {
    /// Definitions in JSON or YAML, each for the state machine that is called as its file; a folder stands
    /// for those in it and below it, and `-` for standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// The name of the state machine, of one file.
    #[arg(long)]
    name: Option<String>,

    /// The role of new state machines, and of those that are updated.
    #[arg(long, value_name = "ARN")]
    role: Option<String>,

    /// The type of new state machines.
    #[arg(long = "type", value_enum, ignore_case = true)]
    kind: Option<MachineType>,

    /// Publishes a version.
    #[arg(long)]
    publish: bool,

    /// Replaces `${NAME}` in the definitions; may repeat.
    #[arg(long, value_name = "NAME=VALUE")]
    substitute: Vec<String>,

    /// Prints one JSON object per state machine.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArguments,
}

/// Spec: API Reference, `CreateStateMachine` § `type`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MachineType {
    #[value(name = "STANDARD")]
    Standard,
    #[value(name = "EXPRESS")]
    Express,
}

/// Creates or updates a state machine for each file. None is, unless all definitions are valid.
pub(crate) async fn deploy(arguments: DeployArguments) -> anyhow::Result<ExitCode> {
    let mut sources = Vec::new();
    let mut all_valid = true;
    for file in list_named_files(&arguments.files, &DEFINITIONS) {
        let source = DefinitionFile::read_substituted(&file?, &arguments.substitute)?;
        if let Err(findings) = source.parse_definition() {
            show_diagnostics(&mut io::stderr(), &source, &findings)?;
            all_valid = false;
        } else if let Some(hint) = source.placeholder_hint() {
            say_line(&format!("error: {hint}"));
            all_valid = false;
        }
        sources.push(source);
    }
    if !all_valid {
        return Ok(ExitCode::from(USAGE));
    }
    if arguments.name.is_none() && sources.iter().any(|source| is_standard_input(&source.file)) {
        anyhow::bail!("--name says what the definition on standard input is called");
    }
    if let Some(twice) = name_of_two(&sources)? {
        anyhow::bail!("two definitions are for one state machine, {twice}");
    }
    if arguments.name.is_some() && sources.len() != 1 {
        anyhow::bail!("--name is for one definition, and there are {}", sources.len());
    }
    let client = arguments.target.connect().await?;
    let done = deploy_all(&client, &arguments, &sources).await;
    client.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// A name that two of the definitions have.
fn name_of_two(sources: &[DefinitionFile]) -> anyhow::Result<Option<ResourceName>> {
    let mut names = BTreeSet::new();
    for source in sources {
        let name = machine_name(&source.file)?;
        if !names.insert(name.to_string()) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

async fn deploy_all(
    client: &ApiClient,
    arguments: &DeployArguments,
    sources: &[DefinitionFile],
) -> anyhow::Result<()> {
    let known = KnownMachines::list(client).await?;
    for source in sources {
        let name = match &arguments.name {
            Some(name) => name.clone(),
            None => machine_name(&source.file)?.to_string(),
        };
        let wanted = WantedMachine {
            name: &name,
            definition: source.json_text(),
            kind: arguments.kind.map(|kind| match kind {
                MachineType::Standard => "STANDARD",
                MachineType::Express => "EXPRESS",
            }),
            role_arn: arguments.role.as_deref(),
            publish: arguments.publish,
            settings: json!({}),
            tags: json!([]),
        };
        let Deployed { what, arn, version_arn } = known.deploy(client, &wanted).await?;
        let printed = if arguments.json {
            let version = version_arn.map_or(serde_json::Value::Null, Into::into);
            print_json(
                json!({"result": what, "stateMachineArn": arn, "stateMachineVersionArn": version}),
            )
        } else {
            print_line(&format!("{what} {}", version_arn.as_deref().unwrap_or(&arn)))
        };
        // All are deployed, whether anybody reads of it or not.
        drop(printed);
    }
    Ok(())
}
