//! A definition's file as a state machine of this machine.

use std::path::Path;

use model::{ResourceName, StateMachineType};
use orchestrator::{
    api::{
        CreateStateMachine, StateMachineSettings, UpdateStateMachine, create_state_machine,
        update_state_machine,
    },
    ports::StateMachineStore,
};

use crate::{local_machine::LocalMachine, text_source::is_standard_input};

/// The role in the context object; nothing on this machine assumes it.
const ROLE: &str = "role/statewright-local";

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
    let (ports, context) = (machine.ports.as_ref(), machine.context.as_ref());
    let account_region = &context.settings.account_region;
    let state_machine_arn = account_region.state_machine_arn(name.as_str());
    if ports.load_machine(name).await?.is_some() {
        let request = UpdateStateMachine {
            state_machine_arn: state_machine_arn.clone(),
            definition: Some(definition),
            role_arn: None,
            settings: StateMachineSettings::default(),
        };
        update_state_machine(ports, context, request).await?;
    } else {
        let request = CreateStateMachine {
            name: name.to_string(),
            machine_type: StateMachineType::Standard,
            definition,
            role_arn: format!(
                "arn:{}:iam::{}:{ROLE}",
                account_region.partition, account_region.account
            ),
            settings: StateMachineSettings::default(),
            tags: Vec::new(),
        };
        create_state_machine(ports, context, request).await?;
    }
    Ok(state_machine_arn)
}
