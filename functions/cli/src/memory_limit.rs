//! `--memory-limit`: how much memory the process may take, and which requests are refused while it is
//! critical.

use embedded::http::exception_response;
use hyper::{Request, Response, StatusCode, body::Bytes};
use protocol::requested_operation;

/// What takes on work of which nobody knows how much memory it will take.
const WORK_STARTING_OPERATIONS: [&str; 6] = [
    "StartExecution",
    "StartSyncExecution",
    "RedriveExecution",
    "TestState",
    "CreateStateMachine",
    "UpdateStateMachine",
];

/// Reads a number of bytes: `512M`, `2G`, `1073741824`.
pub(crate) fn parse_memory(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let shift = match unit.trim_end_matches("iB").trim_end_matches('B') {
        "" => 0,
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        _ => return Err(format!("`{unit}` is no unit of memory: K, M or G")),
    };
    let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| "a number of bytes, as in 512M".to_owned())
}

/// Whether a request asks for more work.
pub(crate) fn takes_on_work<B>(request: &Request<B>) -> bool {
    requested_operation(request)
        .is_some_and(|operation| WORK_STARTING_OPERATIONS.contains(&operation))
}

/// What clients take for a reason to try again later, as every SDK does by itself.
///
/// Spec: API Reference, "Common Error Types" § `ThrottlingException`.
pub(crate) fn throttle() -> Response<Bytes> {
    exception_response(StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_a_unit_or_is_in_bytes() {
        let sizes = ["512M", "512MiB", "2G", "64k", "1000"].map(parse_memory);
        assert_eq!(sizes, [512 << 20, 512 << 20, 2 << 30, 64 << 10, 1000].map(Ok));
        for refused in ["", "M", "0", "1.5G", "5 GB", "5T", "99999999999G"] {
            assert!(parse_memory(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn what_ends_work_is_never_refused() {
        let takes_on = |operation: &str| {
            let target = format!("AWSStepFunctions.{operation}");
            let request = Request::post("/").header("x-amz-target", target);
            takes_on_work(&request.body(()).expect("a request"))
        };
        assert!(takes_on("StartExecution") && takes_on("TestState"));
        for answered in ["StopExecution", "SendTaskSuccess", "DescribeExecution", "Unknown"] {
            assert!(!takes_on(answered), "{answered}");
        }
    }
}
