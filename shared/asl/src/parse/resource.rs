//! `Resource`: what a Task calls.

use model::TaskResource;

use super::{cursor::DocumentCursor, offered_integration::is_offered};

/// Parses any resource that AWS accepts, whether or not Statewright can call it.
///
/// Spec: ASL § Task State, `Resource`.
pub(super) fn parse_task_resource(cursor: &DocumentCursor<'_>) -> Option<TaskResource> {
    let arn = cursor.expect_string()?;
    if arn.split(':').next() != Some("arn") {
        cursor.refuse("Value is not a valid resource ARN");
        return None;
    }
    if let Some(resource) = parse_offered_resource(arn) {
        return Some(resource);
    }
    cursor.refuse(format!(
        "The resource provided {arn} is not recognized. The value is not a valid resource \
         ARN, or the resource is not available in this region."
    ));
    None
}

/// Parses an ARN of a resource that AWS offers; none if it offers no such resource.
pub(crate) fn parse_offered_resource(arn: &str) -> Option<TaskResource> {
    let resource = arn.parse().ok()?;
    let is_known = match &resource {
        TaskResource::Integration(integration) => is_offered(integration),
        TaskResource::LambdaFunction { .. } | TaskResource::Activity { .. } => true,
    };
    is_known.then_some(resource)
}

#[cfg(test)]
mod tests {
    use model::{Integration, IntegrationPattern, TaskResource};
    use serde_json::json;

    use super::super::examples::{definition_of, refusals_of, task_state_json};
    use crate::{StateBody, StateKind};

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
        assert_eq!(resource("arn:aws:states:::lambda:invoke"), Ok(TaskResource::lambda_invoke()));
    }

    #[test]
    fn every_integration_that_aws_offers_is_read() {
        for (tail, service, action, pattern) in [
            (
                "lambda:invoke.waitForTaskToken",
                "lambda",
                "invoke",
                IntegrationPattern::WaitForTaskToken,
            ),
            (
                "states:startExecution.sync:2",
                "states",
                "startExecution",
                IntegrationPattern::SyncJson,
            ),
            ("sqs:sendMessage", "sqs", "sendMessage", IntegrationPattern::RequestResponse),
            (
                "aws-sdk:s3:getObject",
                "aws-sdk:s3",
                "getObject",
                IntegrationPattern::RequestResponse,
            ),
            ("glue:startJobRun.sync", "glue", "startJobRun", IntegrationPattern::Sync),
            (
                "aws-sdk:sqs:sendMessage.waitForTaskToken",
                "aws-sdk:sqs",
                "sendMessage",
                IntegrationPattern::WaitForTaskToken,
            ),
            ("ecs:runTask.sync", "ecs", "runTask", IntegrationPattern::Sync),
            ("eks:call", "eks", "call", IntegrationPattern::RequestResponse),
        ] {
            let (service, action) = (service.to_owned(), action.to_owned());
            let expected = TaskResource::Integration(Integration { service, action, pattern });
            assert_eq!(resource(&format!("arn:aws:states:::{tail}")), Ok(expected), "{tail}");
        }
        let arn = "arn:aws:states:us-east-1:000000000000:activity:work";
        assert_eq!(resource(arn), Ok(TaskResource::Activity { arn: arn.to_owned() }));
    }

    #[test]
    fn what_nobody_offers_is_refused() {
        let refused = "The resource provided X is not recognized. The value is not a valid \
                       resource ARN, or the resource is not available in this region. at \
                       /States/S/Resource";
        for arn in [
            "arn:aws:states:::lambda:invoke.sync",
            "arn:aws:states:::dynamodb:scan",
            "arn:aws:states:::states:startExecution.sync:3",
            "arn:aws:states:::nothing:do",
            "arn:aws:states:::events:putEvents.sync",
            "arn:aws:states:::apigateway:invoke.sync",
            "arn:aws:states:::glue:startJobRun.sync:2",
            "arn:aws:states:::batch:submitJob.waitForTaskToken",
            "arn:aws:states:::ecs:stopTask",
            "arn:aws:states:::aws-sdk:getObject",
            "arn:aws:states:::aws-sdk::getObject",
            "arn:aws:states:::aws-sdk:s3:GetObject",
            "arn:aws:states:::aws-sdk:a:b:c",
            "arn:aws:states:::aws-sdk:s3:getObject.sync",
            "arn:aws:states:::aws-sdk:sfn:startExecution.sync:3",
            "arn:aws:states:us-east-1:000000000000:activity:",
            "arn:aws:states:us-east-1::activity:work",
            "arn:aws:states:::activity:work",
            "arn:aws:lambda:us-east-1:000000000000:layer:work",
            "arn:",
        ] {
            assert_eq!(resource(arn), Err(refused.to_owned()), "{arn}");
        }
        assert_eq!(
            resource("work"),
            Err("Value is not a valid resource ARN at /States/S/Resource".to_owned())
        );
    }
}
