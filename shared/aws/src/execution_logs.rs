//! Logs of executions in `CloudWatch` Logs, written as the role of the state machine.
//!
//! `PutLogEvents` for each batch of lines, and `CreateLogStream` before the first of a day.

use std::ops::Range;

use model::{
    ExecutionId, Failure, FramePath, Integration, IntegrationPattern, Payload, RecordNumber,
    StateName, TaskCall, TaskResource,
};
use orchestrator::ports::{
    CallOrigin, CallOutcome, CallRequest, ExecutionLogBatch, ExecutionLogLine, ExecutionLogs,
    TaskCaller,
};
use serde_json::{Value, json};
use tracing::error;

use crate::AwsPorts;

/// Bytes of the lines of one request, with [`LINE_OVERHEAD_BYTES`] for each.
///
/// Spec: `CloudWatch` Logs, `PutLogEvents` § batch of events.
const BATCH_BYTES_MAX: usize = 1_048_576;
/// Lines of one request.
const BATCH_LINES_MAX: usize = 10_000;
/// What a line counts beside its bytes.
const LINE_OVERHEAD_BYTES: usize = 26;
/// The service in resources of Tasks.
const SERVICE: &str = "aws-sdk:cloudwatchlogs";
/// The answer if there is no such group or stream.
const NOT_FOUND: &str = "CloudWatchLogs.ResourceNotFoundException";
/// The answer if another process has created the stream.
const EXISTS: &str = "CloudWatchLogs.ResourceAlreadyExistsException";

impl<T, C, O> ExecutionLogs for AwsPorts<T, C, O>
where
    C: TaskCaller + Sync,
    Self: Sync,
{
    async fn write_log(&self, batch: ExecutionLogBatch<'_>) {
        if let Err(failure) = put_lines(&self.caller, &batch).await {
            error!(execution = %batch.execution, log_group = batch.logging.log_group_name(),
                failure.error, failure.cause, "the log of an execution could not be written");
        }
    }
}

async fn put_lines(caller: &impl TaskCaller, batch: &ExecutionLogBatch<'_>) -> Result<(), Failure> {
    let stream = log_stream_name(batch.execution, &batch.lines[0]);
    for range in split_into_requests(batch.lines) {
        let events: Vec<Value> = batch.lines[range]
            .iter()
            .map(|line| json!({ "Timestamp": line.at.as_milliseconds(), "Message": line.text }))
            .collect();
        let put = json!({
            "LogGroupName": batch.logging.log_group_name(),
            "LogStreamName": stream,
            "LogEvents": events,
        });
        let Err(failure) = call(caller, batch, "putLogEvents", put.clone()).await else { continue };
        if failure.error.as_deref() != Some(NOT_FOUND) {
            return Err(failure);
        }
        let create = json!({
            "LogGroupName": batch.logging.log_group_name(),
            "LogStreamName": stream,
        });
        match call(caller, batch, "createLogStream", create).await {
            Err(failure) if failure.error.as_deref() != Some(EXISTS) => return Err(failure),
            Ok(()) | Err(_) => {}
        }
        call(caller, batch, "putLogEvents", put).await?;
    }
    Ok(())
}

async fn call(
    caller: &impl TaskCaller,
    batch: &ExecutionLogBatch<'_>,
    action: &str,
    parameters: Value,
) -> Result<(), Failure> {
    let call = TaskCall {
        resource: TaskResource::Integration(Integration {
            service: SERVICE.to_owned(),
            action: action.to_owned(),
            pattern: IntegrationPattern::RequestResponse,
        }),
        payload: Payload::from_value(parameters),
        secret: None,
        credentials: None,
    };
    let request = CallRequest {
        asynchronous: false,
        call: &call,
        state: &StateName::new(action),
        origin: CallOrigin {
            account_region: batch.account_region,
            execution: batch.execution,
            frame: &FramePath::ROOT,
            claim: RecordNumber::FIRST,
            role_arn: batch.role_arn,
            task_role_arn: None,
        },
        deadline: None,
    };
    match caller.make_call(request).await {
        Some(CallOutcome::Failed(failure)) => Err(failure),
        Some(_) => Ok(()),
        None => Err(Failure::new("States.Runtime", format!("{action} cannot be called"))),
    }
}

