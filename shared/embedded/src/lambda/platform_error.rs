//! The error payloads that Lambda itself makes when a function returns none.
//!
//! `errorType` comes before `errorMessage`, as in aws-lambda-runtime-interface-emulator
//! (`interop.FunctionError`). Python's own errors have the reverse order.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use serde::Serialize;

use super::limits::RESPONSE_BYTES_MAX;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformError<'a> {
    error_type: &'a str,
    error_message: &'a str,
}

/// Returns the payload of an invocation whose process ended before it answered.
pub(super) fn exit_error_payload(request_id: &str, status: ExitStatus) -> String {
    let reason = match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, signal) => {
            let name = signal_name(signal.unwrap_or_default());
            let dumped = if status.core_dumped() { " (core dumped)" } else { "" };
            format!("Runtime exited with error: signal: {name}{dumped}")
        }
    };
    platform_error_payload("Runtime.ExitError", &format!("RequestId: {request_id} Error: {reason}"))
}

/// Returns the payload of an invocation that exceeded its timeout.
pub(super) fn timeout_error_payload(request_id: &str, timeout: Duration) -> String {
    let seconds = timeout.as_secs_f64();
    platform_error_payload(
        "Sandbox.Timedout",
        &format!("RequestId: {request_id} Error: Task timed out after {seconds:.2} seconds"),
    )
}

/// Returns the payload of an invocation whose response is larger than [`RESPONSE_BYTES_MAX`].
pub(super) fn response_too_large_payload() -> String {
    platform_error_payload(
        "Function.ResponseSizeTooLarge",
        &format!(
            "Response payload size exceeded maximum allowed payload size \
             ({RESPONSE_BYTES_MAX} bytes)."
        ),
    )
}

fn platform_error_payload(error_type: &str, error_message: &str) -> String {
    serde_json::to_string(&PlatformError { error_type, error_message })
        .expect("two strings are always JSON")
}

/// Returns Go's name of a signal, which is what Lambda prints.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_tells_its_status_or_signal() {
        let message = |raw| exit_error_payload("id", ExitStatus::from_raw(raw));
        assert_eq!(
            message(0x100),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: id Error: Runtime exited with error: exit status 1"}"#
        );
        assert!(message(0).ends_with(r#"Error: Runtime exited without providing a reason"}"#));
        assert!(message(9).ends_with(r#"exited with error: signal: killed"}"#));
        assert!(message(0x8b).ends_with(r#"segmentation fault (core dumped)"}"#));
    }

    #[test]
    fn a_timeout_tells_its_seconds_with_two_digits() {
        assert_eq!(
            timeout_error_payload("id", Duration::from_secs(3)),
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id Error: Task timed out after 3.00 seconds"}"#
        );
    }
}
