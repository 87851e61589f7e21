//! `TagResource`, `UntagResource`, `ListTagsForResource`.

use orchestrator::{
    EngineContext,
    api::{list_tags_for_resource, tag_resource, untag_resource},
    roles::ApiRole,
};
use serde::{Deserialize, Serialize};

use super::{OperationResult, empty_response, print_response, read_request};
use crate::request_constraints::{RequestConstraints, ValueSensitivity};

#[derive(Debug, Deserialize)]
pub(super) struct TagShape {
    key: Option<String>,
    value: Option<String>,
}

impl TagShape {
    /// Checks tags and returns their keys and values; a missing value is empty.
    pub(super) fn check_tags(
        constraints: &mut RequestConstraints,
        tags: Vec<Self>,
    ) -> Vec<(String, String)> {
        let checked = (1..).zip(tags).map(|(position, Self { key, value })| {
            let at = |member: &str| format!("tags.{position}.member.{member}");
            constraints.check_length(&at("key"), key.as_deref(), 1..=128, ValueSensitivity::Public);
            constraints.check_length(
                &at("value"),
                value.as_deref(),
                0..=256,
                ValueSensitivity::Public,
            );
            (constraints.require_member(&at("key"), key), value.unwrap_or_default())
        });
        checked.collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagResourceInput {
    resource_arn: Option<String>,
    tags: Option<Vec<TagShape>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UntagResourceInput {
    resource_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListTagsForResourceInput {
    resource_arn: Option<String>,
}

#[derive(Debug, Serialize)]
struct ListTagsForResourceOutput<'a> {
    tags: Vec<TagOutput<'a>>,
}

#[derive(Debug, Serialize)]
struct TagOutput<'a> {
    key: &'a str,
    value: &'a str,
}

pub(crate) async fn handle_tag_resource<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let TagResourceInput { resource_arn, tags } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let resource_arn = constraints.require_arn("resourceArn", resource_arn);
    let tags = constraints.require_member("tags", tags);
    let tags = TagShape::check_tags(&mut constraints, tags);
    constraints.into_result()?;
    tag_resource(ports, context, &resource_arn, tags).await?;
    Ok(empty_response())
}

pub(crate) async fn handle_untag_resource<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let UntagResourceInput { resource_arn, tag_keys } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let resource_arn = constraints.require_arn("resourceArn", resource_arn);
    let keys = constraints.require_member("tagKeys", tag_keys);
    for (position, key) in (1..).zip(&keys) {
        constraints.check_length(
            &format!("tagKeys.{position}.member"),
            Some(key),
            1..=128,
            ValueSensitivity::Public,
        );
    }
    constraints.into_result()?;
    untag_resource(ports, context, &resource_arn, &keys).await?;
    Ok(empty_response())
}

pub(crate) async fn handle_list_tags_for_resource<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let ListTagsForResourceInput { resource_arn } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let resource_arn = constraints.require_arn("resourceArn", resource_arn);
    constraints.into_result()?;
    let tags = list_tags_for_resource(ports, context, &resource_arn).await?;
    let tags = tags.iter().map(|(key, value)| TagOutput { key, value });
    Ok(print_response(&ListTagsForResourceOutput { tags: tags.collect() }))
}