/// One stream for each state machine and day, as AWS names its own: `states/<machine>/<date>`.
fn log_stream_name(execution: &ExecutionId, first: &ExecutionLogLine) -> String {
    let date: String = first.at.to_string().chars().take("2026-01-01".len()).collect();
    format!("states/{}/{date}", execution.machine_name())
}

/// Which lines go together into a request.
fn split_into_requests(lines: &[ExecutionLogLine]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (index, line) in lines.iter().enumerate() {
        let size = line.text.len() + LINE_OVERHEAD_BYTES;
        match ranges.last_mut() {
            Some(last) if bytes + size <= BATCH_BYTES_MAX && last.len() < BATCH_LINES_MAX => {
                last.end = index + 1;
                bytes += size;
            }
            Some(_) | None => {
                ranges.push(index..index + 1);
                bytes = size;
            }
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::FutureExt;
    use model::{AccountRegion, ExecutionLogging, LogLevel, Timestamp};

    use super::*;

    /// `CloudWatch` Logs with a group that has no stream yet.
    #[derive(Default)]
    struct LogService {
        has_stream: Mutex<bool>,
        calls: Mutex<Vec<(String, Value)>>,
    }

    impl TaskCaller for LogService {
        fn can_call(&self, _: &TaskResource) -> bool {
            true
        }

        async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
            let TaskResource::Integration(called) = &request.call.resource else { return None };
            let parameters = request.call.payload.json_value().clone();
            self.calls.lock().expect("whole").push((called.action.clone(), parameters));
            let mut has_stream = self.has_stream.lock().expect("whole");
            *has_stream |= called.action == "createLogStream";
            Some(if *has_stream {
                CallOutcome::Succeeded(Payload::empty_object())
            } else {
                CallOutcome::Failed(Failure::with_error_name(NOT_FOUND))
            })
        }
    }

    fn line(text: &str) -> ExecutionLogLine {
        ExecutionLogLine { at: Timestamp::from_milliseconds(86_400_000), text: text.to_owned() }
    }

    #[test]
    fn a_stream_is_created_when_it_is_missing() {
        let service = LogService::default();
        let logging = ExecutionLogging {
            level: LogLevel::All,
            include_execution_data: true,
            log_group_arn: "arn:aws:logs:us-east-1:000000000000:log-group:/g:*".to_owned(),
        };
        let batch = ExecutionLogBatch {
            logging: &logging,
            account_region: &AccountRegion::new("us-east-1", "000000000000"),
            execution: &"m:n:u".parse().expect("an id"),
            role_arn: "role",
            lines: &[line("a"), line("b")],
        };
        let put = put_lines(&service, &batch).now_or_never();
        assert_eq!(put, Some(Ok(())));
        let calls = service.calls.into_inner().expect("whole");
        let actions: Vec<&str> = calls.iter().map(|(action, _)| action.as_str()).collect();
        assert_eq!(actions, ["putLogEvents", "createLogStream", "putLogEvents"]);
        assert_eq!(
            calls[2].1,
            json!({
                "LogGroupName": "/g",
                "LogStreamName": "states/m/1970-01-02",
                "LogEvents": [
                    { "Timestamp": 86_400_000, "Message": "a" },
                    { "Timestamp": 86_400_000, "Message": "b" },
                ],
            })
        );
    }

    #[test]
    fn a_request_holds_as_many_bytes_and_lines_as_it_may() {
        let long = line(&"x".repeat(BATCH_BYTES_MAX / 2));
        let lines = [long.clone(), line("short"), long];
        assert_eq!(split_into_requests(&lines), [0..2, 2..3]);
        let many = vec![line("x"); BATCH_LINES_MAX + 1];
        assert_eq!(split_into_requests(&many), [0..BATCH_LINES_MAX, BATCH_LINES_MAX..many.len()]);
    }
}
