//! `Resource`: what a Task calls.

use model::FunctionArn;

use super::{cursor::DocumentCursor, report::ParsePurpose, unsupported};
use crate::{IntegrationAction, IntegrationPattern as Pattern, TaskResource};

/// The services that AWS integrates itself, beside `aws-sdk` with all others.
///
/// Spec: Developer Guide, "Integrating services with Step Functions".
const SERVICES: [&str; 23] = [
    "apigateway",
    "athena",
    "aws-sdk",
    "batch",
    "bedrock",
    "bedrock-agentcore",
    "codebuild",
    "databrew",
    "dynamodb",
    "ecs",
    "eks",
    "elasticmapreduce",
    "emr-containers",
    "emr-serverless",
    "events",
    "glue",
    "http",
    "lambda",
    "mediaconvert",
    "sagemaker",
    "sns",
    "sqs",
    "states",
];

/// All that AWS offers of the services that it offers little of.
const ACTIONS: [(&str, &[&str]); 6] = [
    ("lambda", &["invoke", "invoke.waitForTaskToken"]),
    ("dynamodb", &["getItem", "putItem", "updateItem", "deleteItem"]),
    ("sqs", &["sendMessage", "sendMessage.waitForTaskToken"]),
    ("sns", &["publish", "publish.waitForTaskToken"]),
    ("http", &["invoke"]),
    (
        "states",
        &[
            "startExecution",
            "startExecution.sync",
            "startExecution.sync:2",
            "startExecution.waitForTaskToken",
        ],
    ),
];

const INTEGRATED: [IntegrationAction; 2] =
    [IntegrationAction::LambdaInvoke, IntegrationAction::StartExecution];
const PATTERNS: [Pattern; 4] =
    [Pattern::RequestResponse, Pattern::Sync, Pattern::SyncJson, Pattern::WaitForTaskToken];

/// Reads a resource.
///
/// Spec: ASL § Task State, `Resource`.
pub(super) fn parse_task_resource(cursor: &DocumentCursor<'_>) -> Option<TaskResource> {
    let arn = cursor.expect_string()?;
    let parts: Vec<&str> = arn.split(':').collect();
    if parts.first() != Some(&"arn") {
        cursor.refuse("Value is not a valid resource ARN");
        return None;
    }
    if FunctionArn::parse(arn).is_ok() {
        return Some(TaskResource::LambdaFunction { arn: arn.to_owned() });
    }
    match parts.as_slice() {
        ["arn", _, "states", _, _, "activity", _] => unsupported::refuse_resource(cursor, arn),
        ["arn", _, "states", "", "", service, action @ ..] if is_known_action(service, action) => {
            match find_integration(service, &action.join(":")) {
                Some(resource) if can_run_resource(cursor, &resource) => Some(resource),
                Some(_) | None => unsupported::refuse_resource(cursor, arn),
            }
        }
        _ => {
            cursor.refuse(format!(
                "The resource provided {arn} is not recognized. The value is not a valid resource \
                 ARN, or the resource is not available in this region."
            ));
            None
        }
    }
}

/// What this version of Statewright can call.
fn find_integration(service: &str, action: &str) -> Option<TaskResource> {
    INTEGRATED.into_iter().find_map(|integrated| {
        let [of, name] = integrated.arn_names();
        let suffix = action.strip_prefix(name).filter(|_| of == service)?;
        let pattern = PATTERNS.into_iter().find(|pattern| pattern.arn_suffix() == suffix)?;
        Some(TaskResource::Integration { action: integrated, pattern })
    })
}

/// A test of one state makes plain calls of functions; all else needs a mock.
fn can_run_resource(cursor: &DocumentCursor<'_>, resource: &TaskResource) -> bool {
    match cursor.report().purpose() {
        ParsePurpose::Run => true,
        ParsePurpose::Test => *resource == TaskResource::INVOKE,
    }
}

fn is_known_action(service: &str, action: &[&str]) -> bool {
    let mut offered = ACTIONS.iter().filter(|(name, _)| *name == service);
    match offered.next() {
        Some((_, actions)) => actions.contains(&action.join(":").as_str()),
        None => SERVICES.contains(&service) && !action.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{definition_of, refusals_of, task_state_json};
    use crate::{
        IntegrationAction, IntegrationPattern as Pattern, StateBody, StateKind, TaskResource,
    };

    fn resource(arn: &str) -> Result<TaskResource, String> {
        let state = task_state_json(json!({"Resource": arn}));
        if let Some(refusal) = refusals_of(state.clone()).pop() {
            return Err(refusal.replace(arn, "X"));
        }
        match definition_of(&state).states.into_values().next().map(|state| state.body) {
            Some(StateBody::JsonPath(StateKind::Task(task))) => Ok(task.resource),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn a_function_is_called_by_its_arn_or_through_invoke() {
        for arn in [
            "arn:aws:lambda:us-east-1:000000000000:function:work",
            "arn:aws-cn:lambda:cn-north-1:000000000000:function:work:live",
        ] {
            assert_eq!(resource(arn), Ok(TaskResource::LambdaFunction { arn: arn.to_owned() }));
        }
        assert_eq!(resource("arn:aws:states:::lambda:invoke"), Ok(TaskResource::INVOKE));
    }

    #[test]
    fn an_integration_has_an_action_and_a_pattern() {
        for (arn, action, pattern) in [
            (
                "lambda:invoke.waitForTaskToken",
                IntegrationAction::LambdaInvoke,
                Pattern::WaitForTaskToken,
            ),
            ("states:startExecution", IntegrationAction::StartExecution, Pattern::RequestResponse),
            ("states:startExecution.sync", IntegrationAction::StartExecution, Pattern::Sync),
            ("states:startExecution.sync:2", IntegrationAction::StartExecution, Pattern::SyncJson),
        ] {
            let arn = format!("arn:aws:states:::{arn}");
            assert_eq!(resource(&arn), Ok(TaskResource::Integration { action, pattern }));
        }
    }

    #[test]
    fn what_aws_knows_and_we_do_not_is_told_from_what_nobody_knows() {
        let later = "The resource X is not supported by this version of Statewright at \
                     /States/S/Resource";
        for arn in [
            "arn:aws:states:::aws-sdk:s3:getObject",
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "arn:aws:states:us-east-1:000000000000:activity:work",
        ] {
            assert_eq!(resource(arn), Err(later.to_owned()), "{arn}");
        }
        let never = "The resource provided X is not recognized. The value is not a valid \
                     resource ARN, or the resource is not available in this region. at \
                     /States/S/Resource";
        for arn in [
            "arn:aws:states:::lambda:invoke.sync",
            "arn:aws:states:::dynamodb:scan",
            "arn:aws:states:::states:startExecution.sync:3",
            "arn:aws:states:::nothing:do",
            "arn:aws:lambda:us-east-1:000000000000:layer:work",
            "arn:",
        ] {
            assert_eq!(resource(arn), Err(never.to_owned()), "{arn}");
        }
        assert_eq!(
            resource("work"),
            Err("Value is not a valid resource ARN at /States/S/Resource".to_owned())
        );
    }
}
