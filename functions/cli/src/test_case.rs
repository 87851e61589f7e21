//! `StartExecution` of a test case, as in Step Functions Local: `…:stateMachine:Order#HappyPath`.

use embedded::http::exception_response;
use hyper::{Request, Response, StatusCode, body::Bytes};
use model::{ResourceName, StateMachineArn};
use orchestrator::ports::RandomSource;
use protocol::requested_operation;
use serde_json::Value;
use system_clock::SystemClock;
use testkit::MockedExecutions;

/// The operations that start an execution.
const STARTS: [&str; 2] = ["StartExecution", "StartSyncExecution"];

/// Begins the test case that a request names, and returns the request without it. The execution
/// gets its name here, since its mocks must be registered before its first call. An error is the
/// response to send.
pub(crate) fn begin_test_case(
    cases: &MockedExecutions,
    request: Request<Bytes>,
) -> Result<Request<Bytes>, Box<Response<Bytes>>> {
    if !requested_operation(&request).is_some_and(|operation| STARTS.contains(&operation)) {
        return Ok(request);
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(request.body()) else { return Ok(request) };
    let Some((arn, case)) = split_test_case(&body) else { return Ok(request) };
    let name = match body.get("name").and_then(Value::as_str) {
        Some(name) => name.to_owned(),
        None => SystemClock.random_uuid(),
    };
    body["stateMachineArn"] = arn.as_str().into();
    body["name"] = name.as_str().into();
    // The API reports an invalid ARN or name.
    if let (Ok(machine), Ok(name)) = (StateMachineArn::parse(&arn), ResourceName::parse(&name)) {
        let execution = model::ExecutionId::from_names(&machine.name, &name);
        if let Err(error) = cases.begin_execution(&execution, machine.name.as_str(), &case) {
            let bad = StatusCode::BAD_REQUEST;
            return Err(Box::new(exception_response(bad, "InvalidName", &error.to_string())));
        }
    }
    let (head, _) = request.into_parts();
    Ok(Request::from_parts(head, Bytes::from(body.to_string())))
}

fn split_test_case(body: &Value) -> Option<(String, String)> {
    let (arn, case) = body.get("stateMachineArn")?.as_str()?.split_once('#')?;
    Some((arn.to_owned(), case.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use testkit::MockConfig;

    use super::*;

    const CONFIG: &str = r#"{"StateMachines": {"Order": {"TestCases": {"Happy": {"A": "R"}}}},
        "MockedResponses": {"R": {"0": {"Return": 1}}}}"#;
    const ARN: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:Order";

    fn start(operation: &str, arn: &str) -> Result<Value, StatusCode> {
        let cases = MockedExecutions::new(MockConfig::parse(CONFIG).expect("it is in order"));
        let body = json!({ "stateMachineArn": arn, "input": "{}" }).to_string();
        let target = format!("AWSStepFunctions.{operation}");
        let request = Request::post("/").header("x-amz-target", target).body(Bytes::from(body));
        match begin_test_case(&cases, request.expect("a request")) {
            Ok(request) => Ok(serde_json::from_slice(request.body()).expect("it is JSON")),
            Err(response) => Err(response.status()),
        }
    }

    #[test]
    fn a_start_of_a_test_case_loses_its_case_and_gets_a_name() {
        let body = start(STARTS[0], &format!("{ARN}#Happy")).expect("there is such a case");
        assert_eq!(body["stateMachineArn"], ARN);
        assert_eq!(body["name"].as_str().map(str::len), Some(36));
        assert_eq!(body["input"], "{}");
    }

    #[test]
    fn all_else_stays_as_it_is() {
        let body = start(STARTS[0], ARN).expect("it names no case");
        assert_eq!(body["name"], Value::Null);
        let named = format!("{ARN}#Happy");
        let other = start("DescribeStateMachine", &named).expect("no start");
        assert_eq!(other["stateMachineArn"], named);
    }

    #[test]
    fn an_unknown_case_is_refused() {
        assert_eq!(start(STARTS[0], &format!("{ARN}#Sad")), Err(StatusCode::BAD_REQUEST));
    }
}
