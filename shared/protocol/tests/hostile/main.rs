//! Bad clients: whatever they send is refused in AWS's form, and nothing ends in a panic or a fault.

mod api_double;
mod mutation;

use bytes::Bytes;
use http::{Request, Response};
use model::TaskToken;
use protocol::ApiPrincipal;
use random_stream::RandomStream;
use serde_json::{Value, json};

use api_double::{ARN_PREFIX, ApiDouble, DENIED_ROLE, ROLE};
use mutation::mutate_request;

/// How many mutated requests are sent.
const REQUESTS: u32 = 100_000;
const ANN: &str = "arn:aws:iam::000000000000:user/ann";
/// The variable that names another seed.
const SEED: &str = "SEED";

/// A request of each operation, in order.
fn requests(token: &str) -> Vec<(&'static str, Value)> {
    let definition = api_double::DEFINITION;
    let machine = format!("{ARN_PREFIX}:stateMachine:orders");
    let execution = format!("{ARN_PREFIX}:execution:orders:one");
    let activity = format!("{ARN_PREFIX}:activity:work");
    vec![
        (
            "CreateStateMachine",
            json!({"name": "orders", "definition": definition, "roleArn": ROLE,
            "type": "STANDARD", "tags": [{"key": "k", "value": "v"}]}),
        ),
        ("UpdateStateMachine", json!({"stateMachineArn": machine, "definition": definition})),
        ("DescribeStateMachine", json!({"stateMachineArn": machine, "includedData": "ALL_DATA"})),
        ("DescribeStateMachineForExecution", json!({"executionArn": execution})),
        ("ListStateMachines", json!({"maxResults": 10})),
        ("ListStateMachineVersions", json!({"stateMachineArn": machine})),
        ("ListStateMachineAliases", json!({"stateMachineArn": machine})),
        (
            "ValidateStateMachineDefinition",
            json!({"definition": definition, "severity": "WARNING"}),
        ),
        (
            "StartExecution",
            json!({"stateMachineArn": machine, "name": "one", "input": "{\"a\": [1]}"}),
        ),
        ("StartSyncExecution", json!({"stateMachineArn": machine, "input": "{}"})),
        ("DescribeExecution", json!({"executionArn": execution})),
        ("ListExecutions", json!({"stateMachineArn": machine, "statusFilter": "RUNNING"})),
        ("GetExecutionHistory", json!({"executionArn": execution, "reverseOrder": true})),
        ("ListMapRuns", json!({"executionArn": execution})),
        ("StopExecution", json!({"executionArn": execution, "error": "e", "cause": "c"})),
        ("RedriveExecution", json!({"executionArn": execution, "clientToken": "t"})),
        ("CreateActivity", json!({"name": "work"})),
        ("DescribeActivity", json!({"activityArn": activity})),
        ("ListActivities", json!({"nextToken": "AAAA"})),
        ("GetActivityTask", json!({"activityArn": activity, "workerName": "w"})),
        ("SendTaskSuccess", json!({"taskToken": token, "output": "{}"})),
        ("SendTaskFailure", json!({"taskToken": token, "error": "e", "cause": "c"})),
        ("SendTaskHeartbeat", json!({"taskToken": token})),
        ("TagResource", json!({"resourceArn": machine, "tags": [{"key": "k", "value": "v"}]})),
        ("UntagResource", json!({"resourceArn": machine, "tagKeys": ["k"]})),
        ("ListTagsForResource", json!({"resourceArn": machine})),
        (
            "TestState",
            json!({"definition": "{\"Type\": \"Pass\", \"End\": true}", "roleArn": ROLE,
            "input": "{\"a\": 1}", "inspectionLevel": "TRACE", "variables": "{\"v\": 1}"}),
        ),
        ("DeleteActivity", json!({"activityArn": activity})),
        (
            "DeleteStateMachine",
            json!({"stateMachineArn": format!("{ARN_PREFIX}:stateMachine:other")}),
        ),
        ("PublishStateMachineVersion", json!({"stateMachineArn": machine})),
        (
            "CreateStateMachineAlias",
            json!({"name": "live", "routingConfiguration":
            [{"stateMachineVersionArn": format!("{machine}:1"), "weight": 100}]}),
        ),
    ]
}

fn request(path: &str, operation: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let request =
        Request::post(path).header("x-amz-target", format!("AWSStepFunctions.{operation}"));
    request.body(body.into()).expect("a request")
}

