//! The outputs of `CloudFormation` stacks.

use serde_json::json;

use crate::ServiceClient;

/// Reads the output of a stack with the credentials of this process.
///
/// Errors: why there is none.
pub async fn stack_output(
    client: &ServiceClient,
    stack: &str,
    output: &str,
) -> Result<String, String> {
    let parameters = json!({ "StackName": stack });
    let described = client.call_as_itself(("cloudformation", "DescribeStacks"), &parameters).await;
    let described = described.map_err(|failure| failure.describe())?;
    let stacks = described.get("Stacks").and_then(|stacks| stacks.as_array());
    let outputs = stacks.and_then(|stacks| stacks.first()?.get("Outputs")?.as_array());
    let found = outputs.into_iter().flatten().find(|found| found["OutputKey"] == output);
    let value = found.and_then(|found| found["OutputValue"].as_str());
    value.map(str::to_owned).ok_or_else(|| format!("the stack has no output {output}"))
}
