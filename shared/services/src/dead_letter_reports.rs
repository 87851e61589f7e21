//! The reports in the dead-letter queue of a deployment.

use serde_json::json;

use crate::ServiceClient;

/// Seconds for which a report that was read is hidden from whoever looks next.
const HIDDEN_SECONDS: u32 = 10;
/// Most reports that are read.
const REPORTS_MAX: usize = 1000;

/// Reads the reports in a queue and leaves them there: a thousand at most, in the form in which they were sent.
///
/// Errors: why they cannot be read.
pub async fn dead_letter_reports(
    client: &ServiceClient,
    queue_url: &str,
) -> Result<Vec<String>, String> {
    let mut reports = Vec::new();
    let parameters = json!({
        "QueueUrl": queue_url,
        "MaxNumberOfMessages": 10,
        "VisibilityTimeout": HIDDEN_SECONDS,
        "WaitTimeSeconds": 1,
    });
    while reports.len() < REPORTS_MAX {
        let received = client.call_as_itself(("sqs", "ReceiveMessage"), &parameters).await;
        let received = received.map_err(|failure| failure.describe())?;
        let messages = received.get("Messages").and_then(|messages| messages.as_array());
        let bodies = messages.into_iter().flatten();
        let before = reports.len();
        reports.extend(bodies.filter_map(|it| Some(it["Body"].as_str()?.to_owned())));
        if reports.len() == before {
            break;
        }
    }
    Ok(reports)
}
