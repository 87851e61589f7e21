//! `CreateActivity`, `DescribeActivity`, `ListActivities`, `DeleteActivity`, `GetActivityTask`.

use model::limits::{NAME_CHARS_MAX, PAGE_TOKEN_CHARS_MAX};
use orchestrator::{
    EngineContext,
    api::{
        ActivityEncryption, CreateActivity, GetActivityTask, create_activity, delete_activity,
        describe_activity, get_activity_task, list_activities,
    },
    roles::ApiRole,
};
use serde::{Deserialize, Serialize};

use super::{
    OperationResult, check_next_token, empty_response,
    encryption::{EncryptionOutput, EncryptionShape},
    print_response, read_request,
    tag::TagShape,
};
use crate::{
    api_exception::ApiException,
    page_token::PageTokenScope,
    request_constraints::{RequestConstraints, ValueSensitivity},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateActivityInput {
    name: Option<String>,
    tags: Option<Vec<TagShape>>,
    encryption_configuration: Option<EncryptionShape>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateActivityOutput<'a> {
    activity_arn: &'a str,
    creation_date: f64,
}

pub(crate) async fn handle_create_activity<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let CreateActivityInput { name, tags, encryption_configuration } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    check_name(&mut constraints, "name", name.as_deref());
    let name = constraints.require_member("name", name);
    let tags = TagShape::check_tags(&mut constraints, tags.unwrap_or_default());
    let encryption = encryption_configuration.map(|shape| {
        let (kms_key_id, reuse_seconds) = shape.key();
        let key_type = shape.into_encryption(&mut constraints);
        ActivityEncryption { key_type, kms_key_id, reuse_seconds }
    });
    constraints.into_result()?;
    let request = CreateActivity { name, tags, encryption };
    let created = create_activity(ports, context, request).await?;
    Ok(print_response(&CreateActivityOutput {
        activity_arn: &created.arn,
        creation_date: created.created_at.as_epoch_seconds(),
    }))
}

fn check_name(constraints: &mut RequestConstraints, at: &str, name: Option<&str>) {
    constraints.check_length(at, name, 1..=NAME_CHARS_MAX, ValueSensitivity::Public);
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActivityInput {
    activity_arn: Option<String>,
    worker_name: Option<String>,
}

/// The ARN in a request that has nothing else.
fn read_activity_arn(body: &[u8]) -> Result<String, ApiException> {
    let ActivityInput { activity_arn, .. } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let activity_arn = constraints.require_arn("activityArn", activity_arn);
    constraints.into_result()?;
    Ok(activity_arn)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribeActivityOutput<'a> {
    activity_arn: &'a str,
    name: &'a str,
    creation_date: f64,
    encryption_configuration: EncryptionOutput<'a>,
}

pub(crate) async fn handle_describe_activity<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let activity_arn = read_activity_arn(body)?;
    let activity = describe_activity(ports, context, &activity_arn).await?;
    Ok(print_response(&DescribeActivityOutput {
        activity_arn: &activity_arn,
        name: activity.name.as_str(),
        creation_date: activity.created_at.as_epoch_seconds(),
        encryption_configuration: EncryptionOutput(activity.encryption.as_ref()),
    }))
}

pub(crate) async fn handle_delete_activity<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let activity_arn = read_activity_arn(body)?;
    delete_activity(ports, context, &activity_arn).await?;
    Ok(empty_response())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListActivitiesInput {
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListActivitiesOutput<'a> {
    activities: Vec<ActivityListItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ActivityListItem<'a> {
    activity_arn: String,
    name: &'a str,
    creation_date: f64,
}

pub(crate) async fn handle_list_activities<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    const SCOPE: PageTokenScope<'_> = PageTokenScope(&["ListActivities"]);
    let ListActivitiesInput { max_results, next_token } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let limit = constraints.check_page_size(max_results);
    check_next_token(&mut constraints, next_token.as_deref(), PAGE_TOKEN_CHARS_MAX);
    constraints.into_result()?;
    let after = SCOPE.decode_name(next_token, ports.now())?;
    let page = list_activities(ports, limit, after.as_ref()).await?;
    let activities = page.activities.iter().map(|activity| ActivityListItem {
        activity_arn: context.settings.account_region.activity_arn(&activity.name),
        name: activity.name.as_str(),
        creation_date: activity.created_at.as_epoch_seconds(),
    });
    Ok(print_response(&ListActivitiesOutput {
        activities: activities.collect(),
        next_token: page.next.map(|name| SCOPE.encode_page_token(name.as_str(), ports.now())),
    }))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GetActivityTaskOutput<'a> {
    task_token: String,
    input: &'a str,
}

/// Where no task has come, the response has no members.
pub(crate) async fn handle_get_activity_task<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let ActivityInput { activity_arn, worker_name } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let activity_arn = constraints.require_arn("activityArn", activity_arn);
    check_name(&mut constraints, "workerName", worker_name.as_deref());
    constraints.into_result()?;
    let request = GetActivityTask { activity_arn, worker_name };
    let Some(started) = get_activity_task(ports, context, request).await? else {
        return Ok(empty_response());
    };
    let (task_token, input) = (started.token.to_string(), started.input.json_text());
    Ok(print_response(&GetActivityTaskOutput { task_token, input }))
}
