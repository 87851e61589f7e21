//! `PublishStateMachineVersion`, `DeleteStateMachineVersion`, `ListStateMachineVersions`.

use model::{
    RevisionId, VersionNumber, VersionPublication,
    limits::{DESCRIPTION_CHARS_MAX, PAGE_TOKEN_CHARS_MAX},
};
use orchestrator::{
    EngineContext,
    api::{
        PublishVersion, delete_state_machine_version, list_state_machine_versions,
        publish_state_machine_version,
    },
    roles::ApiRole,
};
use serde::{Deserialize, Serialize};

use super::{OperationResult, check_next_token, empty_response, print_response, read_request};
use crate::{
    page_token::{PageTokenScope, invalid_page_token},
    request_constraints::{RequestConstraints, ValueSensitivity},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PublishStateMachineVersionInput {
    state_machine_arn: Option<String>,
    revision_id: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionShape {
    creation_date: f64,
    state_machine_version_arn: String,
}

pub(crate) async fn handle_publish_state_machine_version<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let PublishStateMachineVersionInput { state_machine_arn, revision_id, description } =
        read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let state_machine_arn = constraints.require_arn("stateMachineArn", state_machine_arn);
    check_description(&mut constraints, description.as_deref());
    constraints.into_result()?;
    let request = PublishVersion {
        state_machine_arn,
        revision: revision_id.as_deref().map(RevisionId::new),
        publication: VersionPublication { description },
    };
    let published = publish_state_machine_version(ports, context, request).await?;
    Ok(print_response(&VersionShape {
        creation_date: published.created_at.as_epoch_seconds(),
        state_machine_version_arn: published.arn,
    }))
}

/// Checks the description of a version or an alias.
pub(super) fn check_description(constraints: &mut RequestConstraints, description: Option<&str>) {
    let length = 0..=DESCRIPTION_CHARS_MAX;
    constraints.check_length("description", description, length, ValueSensitivity::Sensitive);
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteStateMachineVersionInput {
    state_machine_version_arn: Option<String>,
}

pub(crate) async fn handle_delete_state_machine_version<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let DeleteStateMachineVersionInput { state_machine_version_arn } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let arn = constraints.require_arn("stateMachineVersionArn", state_machine_version_arn);
    constraints.into_result()?;
    delete_state_machine_version(ports, context, &arn).await?;
    Ok(empty_response())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListStateMachineVersionsInput {
    state_machine_arn: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListStateMachineVersionsOutput {
    state_machine_versions: Vec<VersionShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(crate) async fn handle_list_state_machine_versions<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let request: ListStateMachineVersionsInput = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let arn = constraints.require_arn("stateMachineArn", request.state_machine_arn);
    let limit = constraints.check_page_size(request.max_results);
    check_next_token(&mut constraints, request.next_token.as_deref(), PAGE_TOKEN_CHARS_MAX);
    constraints.into_result()?;
    let scope = ["ListStateMachineVersions", &arn];
    let scope = PageTokenScope(&scope);
    let after = match request.next_token {
        Some(token) => {
            let number = VersionNumber::parse(&scope.decode_page_token(&token, ports.now())?);
            Some(number.ok_or_else(invalid_page_token)?)
        }
        None => None,
    };
    let page = list_state_machine_versions(ports, context, &arn, limit, after).await?;
    let versions = page.versions.iter().map(|(number, created_at)| VersionShape {
        creation_date: created_at.as_epoch_seconds(),
        state_machine_version_arn: format!("{arn}:{number}"),
    });
    Ok(print_response(&ListStateMachineVersionsOutput {
        state_machine_versions: versions.collect(),
        next_token: page
            .next
            .map(|number| scope.encode_page_token(&number.to_string(), ports.now())),
    }))
}
