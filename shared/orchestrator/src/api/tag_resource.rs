//! `TagResource`, `UntagResource`, `ListTagsForResource`, of state machines and activities.

use std::sync::Arc;

use model::{Activity, ActivityArn, ArnError, StateMachine, StateMachineArn};

use crate::{
    ApiError, EngineContext, ExceptionMember, Rejection, TooManyTags,
    executions::{load_activity_by_arn, load_machine_by_arn},
    ports::{ActivityStore, StateMachineStore},
};

/// The most tags that a resource may have.
///
/// Spec: Developer Guide, "Step Functions service quotas" § Tagging.
pub const TAGS_MAX: usize = 50;

/// What a caller of an operation on tags did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// There is no such resource: `ResourceNotFound`.
    #[error("Resource not found: '{arn}'")]
    NotFound {
        /// The ARN as it was asked for.
        arn: String,
    },
    /// There would be more than [`TAGS_MAX`] tags: `TooManyTags`.
    #[error(transparent)]
    TooManyTags(TooManyTags),
}

impl Rejection for TagRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::NotFound { .. } => "ResourceNotFound",
            Self::TooManyTags(tags) => tags.exception_name(),
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        match self {
            Self::InvalidArn(_) => None,
            Self::NotFound { arn } => {
                Some(ExceptionMember { name: "resourceName", value: arn.clone() })
            }
            Self::TooManyTags(tags) => tags.exception_member(),
        }
    }
}

/// A resource that has tags.
enum TaggedResource {
    Machine(Arc<StateMachine>),
    Activity(Arc<Activity>),
}

impl TaggedResource {
    fn tags(&self) -> &[(String, String)] {
        match self {
            Self::Machine(machine) => &machine.tags,
            Self::Activity(activity) => &activity.tags,
        }
    }
}

/// Adds tags to a resource. A tag whose key exists takes the value that is given last.
pub async fn tag_resource<P>(
    ports: &P,
    context: &EngineContext,
    resource_arn: &str,
    tags: Vec<(String, String)>,
) -> Result<(), ApiError<TagRejection>>
where
    P: StateMachineStore + ActivityStore + Sync,
{
    let resource = find_tagged_resource(ports, context, resource_arn).await?;
    let merged = merge_tags(resource.tags().to_vec(), tags);
    if merged.len() > TAGS_MAX {
        let arn = resource_arn.to_owned();
        return Err(ApiError::Rejected(TagRejection::TooManyTags(TooManyTags { arn })));
    }
    put_tags(ports, &resource, merged).await
}

/// Removes the tags with these keys from a resource. Keys that do not exist are ignored.
pub async fn untag_resource<P>(
    ports: &P,
    context: &EngineContext,
    resource_arn: &str,
    keys: &[String],
) -> Result<(), ApiError<TagRejection>>
where
    P: StateMachineStore + ActivityStore + Sync,
{
    let resource = find_tagged_resource(ports, context, resource_arn).await?;
    let kept = resource.tags().iter().filter(|(key, _)| !keys.contains(key)).cloned().collect();
    put_tags(ports, &resource, kept).await
}

/// Returns the tags of a resource, as keys and values.
pub async fn list_tags_for_resource<P>(
    ports: &P,
    context: &EngineContext,
    resource_arn: &str,
) -> Result<Vec<(String, String)>, ApiError<TagRejection>>
where
    P: StateMachineStore + ActivityStore + Sync,
{
    Ok(find_tagged_resource(ports, context, resource_arn).await?.tags().to_vec())
}

async fn find_tagged_resource<P>(
    ports: &P,
    context: &EngineContext,
    resource_arn: &str,
) -> Result<TaggedResource, ApiError<TagRejection>>
where
    P: StateMachineStore + ActivityStore + Sync,
{
    let settings = &context.settings;
    let found = if let Ok(arn) = ActivityArn::parse(resource_arn) {
        load_activity_by_arn(ports, settings, &arn).await?.map(TaggedResource::Activity)
    } else {
        let arn = StateMachineArn::parse(resource_arn)
            .map_err(|error| ApiError::Rejected(TagRejection::InvalidArn(error)))?;
        load_machine_by_arn(ports, settings, &arn).await?.map(TaggedResource::Machine)
    };
    found.ok_or_else(|| ApiError::Rejected(TagRejection::NotFound { arn: resource_arn.to_owned() }))
}

async fn put_tags<P>(
    ports: &P,
    resource: &TaggedResource,
    tags: Vec<(String, String)>,
) -> Result<(), ApiError<TagRejection>>
where
    P: StateMachineStore + ActivityStore + Sync,
{
    if tags == resource.tags() {
        return Ok(());
    }
    match resource {
        TaggedResource::Machine(machine) => {
            ports.put_machine(StateMachine { tags, ..StateMachine::clone(machine) }).await?;
        }
        TaggedResource::Activity(activity) => {
            ports.put_activity(Activity { tags, ..Activity::clone(activity) }).await?;
        }
    }
    Ok(())
}

/// Adds tags to others; an added tag replaces one with the same key.
pub(super) fn merge_tags(
    mut tags: Vec<(String, String)>,
    added: Vec<(String, String)>,
) -> Vec<(String, String)> {
    for (key, value) in added {
        match tags.iter_mut().find(|(present, _)| *present == key) {
            Some(tag) => tag.1 = value,
            None => tags.push((key, value)),
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_tag_given_again_takes_the_last_value() {
        let first = tags(&[("a", "1"), ("b", "2")]);
        let added = tags(&[("a", "3"), ("c", ""), ("a", "4")]);
        assert_eq!(merge_tags(first, added), tags(&[("a", "4"), ("b", "2"), ("c", "")]));
    }
}
