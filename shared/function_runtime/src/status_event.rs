//! The EventBridge event of a status change, in AWS's shape.
//!
//! Spec: Developer Guide, "Automating Step Functions event delivery with `EventBridge`": times are
//! in milliseconds; data that is too large is left out, the input first.

use model::{AccountRegion, FrameOutcome, Payload, Timestamp};
use orchestrator::api::check_redrivable;
use orchestrator::ports::StatusChange;
use serde_json::{Value, json};

/// Bytes of input and output together in one event, as JSON strings.
const DATA_BYTES_MAX: usize = 248 * 1024;

/// The event's `detail`.
pub(crate) fn status_event_detail(
    account_region: &AccountRegion,
    change: &StatusChange,
    now: Timestamp,
) -> Value {
    let StatusChange { id, execution, repeated: _ } = change;
    let (machine, name) = id.names();
    let end = execution.end.as_ref();
    let output = end.and_then(|(_, outcome)| match outcome {
        FrameOutcome::Succeeded(output) => Some(output),
        FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_) => None,
    });
    let failure = end.and_then(|(_, outcome)| match outcome {
        FrameOutcome::Succeeded(_) => None,
        FrameOutcome::Failed(failure)
        | FrameOutcome::TimedOut(failure)
        | FrameOutcome::Aborted(failure) => Some(failure),
    });
    let left = DATA_BYTES_MAX.saturating_sub(output.map_or(0, json_string_bytes));
    let input = Some(&execution.input).filter(|input| json_string_bytes(input) <= left);
    let shown = output.filter(|output| json_string_bytes(output) <= DATA_BYTES_MAX);
    let redriven = execution.facts.last_redrive.as_ref();
    let reason = check_redrivable(id, execution, now).err();
    let version = execution.facts.version.as_ref();
    let alias = version.and_then(|version| version.alias.as_ref());
    json!({
        "executionArn": account_region.execution_arn(id),
        "stateMachineArn": account_region.state_machine_arn(machine),
        "name": name,
        "status": execution.status().as_str(),
        "startDate": execution.facts.started_at.as_milliseconds(),
        "stopDate": end.map(|(at, _)| at.as_milliseconds()),
        "input": input.map(Payload::json_text),
        "inputDetails": {"included": input.is_some()},
        "output": shown.map(Payload::json_text),
        "outputDetails": output.map(|_| json!({"included": shown.is_some()})),
        "error": failure.and_then(|failure| failure.error.as_deref()),
        "cause": failure.and_then(|failure| failure.cause.as_deref()),
        "stateMachineVersionArn":
            version.map(|version| account_region.version_arn(machine, version.number)),
        "stateMachineAliasArn": alias.map(|alias| account_region.alias_arn(machine, alias)),
        "redriveCount": redriven.map_or(0, |redriven| redriven.count),
        "redriveDate": redriven.map(|redriven| redriven.requested_at.as_milliseconds()),
        "redriveStatus": if reason.is_none() { "REDRIVABLE" } else { "NOT_REDRIVABLE" },
        "redriveStatusReason": reason.map(|reason| reason.to_string()),
    })
}

/// Bytes of a payload as a JSON string.
fn json_string_bytes(payload: &Payload) -> usize {
    let escape = |byte: u8| usize::from(matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t'));
    2 + payload.json_text().bytes().map(|byte| 1 + escape(byte)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use model::Failure;

    use super::*;
    use crate::testing::{sample_account_region, sample_status_change, with_version};

    fn told(change: &StatusChange) -> Value {
        let now = Timestamp::from_milliseconds(3_000);
        status_event_detail(&sample_account_region(), change, now)
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
        assert_eq!(told(&sample_status_change("{\"a\": 1}", None)), expected);
    }

    #[test]
    fn a_start_by_an_alias_names_its_version() {
        let change = with_version(sample_status_change("{}", None));
        let event = told(&change);
        let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
        assert_eq!(event["stateMachineArn"], machine);
        assert_eq!(event["stateMachineVersionArn"], format!("{machine}:1"));
        assert_eq!(event["stateMachineAliasArn"], format!("{machine}:live"));
    }

    #[test]
    fn a_failure_tells_its_error() {
        let failed = told(&sample_status_change(
            "{}",
            Some(FrameOutcome::Failed(Failure::new("E", "because"))),
        ));
        assert_eq!((&failed["status"], &failed["stopDate"]), (&json!("FAILED"), &json!(2_500)));
        assert_eq!((&failed["error"], &failed["cause"]), (&json!("E"), &json!("because")));
        assert_eq!(failed["redriveStatus"], "REDRIVABLE");
    }

    #[test]
    fn what_is_too_large_is_left_out_the_input_first() {
        let large = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
        let output = |bytes| FrameOutcome::Succeeded(Payload::parse(&large(bytes)).expect("JSON"));
        let both = told(&sample_status_change(&large(150_000), Some(output(150_000))));
        assert_eq!(
            (&both["input"], &both["inputDetails"]["included"]),
            (&Value::Null, &json!(false))
        );
        assert_eq!(both["outputDetails"]["included"], true);
        let neither = told(&sample_status_change("{}", Some(output(260_000))));
        assert_eq!(neither["outputDetails"]["included"], false);
        assert_eq!(neither["output"], Value::Null);
    }
}
