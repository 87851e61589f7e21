//! `TagResource`, `UntagResource`, `ListTagsForResource`, of state machines.

use std::sync::Arc;

use model::{StateMachine, StateMachineArn};

use crate::{TagRejection, TooManyTags, Tools, Unanswered, ports::Machines, query::machine_here};

/// Tags that a resource may have.
///
/// Spec: Developer Guide, "Step Functions service quotas" § Tagging.
pub const TAGS_MAX: usize = 50;

/// `TagResource`: adds tags; one whose key is there takes the value given last.
pub async fn tag_resource<P>(
    ports: &P,
    tools: &Tools,
    resource_arn: &str,
    tags: Vec<(String, String)>,
) -> Result<(), Unanswered<TagRejection>>
where
    P: Machines + Sync,
{
    let machine = tagged(ports, tools, resource_arn).await?;
    let merged = merged(machine.tags.clone(), tags);
    if merged.len() > TAGS_MAX {
        let arn = resource_arn.to_owned();
        return Err(Unanswered::Rejected(TagRejection::TooManyTags(TooManyTags { arn })));
    }
    put(ports, &machine, merged).await
}

/// `UntagResource`: removes tags; a key that is not there is as it should be.
pub async fn untag_resource<P>(
    ports: &P,
    tools: &Tools,
    resource_arn: &str,
    keys: &[String],
) -> Result<(), Unanswered<TagRejection>>
where
    P: Machines + Sync,
{
    let machine = tagged(ports, tools, resource_arn).await?;
    let kept = machine.tags.iter().filter(|(key, _)| !keys.contains(key)).cloned().collect();
    put(ports, &machine, kept).await
}

/// `ListTagsForResource`: the machine that has the tags.
pub async fn list_tags<P>(
    ports: &P,
    tools: &Tools,
    resource_arn: &str,
) -> Result<Arc<StateMachine>, Unanswered<TagRejection>>
where
    P: Machines + Sync,
{
    tagged(ports, tools, resource_arn).await
}

async fn tagged<P>(
    ports: &P,
    tools: &Tools,
    resource_arn: &str,
) -> Result<Arc<StateMachine>, Unanswered<TagRejection>>
where
    P: Machines + Sync,
{
    let arn = StateMachineArn::parse(resource_arn)
        .map_err(|error| Unanswered::Rejected(TagRejection::InvalidArn(error)))?;
    machine_here(ports, tools, &arn).await?.ok_or_else(|| {
        Unanswered::Rejected(TagRejection::NotFound { arn: resource_arn.to_owned() })
    })
}

async fn put<P>(
    ports: &P,
    machine: &StateMachine,
    tags: Vec<(String, String)>,
) -> Result<(), Unanswered<TagRejection>>
where
    P: Machines + Sync,
{
    if tags != machine.tags {
        ports.put_machine(StateMachine { tags, ..machine.clone() }).await?;
    }
    Ok(())
}

/// The tags with others added.
pub(crate) fn merged(
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
        assert_eq!(merged(first, added), tags(&[("a", "4"), ("b", "2"), ("c", "")]));
    }
}
