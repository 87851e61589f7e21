//! The reports in the dead-letter queue of a deployment.

use serde_json::{Value, json};

use crate::ServiceClient;

/// Seconds for which a report is hidden from whoever else looks, while all are read.
const HIDDEN_SECONDS: u32 = 10;
/// Most reports that are read.
const REPORTS_MAX: usize = 1000;
/// Most messages of a request to SQS.
const BATCH_MAX: usize = 10;

/// A report in a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterReport {
    /// The report, in the form in which it was sent.
    pub body: String,
    /// By what the queue removes it, until it is read again.
    pub receipt: String,
    /// When it was sent, in milliseconds since the epoch.
    pub sent_at: Option<i64>,
}

/// Reads the reports in a queue and leaves them there, for whoever looks next: a thousand at most.
///
/// Errors: why they cannot be read.
pub async fn dead_letter_reports(
    client: &ServiceClient,
    queue_url: &str,
) -> Result<Vec<DeadLetterReport>, String> {
    let mut reports = Vec::new();
    let parameters = json!({
        "QueueUrl": queue_url,
        "MaxNumberOfMessages": BATCH_MAX,
        "VisibilityTimeout": HIDDEN_SECONDS,
        "WaitTimeSeconds": 1,
        "AttributeNames": ["SentTimestamp"],
    });
    while reports.len() < REPORTS_MAX {
        let received = client.call_as_itself(("sqs", "ReceiveMessage"), &parameters).await;
        let received = received.map_err(|failure| failure.describe())?;
        let messages = received.get("Messages").and_then(|messages| messages.as_array());
        let before = reports.len();
        reports.extend(messages.into_iter().flatten().filter_map(report_of_message));
        if reports.len() == before {
            break;
        }
    }
    for batch in reports.chunks(BATCH_MAX) {
        show_again(client, queue_url, batch).await;
    }
    Ok(reports)
}

/// Removes a report from a queue.
///
/// Errors: why it cannot be removed.
pub async fn remove_dead_letter_report(
    client: &ServiceClient,
    queue_url: &str,
    receipt: &str,
) -> Result<(), String> {
    let parameters = json!({ "QueueUrl": queue_url, "ReceiptHandle": receipt });
    let removed = client.call_as_itself(("sqs", "DeleteMessage"), &parameters).await;
    removed.map(drop).map_err(|failure| failure.describe())
}

fn report_of_message(message: &Value) -> Option<DeadLetterReport> {
    let sent_at = message["Attributes"]["SentTimestamp"].as_str();
    Some(DeadLetterReport {
        body: message["Body"].as_str()?.to_owned(),
        receipt: message["ReceiptHandle"].as_str().unwrap_or_default().to_owned(),
        sent_at: sent_at.and_then(|milliseconds| milliseconds.parse().ok()),
    })
}

/// Ends the time for which reports are hidden. Where that is not permitted, it ends by itself.
async fn show_again(client: &ServiceClient, queue_url: &str, reports: &[DeadLetterReport]) {
    let entry = |(number, report): (usize, &DeadLetterReport)| {
        json!({
            "Id": number.to_string(),
            "ReceiptHandle": report.receipt,
            "VisibilityTimeout": 0,
        })
    };
    let entries: Vec<Value> = reports.iter().enumerate().map(entry).collect();
    let parameters = json!({ "QueueUrl": queue_url, "Entries": entries });
    let operation = ("sqs", "ChangeMessageVisibilityBatch");
    client.call_as_itself(operation, &parameters).await.ok();
}
