//! Requests that are refused, and calls that are made.

use crate::{EngineSettings, ports::MockedFields};
use futures_util::FutureExt;
use model::{AccountRegion, Failure};
use serde_json::{Value, json};

use super::*;

/// A world in which it is always noon, nothing is random, and every function answers its payload.
struct Echo;

impl Clock for Echo {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(0)
    }

    fn sleep_until(&self, _: Timestamp) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

impl RandomSource for Echo {
    fn random_seed(&self) -> u128 {
        7
    }
}

impl TaskCaller for Echo {
    fn can_call(&self, resource: &TaskResource) -> bool {
        match resource {
            TaskResource::LambdaFunction { .. } => true,
            TaskResource::Integration(integration) => integration.is_action("lambda", "invoke"),
            TaskResource::Activity { .. } => false,
        }
    }

    fn check_mocked_result(
        &self,
        _: &TaskResource,
        result: &Value,
        _: MockedFields,
    ) -> Result<(), String> {
        match result.get("wrong") {
            Some(_) => Err("Field 'wrong' must be absent".to_owned()),
            None => Ok(()),
        }
    }

    fn make_call(
        &self,
        request: CallRequest<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send {
        std::future::ready(Some(CallOutcome::Succeeded(request.call.payload.clone())))
    }
}

impl ComputePool for Echo {}

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:echo";

#[expect(clippy::needless_pass_by_value, reason = "tests read better without borrows")]
fn request(definition: Value) -> TestState {
    TestState {
        definition: definition.to_string(),
        state_name: None,
        role_arn: None,
        input: None,
        variables: None,
        mock: None,
        context: None,
        configuration: TestStateConfiguration::default(),
    }
}

fn result(text: &str) -> TestStateMock {
    let validation = MockResponseValidationMode::Strict;
    TestStateMock { result: Some(text.to_owned()), error_output: None, validation }
}

fn raised(error: &str) -> TestStateMock {
    let error_output = Some(Failure::new(error, "because"));
    TestStateMock { result: None, error_output, validation: MockResponseValidationMode::Strict }
}

fn tested(request: TestState) -> Result<TestedState, String> {
    let account_region = AccountRegion {
        partition: "aws".into(),
        region: "us-east-1".into(),
        account: "000000000000".into(),
    };
    let context = EngineContext::new(EngineSettings::new(account_region));
    let answer = test_state(&Echo, &context, request).now_or_never().expect("nothing waits here");
    answer.map_err(|error| error.to_string())
}

fn output(request: TestState) -> Value {
    match tested(request).expect("the request is in order").inspection.status {
        InspectionStatus::Succeeded { output, .. } | InspectionStatus::Caught { output, .. } => {
            output.json_value().clone()
        }
        status @ (InspectionStatus::Failed(_) | InspectionStatus::Retriable(_)) => {
            panic!("no output: {status:?}")
        }
    }
}

fn task(fields: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": FUNCTION, "End": true});
    if let (Some(task), Value::Object(fields)) = (task.as_object_mut(), fields) {
        task.extend(fields);
    }
    task
}

fn map() -> Value {
    json!({"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "I",
        "States": {"I": {"Type": "Pass", "Result": "inner", "End": true}}}})
}

