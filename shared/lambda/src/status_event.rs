//! The event of a change of status, in AWS's shape.
//!
//! Spec: Developer Guide, "Automating Step Functions event delivery with `EventBridge`": times in
//! milliseconds; what is too large is left out, the input first.

use aws::StatusChange;
use model::{Outcome, Payload, Place, Timestamp};
use orchestrator::redrivable;
use serde_json::{Value, json};

/// Bytes, as JSON strings, of input and output in one event.
const DATA_BYTES_MAX: usize = 248 * 1024;

/// The event's `detail`.
pub(crate) fn detail(place: &Place, change: &StatusChange, now: Timestamp) -> Value {
    let StatusChange { id, execution, repeated: _ } = change;
    let (machine, name) = id.as_str().split_once(':').unwrap_or((id.as_str(), ""));
    let end = execution.end.as_ref();
    let output = end.and_then(|(_, outcome)| match outcome {
        Outcome::Succeeded(output) => Some(output),
        Outcome::Failed(_) | Outcome::TimedOut(_) | Outcome::Aborted(_) => None,
    });
    let failure = end.and_then(|(_, outcome)| match outcome {
        Outcome::Succeeded(_) => None,
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            Some(failure)
        }
    });
    let left = DATA_BYTES_MAX.saturating_sub(output.map_or(0, escaped_bytes));
    let input = Some(&execution.input).filter(|input| escaped_bytes(input) <= left);
    let shown = output.filter(|output| escaped_bytes(output) <= DATA_BYTES_MAX);
    let redriven = execution.facts.redriven.as_ref();
    let reason = redrivable(execution, now).err();
    json!({
        "executionArn": place.execution(id),
        "stateMachineArn": place.machine_arn(machine),
        "name": name,
        "status": execution.status().as_str(),
        "startDate": execution.facts.started_at.milliseconds(),
        "stopDate": end.map(|(at, _)| at.milliseconds()),
        "input": input.map(Payload::text),
        "inputDetails": {"included": input.is_some()},
        "output": shown.map(Payload::text),
        "outputDetails": output.map(|_| json!({"included": shown.is_some()})),
        "error": failure.and_then(|failure| failure.error.as_deref()),
        "cause": failure.and_then(|failure| failure.cause.as_deref()),
        "stateMachineVersionArn": null,
        "stateMachineAliasArn": null,
        "redriveCount": redriven.map_or(0, |redriven| redriven.count),
        "redriveDate": redriven.map(|redriven| redriven.at.milliseconds()),
        "redriveStatus": if reason.is_none() { "REDRIVABLE" } else { "NOT_REDRIVABLE" },
        "redriveStatusReason": reason.map(|reason| reason.to_string()),
    })
}

/// Bytes of a payload as a JSON string.
fn escaped_bytes(payload: &Payload) -> usize {
    let escape = |byte: u8| usize::from(matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t'));
    2 + payload.text().bytes().map(|byte| 1 + escape(byte)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use model::Failure;

    use super::*;
    use crate::testing::{change, place};

    fn told(change: &StatusChange) -> Value {
        let now = Timestamp::from_milliseconds(3_000);
        detail(&place(), change, now)
    }

    #[test]
    fn a_start_has_no_end() {
        let expected = json!({
            "executionArn": "arn:aws:states:us-east-1:123456789012:execution:m:e",
            "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
            "name": "e", "status": "RUNNING", "startDate": 1_000, "stopDate": null,
            "input": "{\"a\": 1}", "inputDetails": {"included": true},
            "output": null, "outputDetails": null, "error": null, "cause": null,
            "stateMachineVersionArn": null, "stateMachineAliasArn": null,
            "redriveCount": 0, "redriveDate": null, "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
        });
        assert_eq!(told(&change("{\"a\": 1}", None)), expected);
    }

    #[test]
    fn a_failure_tells_its_error() {
        let failed = told(&change("{}", Some(Outcome::Failed(Failure::new("E", "because")))));
        assert_eq!((&failed["status"], &failed["stopDate"]), (&json!("FAILED"), &json!(2_500)));
        assert_eq!((&failed["error"], &failed["cause"]), (&json!("E"), &json!("because")));
        assert_eq!(failed["redriveStatus"], "REDRIVABLE");
    }

    #[test]
    fn what_is_too_large_is_left_out_the_input_first() {
        let large = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
        let output = |bytes| Outcome::Succeeded(Payload::parse(&large(bytes)).expect("JSON"));
        let both = told(&change(&large(150_000), Some(output(150_000))));
        assert_eq!(
            (&both["input"], &both["inputDetails"]["included"]),
            (&Value::Null, &json!(false))
        );
        assert_eq!(both["outputDetails"]["included"], true);
        let neither = told(&change("{}", Some(output(260_000))));
        assert_eq!(neither["outputDetails"]["included"], false);
        assert_eq!(neither["output"], Value::Null);
    }
}
