//! The names that resources have: what `Ref` and `Fn::GetAtt` give for them.
//!
//! A resource without a name of its own has its logical id, where a deployment would make one up. Its
//! ARN has the form that AWS gives it, so that definitions that name it are valid and tell which
//! resource they mean.

use model::AccountRegion;
use serde_json::Value;

use super::{DEPTH_MAX, Resolver};

impl Resolver<'_> {
    /// The name of a resource: its own, or its logical id.
    pub(crate) fn resource_name(&self, id: &str) -> String {
        let resource = &self.document["Resources"][id];
        let properties = &resource["Properties"];
        let segment = resource["Type"].as_str().and_then(|kind| kind.rsplit("::").next());
        let segment = match segment.unwrap_or_default() {
            "SimpleTable" | "GlobalTable" => "Table",
            segment => segment,
        };
        let candidates = [format!("{segment}Name"), "Name".to_owned(), "Family".to_owned()];
        let given = candidates.iter().find_map(|property| properties.get(property));
        let name = given.and_then(|name| self.resolve_name(name));
        let is_fifo = properties["FifoQueue"] == true || properties["FifoTopic"] == true;
        name.unwrap_or_else(|| if is_fifo { format!("{id}.fifo") } else { id.to_owned() })
    }

    /// The ARN of a resource of a service.
    pub(crate) fn arn_in_region(&self, service: &str, resource: &str) -> String {
        let AccountRegion { partition, region, account } = self.context.account_region;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// What `Ref` gives for a resource; none if the template has no such resource.
    pub(super) fn resource_reference(&self, id: &str) -> Option<String> {
        let kind = self.resource_type(id)?;
        Some(match kind {
            "AWS::SQS::Queue" => self.queue_url(id),
            "AWS::SNS::Topic"
            | "AWS::Serverless::StateMachine"
            | "AWS::StepFunctions::StateMachine"
            | "AWS::StepFunctions::Activity"
            | "AWS::Lambda::Version"
            | "AWS::Lambda::Alias"
            | "AWS::Batch::JobQueue"
            | "AWS::Batch::JobDefinition"
            | "AWS::ECS::TaskDefinition"
            | "AWS::SecretsManager::Secret"
            | "AWS::CloudFormation::Stack" => self.resource_arn(id, kind),
            _ => self.resource_name(id),
        })
    }

    /// What `Fn::GetAtt` gives for a resource; none if only a deployment knows it.
    pub(super) fn resource_attribute(&self, id: &str, attribute: &str) -> Option<String> {
        let Some(kind) = self.resource_type(id) else { return self.implicit_role(id, attribute) };
        let arn = || self.resource_arn(id, kind);
        match (kind, attribute) {
            ("AWS::SQS::Queue", "QueueUrl") => Some(self.queue_url(id)),
            ("AWS::Serverless::Function", "Version") => Some(format!("{}:1", arn())),
            ("AWS::Serverless::Function", "Alias") => {
                let properties = &self.document["Resources"][id]["Properties"];
                let alias = self.resolve_text(&properties["AutoPublishAlias"])?;
                Some(format!("{}:{alias}", arn()))
            }
            // Its `Ref` and its ARN end in the ids of the bus and the rule.
            ("AWS::Events::Connection" | "AWS::Events::ApiDestination", "Arn") => {
                Some(format!("{}/00000000-0000-0000-0000-000000000000", arn()))
            }
            (_, "Arn" | "TopicArn" | "StateMachineArn" | "FunctionArn" | "TableArn") => Some(arn()),
            ("AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable", "StreamArn") => {
                Some(format!("{}/stream/2000-01-01T00:00:00.000", arn()))
            }
            (_, "Name" | "QueueName" | "TopicName" | "FunctionName" | "TableName" | "RoleId") => {
                Some(self.resource_name(id))
            }
            _ => None,
        }
    }

    fn resource_type(&self, id: &str) -> Option<&str> {
        self.document["Resources"].get(id)?["Type"].as_str()
    }

    /// The role that SAM makes for a function or state machine that names none.
    fn implicit_role(&self, id: &str, attribute: &str) -> Option<String> {
        let owner = id.strip_suffix("Role")?;
        let is_serverless = self.resource_type(owner)?.starts_with("AWS::Serverless::");
        let AccountRegion { partition, account, .. } = self.context.account_region;
        (is_serverless && attribute == "Arn")
            .then(|| format!("arn:{partition}:iam::{account}:role/{id}"))
    }

    fn queue_url(&self, id: &str) -> String {
        let AccountRegion { region, account, .. } = self.context.account_region;
        let suffix = self.pseudo_parameter("AWS::URLSuffix").unwrap_or_default();
        format!("https://sqs.{region}.{suffix}/{account}/{}", self.resource_name(id))
    }

    fn resource_arn(&self, id: &str, kind: &str) -> String {
        let AccountRegion { partition, account, .. } = self.context.account_region;
        let name = self.resource_name(id);
        let in_region = |service: &str, resource: &str| {
            self.arn_in_region(service, &format!("{resource}{name}"))
        };
        match kind {
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => {
                in_region("lambda", "function:")
            }
            "AWS::Lambda::Version" | "AWS::Lambda::Alias" => self.qualified_function(id),
            "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => {
                in_region("states", "stateMachine:")
            }
            "AWS::StepFunctions::Activity" => in_region("states", "activity:"),
            "AWS::SQS::Queue" => in_region("sqs", ""),
            "AWS::SNS::Topic" => in_region("sns", ""),
            "AWS::DynamoDB::Table"
            | "AWS::DynamoDB::GlobalTable"
            | "AWS::Serverless::SimpleTable" => in_region("dynamodb", "table/"),
            "AWS::S3::Bucket" => format!("arn:{partition}:s3:::{name}"),
            "AWS::IAM::Role" => format!("arn:{partition}:iam::{account}:role/{name}"),
            "AWS::Logs::LogGroup" => in_region("logs", "log-group:") + ":*",
            "AWS::Events::EventBus" => in_region("events", "event-bus/"),
            "AWS::Events::ApiDestination" => in_region("events", "api-destination/"),
            "AWS::SecretsManager::Secret" => in_region("secretsmanager", "secret:"),
            "AWS::ECS::TaskDefinition" => in_region("ecs", "task-definition/") + ":1",
            "AWS::Batch::JobDefinition" => in_region("batch", "job-definition/") + ":1",
            "AWS::Batch::JobQueue" => in_region("batch", "job-queue/"),
            "AWS::CloudFormation::Stack" => {
                in_region("cloudformation", "stack/") + "/00000000-0000-0000-0000-000000000000"
            }
            other => {
                let mut words = other.rsplit("::").map(str::to_ascii_lowercase);
                let (resource, service) = (words.next(), words.next());
                let resource = format!("{}/", resource.unwrap_or_default());
                in_region(&service.unwrap_or_default(), &resource)
            }
        }
    }

    /// The ARN of a function's version or alias.
    fn qualified_function(&self, id: &str) -> String {
        let resource = &self.document["Resources"][id];
        let properties = &resource["Properties"];
        let function =
            self.resolve_name(&properties["FunctionName"]).unwrap_or_else(|| id.to_owned());
        let AccountRegion { partition, region, account } = self.context.account_region;
        let arn = if function.starts_with("arn:") {
            function
        } else {
            format!("arn:{partition}:lambda:{region}:{account}:function:{function}")
        };
        let qualifier = self.resolve_name(&properties["Name"]);
        format!("{arn}:{}", qualifier.as_deref().unwrap_or("1"))
    }

    /// A name, which may be made of the names of other resources.
    fn resolve_name(&self, name: &Value) -> Option<String> {
        if self.depth >= DEPTH_MAX {
            return None;
        }
        let deeper = Resolver { depth: self.depth + 1, ..*self };
        deeper.resolve_text(name).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::{StagedCode, TemplateContext};

    #[test]
    fn resources_have_the_names_that_aws_gives_them() {
        let resource =
            |kind: &str, properties: Value| json!({"Type": kind, "Properties": properties});
        let document = json!({"Resources": {
            "Machine": resource("AWS::StepFunctions::StateMachine", json!({"StateMachineName": "m"})),
            "Queue": resource("AWS::SQS::Queue", json!({"FifoQueue": true})),
            "Topic": resource("AWS::SNS::Topic", json!({})),
            "Table": resource("AWS::DynamoDB::Table", json!({"TableName": "t"})),
            "Bucket": resource("AWS::S3::Bucket", json!({})),
            "Bus": resource("AWS::Events::EventBus", json!({"Name": "orders"})),
            "Stream": resource("AWS::Kinesis::Stream", json!({})),
            "Fn": resource("AWS::Serverless::Function", json!({"AutoPublishAlias": "live"})),
            "FnLive": resource("AWS::Lambda::Alias",
                json!({"FunctionName": {"Ref": "Fn"}, "Name": "live"})),
        }});
        let account_region = AccountRegion::new("eu-west-1", "123456789012");
        let none = BTreeMap::new();
        let context = TemplateContext {
            account_region: &account_region,
            parameters: &none,
            exports: &none,
            staged: &StagedCode::default(),
        };
        let resolver = Resolver::new(&document, "s", context);
        for (call, expected) in [
            (json!({"Ref": "Machine"}), "arn:aws:states:eu-west-1:123456789012:stateMachine:m"),
            (json!({"Fn::GetAtt": ["Machine", "Name"]}), "m"),
            (
                json!({"Ref": "Queue"}),
                "https://sqs.eu-west-1.amazonaws.com/123456789012/Queue.fifo",
            ),
            (
                json!({"Fn::GetAtt": ["Queue", "Arn"]}),
                "arn:aws:sqs:eu-west-1:123456789012:Queue.fifo",
            ),
            (json!({"Ref": "Topic"}), "arn:aws:sns:eu-west-1:123456789012:Topic"),
            (json!({"Fn::GetAtt": ["Topic", "TopicName"]}), "Topic"),
            (json!({"Ref": "Table"}), "t"),
            (json!({"Fn::GetAtt": ["Bucket", "Arn"]}), "arn:aws:s3:::Bucket"),
            (
                json!({"Fn::GetAtt": ["Bus", "Arn"]}),
                "arn:aws:events:eu-west-1:123456789012:event-bus/orders",
            ),
            (
                json!({"Fn::GetAtt": ["Stream", "Arn"]}),
                "arn:aws:kinesis:eu-west-1:123456789012:stream/Stream",
            ),
            (json!({"Ref": "Fn.Alias"}), "arn:aws:lambda:eu-west-1:123456789012:function:Fn:live"),
            (json!({"Ref": "FnLive"}), "arn:aws:lambda:eu-west-1:123456789012:function:Fn:live"),
            (json!({"Fn::GetAtt": ["FnRole", "Arn"]}), "arn:aws:iam::123456789012:role/FnRole"),
        ] {
            assert_eq!(resolver.resolve_text(&call).as_deref(), Some(expected), "{call}");
        }
        assert_eq!(resolver.resolve_text(&json!({"Fn::GetAtt": ["Bucket", "DomainName"]})), None);
    }
}