/// What is wrong with an answer; none if a client can read it.
fn fault_of(answer: &Response<Bytes>) -> Option<String> {
    let content: Value = match serde_json::from_slice(answer.body()) {
        Ok(content) => content,
        Err(error) => return Some(format!("no JSON: {error}")),
    };
    let is_exception = content["__type"].is_string() && content["message"].is_string();
    match answer.status().as_u16() {
        200 if content.is_object() => None,
        400 | 413 if is_exception => None,
        status => Some(format!("{status}: {content}")),
    }
}

#[test]
fn no_request_is_answered_with_a_fault() {
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or(2026_u64);
    let mut random = RandomStream::new(seed.into());
    let api = ApiDouble::new();
    let token = TaskToken {
        execution: "orders:one".parse().expect("an id"),
        frame: "".parse().expect("a path"),
        secret: "07".parse().expect("a secret"),
    };
    let requests = requests(&token.to_string());
    for (operation, body) in &requests {
        let answer = api.answer(request("/", operation, body.to_string()));
        assert_eq!(fault_of(&answer), None, "{operation} as it should be");
    }
    let mut refused = 0_u32;
    for number in 0..REQUESTS {
        let at = random.next_below(requests.len() as u64);
        let (operation, body) = &requests[usize::try_from(at).expect("it is small")];
        let mutated = mutate_request(&mut random, operation, body);
        let sent = format!("{} {:?} {:?}", mutated.uri(), mutated.headers(), mutated.body());
        let answer = api.answer(mutated);
        refused += u32::from(answer.status() != 200);
        let fault = fault_of(&answer);
        assert!(fault.is_none(), "{SEED}={seed}, request {number}: {sent}\n{fault:?}");
    }
    assert!(refused > REQUESTS / 4 && refused < REQUESTS, "{refused} of {REQUESTS} were refused");
}

#[test]
fn who_may_not_pass_a_role_gives_it_to_no_machine() {
    let api = ApiDouble::new();
    let (operation, mut create) = requests("").swap_remove(0);
    let answer = |operation: &str, body: &Value, principal: Option<&str>| {
        let mut request = request("/", operation, body.to_string());
        if let Some(principal) = principal {
            request.extensions_mut().insert(ApiPrincipal(principal.to_owned()));
        }
        let answer = api.answer(request);
        let content: Value = serde_json::from_slice(answer.body()).expect("JSON");
        (answer.status().as_u16(), content)
    };
    let ann = Some(ANN);
    create["roleArn"] = DENIED_ROLE.into();
    let (status, refused) = answer(operation, &create, ann);
    assert_eq!((status, &refused["__type"]), (400, &json!("AccessDeniedException")));
    let message = format!(
        "User: {ANN} is not authorized to perform: iam:PassRole on \
         resource: {DENIED_ROLE} because no identity-based policy allows the iam:PassRole action"
    );
    assert_eq!(refused["message"], message);

    // Where no IAM stands before the API, everybody may.
    let (status, created) = answer(operation, &create, None);
    assert_eq!(status, 200, "{created}");
    let machine = &created["stateMachineArn"];
    let definition = &create["definition"];
    for (operation, body) in [
        // The machine keeps its role, and would do something else with it.
        ("UpdateStateMachine", json!({"stateMachineArn": machine, "definition": definition})),
        ("UpdateStateMachine", json!({"stateMachineArn": machine, "roleArn": DENIED_ROLE})),
        (
            "TestState",
            json!({"definition": "{\"Type\": \"Pass\", \"End\": true}", "roleArn": DENIED_ROLE}),
        ),
    ] {
        let (status, refused) = answer(operation, &body, ann);
        assert_eq!((status, &refused["__type"]), (400, &json!("AccessDeniedException")), "{body}");
    }
    let too_long = json!({"stateMachineArn": machine, "roleArn": DENIED_ROLE.repeat(9)});
    let (_, refused) = answer("UpdateStateMachine", &too_long, ann);
    assert_eq!(refused["__type"], "ValidationException", "nobody's role: {refused}");
    let replaced = json!({"stateMachineArn": machine, "roleArn": ROLE});
    assert_eq!(answer("UpdateStateMachine", &replaced, ann).0, 200, "this role may be passed");
    let twice = format!(
        r#"{{"stateMachineArn": {machine}, "roleArn": "{ROLE}", "roleArn": "{DENIED_ROLE}"}}"#
    );
    let mut twice = request("/", "UpdateStateMachine", twice);
    twice.extensions_mut().insert(ApiPrincipal(ANN.to_owned()));
    assert_eq!(api.answer(twice).status(), 400, "one of two roles is not checked");
}