#[test]
fn a_task_without_a_mock_makes_its_call() {
    let call = TestState {
        role_arn: Some("arn:aws:iam::000000000000:role/r".to_owned()),
        input: Some(r#"{"a": 1}"#.to_owned()),
        ..request(task(json!({"Parameters": {"b.$": "$.a"}})))
    };
    assert_eq!(output(call), json!({"b": 1}));
    assert_eq!(
        tested(request(task(json!({})))),
        Err("RoleArn must be specified when testing a Task state".to_owned())
    );
}

#[test]
fn a_resource_that_cannot_be_called_can_be_mocked() {
    let arn = "arn:aws:states:::dynamodb:putItem";
    let put = request(task(json!({"Resource": arn})));
    let role_arn = Some("arn:aws:iam::000000000000:role/r".to_owned());
    let unmocked = TestState { role_arn, ..put.clone() };
    assert!(tested(unmocked).expect_err("no such call yet").contains(arn));
    assert_eq!(output(TestState { mock: Some(result("{}")), ..put.clone() }), json!({}));
    // What the caller does not accept is refused in its words.
    assert_eq!(
        tested(TestState { mock: Some(result(r#"{"wrong": 1}"#)), ..put }),
        Err("Mock result schema validation error: Field 'wrong' must be absent".to_owned())
    );
}

#[test]
fn a_mock_has_one_answer_that_fits_the_state() {
    let both = TestStateMock {
        result: Some("1".to_owned()),
        error_output: Some(Failure::default()),
        validation: MockResponseValidationMode::Strict,
    };
    let branch = json!({"StartAt": "B", "States": {"B": {"Type": "Succeed"}}});
    let parallel = json!({"Type": "Parallel", "End": true, "Branches": [branch]});
    let no_array = "Mocked result must be an array.";
    for (definition, mock, words) in [
        (
            task(json!({})),
            Some(both),
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (task(json!({})), Some(result("{")), "Mocked result must be valid JSON"),
        (map(), Some(result("{}")), no_array),
        (parallel.clone(), Some(result("{}")), no_array),
        (
            parallel,
            Some(result("[1, 2]")),
            "Mocked result must contain the same number of items as number of Parallel branches.",
        ),
        (
            json!({"Type": "Succeed"}),
            Some(result("1")),
            "State type 'Succeed' is not supported when a mock is specified",
        ),
        (
            map(),
            None,
            "TestState API does not support Map or Parallel states. Supported state types \
             include: [Task, Wait, Pass, Succeed, Fail, Choice]",
        ),
    ] {
        let refused = tested(TestState { mock, ..request(definition) });
        assert_eq!(refused, Err(words.to_owned()));
    }
}

#[test]
fn a_state_is_found_at_any_depth_of_a_machine() {
    let machine = json!({"StartAt": "M", "States": {"M": map()}});
    let inner = TestState { state_name: Some("I".to_owned()), ..request(machine.clone()) };
    assert_eq!(output(inner), json!("inner"));
    let none = TestState { state_name: Some("No".to_owned()), ..request(machine) };
    assert_eq!(tested(none), Err("State not found in definition".to_owned()));
}

#[test]
fn the_number_of_failed_iterations_needs_a_mock() {
    let configuration =
        TestStateConfiguration { iteration_failures: Some(0), ..TestStateConfiguration::default() };
    let refused = tested(TestState { configuration, ..request(json!("no state at all")) });
    assert_eq!(
        refused,
        Err("TestState does not support MapIterationFailureCount when a mock is not specified."
            .to_owned())
    );
}

#[test]
fn no_more_iterations_fail_than_there_are() {
    let failing = |count, data: Option<&str>, definition| {
        let configuration = TestStateConfiguration {
            iteration_failures: Some(count),
            item_reader_data: data.map(str::to_owned),
            ..TestStateConfiguration::default()
        };
        let input = Some("[1, 2]".to_owned());
        let mock = Some(raised("Broken"));
        tested(TestState { input, mock, configuration, ..request(definition) }).err()
    };
    let words =
        "Map iteration failure count must be less than or equal to the number of Map iterations";
    assert_eq!(failing(2, None, map()), None);
    assert_eq!(failing(3, None, map()).as_deref(), Some(words));
    let mut reading = map();
    reading["ItemReader"] = json!({"Resource": "arn:aws:states:::s3:getObject"});
    assert_eq!(failing(3, Some("[1, 2, 3]"), reading.clone()), None);
    assert_eq!(failing(4, Some("[1, 2, 3]"), reading.clone()).as_deref(), Some(words));
    assert_eq!(failing(9, None, reading), None);
}

#[test]
fn a_state_sees_the_context_object_of_a_test() {
    let state = json!({"Type": "Task", "Resource": FUNCTION, "QueryLanguage": "JSONata",
        "Output": "{% [$states.context.State.Name, $states.context.Execution.Name] %}",
        "End": true});
    let context = Some(r#"{"Execution": {"Name": "given"}}"#.to_owned());
    let own = TestState { mock: Some(result("1")), ..request(state) };
    assert_eq!(output(own.clone())[0], "StateName");
    let own = TestState { context, ..own };
    assert_eq!(output(own.clone()), json!(["given"]));
    assert_eq!(
        tested(TestState { mock: None, ..own }),
        Err("TestState does not support a Context object when a mock is not specified.".to_owned())
    );
}

#[test]
fn variables_are_read_and_shown() {
    let state = json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x + 1 %}",
        "Assign": {"y": "{% $x %}"}, "End": true});
    let given = TestState { variables: Some(r#"{"x": 1}"#.to_owned()), ..request(state) };
    assert_eq!(output(given.clone()), json!(2));
    let after = tested(given).expect("the request is in order").inspection.variables;
    let names: Vec<&str> = after.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["x", "y"]);
}

#[test]
fn a_catcher_whose_output_fails_is_still_named() {
    let state = task(json!({
        "Catch": [{"ErrorEquals": ["Lost"], "ResultPath": "$.a.b", "Next": "Found"}],
    }));
    let input = r#"{"a": 1}"#.to_owned();
    let request = TestState { mock: Some(raised("Lost")), input: Some(input), ..request(state) };
    let inspection = tested(request).expect("the request is in order").inspection;
    assert!(matches!(inspection.status, InspectionStatus::Failed(_)), "{:?}", inspection.status);
    assert_eq!(inspection.data.catcher, Some(0));
}

#[test]
fn a_mocked_error_is_retried_caught_or_neither() {
    let state = task(json!({
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2,
            "BackoffRate": 2}],
        "Catch": [{"ErrorEquals": ["Lost"], "Next": "Found"}],
    }));
    let after = |error: &str, retries| {
        let configuration = TestStateConfiguration { retries, ..TestStateConfiguration::default() };
        let request =
            TestState { mock: Some(raised(error)), configuration, ..request(state.clone()) };
        tested(request).expect("the request is in order").inspection
    };
    let again = after("Busy", 1);
    let details = RetryDetails { index: 0, backoff_milliseconds: Some(6_000) };
    assert_eq!(again.status, InspectionStatus::Retriable(Failure::new("Busy", "because")));
    assert_eq!(again.data.retry, Some(details));
    let used_up = after("Busy", 2);
    assert_eq!(used_up.status, InspectionStatus::Failed(Failure::new("Busy", "because")));
    assert_eq!(used_up.data.retry, Some(RetryDetails { backoff_milliseconds: None, ..details }));
    let caught = after("Lost", 0);
    assert!(
        matches!(caught.status, InspectionStatus::Caught { next, .. } if next.as_str() == "Found")
    );
    assert_eq!((caught.data.catcher, caught.data.retry), (Some(0), None));
}

#[test]
fn more_failed_iterations_than_are_tolerated_fail_the_map() {
    let with_mock = |mock: TestStateMock, failures: u32, fields: Value| {
        let mut definition = map();
        if let (Some(definition), Value::Object(fields)) = (definition.as_object_mut(), fields) {
            definition.extend(fields);
        }
        let configuration =
            TestStateConfiguration { iteration_failures: Some(failures), ..Default::default() };
        let request = TestState {
            input: Some("[1, 2, 3, 4]".to_owned()),
            mock: Some(mock),
            configuration,
            ..request(definition)
        };
        tested(request).expect("the request is in order").inspection
    };
    let failing = |failures: u32, fields| with_mock(result("[1, 2, 3]"), failures, fields);
    let words = Failure::new(
        "States.ExceedToleratedFailureThreshold",
        "The specified tolerated failure threshold was exceeded",
    );
    let failed = InspectionStatus::Failed(words.clone());
    assert_eq!(failing(1, json!({})).status, failed);
    let mocked = InspectionStatus::Failed(Failure::new("Busy", "because"));
    assert_eq!(with_mock(raised("Busy"), 1, json!({})).status, mocked, "it has failed already");
    assert_eq!(failing(2, json!({"ToleratedFailureCount": 1})).status, failed);
    assert_eq!(failing(2, json!({"ToleratedFailurePercentage": 49.5})).status, failed);
    for tolerated in
        [json!({"ToleratedFailureCount": 2}), json!({"ToleratedFailurePercentage": 50})]
    {
        let status = failing(2, tolerated).status;
        assert!(matches!(status, InspectionStatus::Succeeded { .. }), "{status:?}");
    }
    let caught = failing(1, json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Mend"}]}));
    assert!(matches!(caught.status, InspectionStatus::Caught { failure, .. } if failure == words));
    assert_eq!(caught.data.catcher, Some(0));
    let retried = failing(1, json!({"Retry": [{"ErrorEquals": ["States.ALL"]}]}));
    assert_eq!(retried.status, InspectionStatus::Retriable(words));
    assert_eq!(
        retried.data.retry,
        Some(RetryDetails { index: 0, backoff_milliseconds: Some(1_000) })
    );
}

#[test]
fn secrets_of_a_mocked_call_are_not_revealed() {
    let configuration = TestStateConfiguration { reveals_secrets: true, ..Default::default() };
    let mocked = TestState { configuration, mock: Some(result("{}")), ..request(task(json!({}))) };
    assert_eq!(
        tested(mocked),
        Err("TestState does not support RevealSecrets when a mock is specified.".to_owned())
    );
}

#[test]
fn a_context_that_is_given_is_shown_as_it_is() {
    let shown = |given: &str, resource: &str| {
        let definition = task(json!({"Resource": resource, "Parameters": {"seen.$": "$$"}}));
        let mocked = TestState {
            context: Some(given.to_owned()),
            mock: Some(result("{}")),
            ..request(definition)
        };
        let tested = tested(mocked)?;
        let parameters = tested.inspection.data.parameters.expect("a Task has parameters");
        Ok::<_, String>(parameters.json_value()["seen"].clone())
    };
    let invoke = "arn:aws:states:::lambda:invoke";
    assert_eq!(shown("{}", invoke), Ok(json!({})));
    assert_eq!(
        shown(r#"{"State": {"Name": "Mine"}}"#, invoke),
        Ok(json!({"State": {"Name": "Mine"}}))
    );
    let token = r#"{"Task": {"Token": "t"}}"#;
    let waits = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    assert_eq!(shown(token, waits), Ok(json!({"Task": {"Token": "t"}})));
    let refused = shown(token, invoke).expect_err("it does not wait");
    assert!(refused.starts_with("Invalid Context object provided: Context object contains 'Task'"));
}
