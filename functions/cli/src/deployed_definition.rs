//! A definition as a state machine of this machine.

use std::path::Path;

use anyhow::{anyhow, bail};
use cloudformation::TemplateLogging;
use model::{ResourceName, StateMachineType};
use orchestrator::{
    api::{
        CreateStateMachine, LoggingConfiguration, StateMachineSettings, UpdateStateMachine,
        create_state_machine, update_state_machine,
    },
    ports::StateMachineStore,
};

use crate::{local_machine::LocalMachine, project::ServedMachine, text_source::is_standard_input};

/// The role in the context object; nothing on this machine assumes it.
const ROLE: &str = "role/statewright-local";

/// A state machine that was created or updated.
pub(crate) struct DeployedMachine {
    pub(crate) arn: String,
    /// Its definition before; none if it was created.
    pub(crate) definition_before: Option<String>,
}

/// The state machine's name from that of its file: `order.asl.json` → `order`.
pub(crate) fn machine_name(file: &Path) -> anyhow::Result<ResourceName> {
    let file = if is_standard_input(file) { Path::new("stdin") } else { file };
    let stem = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    let name: String = stem
        .chars()
        .map(|c| if ResourceName::parse(&c.to_string()).is_ok() { c } else { '-' })
        .collect();
    Ok(ResourceName::parse(&name)?)
}

/// Creates the state machine, or updates it to this definition, and returns its ARN.
pub(crate) async fn deploy_definition(
    machine: &LocalMachine,
    name: &ResourceName,
    definition: String,
) -> anyhow::Result<String> {
    let settings = StateMachineSettings::default();
    let machine_type = StateMachineType::Standard;
    let create = CreateStateMachine {
        name: name.to_string(),
        machine_type,
        definition,
        role_arn: role_arn(machine),
        settings,
        tags: Vec::new(),
    };
    Ok(create_or_update(machine, name, create).await?.arn)
}

/// Creates the state machine of a project, or updates it.
///
/// Errors: the name or a setting is not allowed, or the type has changed.
pub(crate) async fn deploy_machine(
    machine: &LocalMachine,
    served: &ServedMachine,
) -> anyhow::Result<DeployedMachine> {
    let name = ResourceName::parse(&served.name)
        .map_err(|error| anyhow!("state machine {}: {error}", served.name))?;
    let create = CreateStateMachine {
        name: name.to_string(),
        machine_type: served.machine_type,
        definition: served.definition.json_text().to_owned(),
        role_arn: role_arn(machine),
        settings: StateMachineSettings {
            logging: served.logging.clone().map(logging_configuration),
            ..StateMachineSettings::default()
        },
        tags: served.tags.clone(),
    };
    create_or_update(machine, &name, create)
        .await
        .map_err(|error| anyhow!("state machine {name}: {error:#}"))
}

async fn create_or_update(
    machine: &LocalMachine,
    name: &ResourceName,
    create: CreateStateMachine,
) -> anyhow::Result<DeployedMachine> {
    let (ports, context) = (machine.ports.as_ref(), machine.context.as_ref());
    let arn = context.settings.account_region.state_machine_arn(name.as_str());
    let Some(existing) = ports.load_machine(name).await? else {
        create_state_machine(ports, context, create).await?;
        return Ok(DeployedMachine { arn, definition_before: None });
    };
    if existing.machine_type != create.machine_type {
        bail!(
            "it is {} here, and the type of a state machine cannot change; delete it first",
            existing.machine_type.as_str()
        );
    }
    let request = UpdateStateMachine {
        state_machine_arn: arn.clone(),
        definition: Some(create.definition),
        role_arn: None,
        settings: create.settings,
    };
    update_state_machine(ports, context, request).await?;
    Ok(DeployedMachine { arn, definition_before: Some(existing.revision.definition.to_string()) })
}

fn role_arn(machine: &LocalMachine) -> String {
    let account_region = &machine.context.settings.account_region;
    format!("arn:{}:iam::{}:{ROLE}", account_region.partition, account_region.account)
}

fn logging_configuration(logging: TemplateLogging) -> LoggingConfiguration {
    let TemplateLogging { level, include_execution_data, log_groups } = logging;
    LoggingConfiguration { level, include_execution_data, log_groups }
}
