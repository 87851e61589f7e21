//! Who this process is to AWS.

use serde_json::json;

use crate::ServiceClient;

/// Asks for the ARN of whoever this process signs as.
///
/// Errors: why it is not known.
///
/// Spec: AWS Security Token Service API Reference, `GetCallerIdentity`
pub async fn caller_arn(client: &ServiceClient) -> Result<String, String> {
    let identity = client.call_as_itself(("sts", "GetCallerIdentity"), &json!({})).await;
    let identity = identity.map_err(|failure| failure.describe())?;
    let arn = identity.get("Arn").and_then(|arn| arn.as_str());
    arn.map(str::to_owned).ok_or_else(|| "the answer has no ARN".to_owned())
}
