//! `TagResource`, `UntagResource`, `ListTagsForResource`.

use orchestrator::{Tools, list_tags, tag_resource, untag_resource};
use serde::{Deserialize, Serialize};

use super::{Answer, nothing, print, read};
use crate::{
    Ports,
    constraint::{Constraints, Shown},
};

#[derive(Debug, Deserialize)]
pub(super) struct TagShape {
    key: Option<String>,
    value: Option<String>,
}

impl TagShape {
    /// Keys and values; a missing value is empty.
    pub(super) fn checked(constraints: &mut Constraints, tags: Vec<Self>) -> Vec<(String, String)> {
        let checked = (1..).zip(tags).map(|(position, Self { key, value })| {
            let at = |member: &str| format!("tags.{position}.member.{member}");
            constraints.length(&at("key"), key.as_deref(), 1..=128, Shown::Open);
            constraints.length(&at("value"), value.as_deref(), 0..=256, Shown::Open);
            (constraints.required(&at("key"), key), value.unwrap_or_default())
        });
        checked.collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagInput {
    resource_arn: Option<String>,
    tags: Option<Vec<TagShape>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UntagInput {
    resource_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    resource_arn: Option<String>,
}

#[derive(Debug, Serialize)]
struct ListOutput<'a> {
    tags: Vec<Tag<'a>>,
}

#[derive(Debug, Serialize)]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

pub(crate) async fn tag<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let TagInput { resource_arn, tags } = read(body)?;
    let mut constraints = Constraints::default();
    let resource_arn = constraints.arn("resourceArn", resource_arn);
    let tags = constraints.required("tags", tags);
    let tags = TagShape::checked(&mut constraints, tags);
    constraints.finish()?;
    tag_resource(ports, tools, &resource_arn, tags).await?;
    Ok(nothing())
}

pub(crate) async fn untag<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let UntagInput { resource_arn, tag_keys } = read(body)?;
    let mut constraints = Constraints::default();
    let resource_arn = constraints.arn("resourceArn", resource_arn);
    let keys = constraints.required("tagKeys", tag_keys);
    for (position, key) in (1..).zip(&keys) {
        constraints.length(&format!("tagKeys.{position}.member"), Some(key), 1..=128, Shown::Open);
    }
    constraints.finish()?;
    untag_resource(ports, tools, &resource_arn, &keys).await?;
    Ok(nothing())
}

pub(crate) async fn list<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let ListInput { resource_arn } = read(body)?;
    let mut constraints = Constraints::default();
    let resource_arn = constraints.arn("resourceArn", resource_arn);
    constraints.finish()?;
    let machine = list_tags(ports, tools, &resource_arn).await?;
    let tags = machine.tags.iter().map(|(key, value)| Tag { key, value });
    Ok(print(&ListOutput { tags: tags.collect() }))
}
