//! Creates a state machine, or updates the one of its name.

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use crate::client::{ApiClient, Pages};

/// A state machine as it shall be.
pub(super) struct WantedMachine<'a> {
    pub(super) name: &'a str,
    pub(super) definition: &'a str,
    /// `STANDARD` or `EXPRESS`; none leaves it as it is, or is `STANDARD`.
    pub(super) kind: Option<&'a str>,
    /// None leaves it as it is.
    pub(super) role_arn: Option<&'a str>,
    /// Whether a version is published.
    pub(super) publish: bool,
    /// Members of `CreateStateMachine` and `UpdateStateMachine` beside these.
    pub(super) settings: Value,
    pub(super) tags: Value,
}

/// What came of it.
pub(super) struct Deployed {
    pub(super) what: &'static str,
    pub(super) arn: String,
    pub(super) version_arn: Option<String>,
}

/// The state machines of a place, by name.
pub(super) struct KnownMachines(Vec<Value>);

impl KnownMachines {
    pub(super) async fn list(client: &ApiClient) -> anyhow::Result<Self> {
        let listed = Pages::new(client, "ListStateMachines", json!({}), "stateMachines");
        Ok(Self(listed.collect().await?))
    }

    /// Deploys a state machine.
    pub(super) async fn deploy(
        &self,
        client: &ApiClient,
        wanted: &WantedMachine<'_>,
    ) -> anyhow::Result<Deployed> {
        let mut members = wanted.settings.clone();
        members["definition"] = wanted.definition.into();
        members["publish"] = wanted.publish.into();
        if let Some(role) = wanted.role_arn {
            members["roleArn"] = role.into();
        }
        let known = self.0.iter().find(|machine| machine["name"] == wanted.name);
        if let Some(known) = known {
            if wanted.kind.is_some_and(|kind| known["type"] != kind) {
                return Err(anyhow!(
                    "{} is {}, which no update changes",
                    wanted.name,
                    known["type"].as_str().unwrap_or_default()
                ));
            }
            members["stateMachineArn"] = known["stateMachineArn"].clone();
            let answer = client.call("UpdateStateMachine", members).await?;
            let arn = known["stateMachineArn"].as_str().unwrap_or_default().to_owned();
            return Ok(Deployed { what: "updated", arn, version_arn: version_of(&answer) });
        }
        if wanted.role_arn.is_none() {
            members["roleArn"] =
                default_role(client).await.context("--role ARN says what its calls may do")?;
        }
        members["name"] = wanted.name.into();
        members["type"] = wanted.kind.unwrap_or("STANDARD").into();
        members["tags"] = wanted.tags.clone();
        let answer = client.call("CreateStateMachine", members).await?;
        let arn = answer["stateMachineArn"].as_str().unwrap_or_default().to_owned();
        Ok(Deployed { what: "created", arn, version_arn: version_of(&answer) })
    }
}

fn version_of(answer: &Value) -> Option<String> {
    answer["stateMachineVersionArn"].as_str().map(str::to_owned)
}

/// A role where nothing assumes one.
async fn default_role(client: &ApiClient) -> anyhow::Result<Value> {
    if client.is_local().await {
        return Ok("arn:aws:iam::000000000000:role/statewright-local".into());
    }
    Err(anyhow!("{} runs state machines as their roles", client.target))
}
