//! An execution that is waited for.

use std::{process::ExitCode, time::Duration};

use serde_json::{Value, json};

use crate::{
    FAILED,
    client::ApiClient,
    standard_error::say_line,
    view::{cause_line, print_json, print_line},
};

/// The time between two questions: at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const WAIT_MAX: Duration = Duration::from_millis(500);

/// Waits that become longer, so that a short execution is seen at once and a long one costs little.
pub(super) struct PollingPace(Duration);

impl PollingPace {
    pub(super) const fn new() -> Self {
        Self(FIRST_WAIT)
    }

    /// Something happened: more may follow soon.
    pub(super) const fn hurry(&mut self) {
        self.0 = FIRST_WAIT;
    }

    pub(super) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 3 / 2).min(WAIT_MAX);
    }
}

/// Waits until an execution has ended, and returns its description.
pub(super) async fn wait_for_end(client: &ApiClient, arn: &str) -> anyhow::Result<Value> {
    let mut pace = PollingPace::new();
    loop {
        let described = client.call("DescribeExecution", json!({ "executionArn": arn })).await?;
        if !matches!(described["status"].as_str(), Some("RUNNING" | "PENDING_REDRIVE")) {
            return Ok(described);
        }
        pace.wait().await;
    }
}

/// Prints the output of an execution that has ended, or says why it has none.
pub(super) fn print_outcome(outcome: Value, as_json: bool) -> anyhow::Result<ExitCode> {
    let status = outcome["status"].as_str().unwrap_or_default().to_owned();
    let succeeded = status == "SUCCEEDED";
    if as_json {
        print_json(outcome)?;
    } else if succeeded {
        print_line(outcome["output"].as_str().unwrap_or_default())?;
    } else {
        let text = |name: &str| outcome[name].as_str().map(cause_line);
        let why = [text("error"), text("cause")].into_iter().flatten().collect::<Vec<_>>();
        say_line(&[vec![status], why].concat().join(": "));
    }
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}
