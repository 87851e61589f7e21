use super::*;

const ORDERS: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";
const OWN: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:own";

/// The way, and machine, name and input of the request.
fn ordered(event: &Value) -> (Way, [Value; 3]) {
    let event = RawValue::from_string(event.to_string()).expect("JSON");
    let place = Place::new("us-east-1", "123456789012");
    let own = Own { place: &place, state_machine: Some(OWN) };
    let Order { way, request } = order(&event, &own, "invocation");
    (way, ["stateMachineArn", "name", "input"].map(|member| request[member].clone()))
}

fn expected(machine: &str, name: &str, input: &str) -> [Value; 3] {
    [machine, name, input].map(Value::from)
}

#[test]
fn an_event_of_a_bus_is_the_input_and_names_the_execution() {
    let event = json!({"version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created", "source": "aws.s3", "account": "123456789012",
        "time": "2026-11-12T00:00:00Z", "region": "us-east-1", "resources": [],
        "detail": {"bucket": {"name": "b"}}});
    let (way, request) = ordered(&event);
    assert_eq!(way, Way::Event);
    let id = "17793124-05d4-b198-2fde-7ededc63b103";
    assert_eq!(request, expected(OWN, id, &event.to_string()));
}

#[test]
fn a_rest_api_names_the_machine_in_its_path() {
    let event = json!({"resource": "/start/{stateMachine}", "path": "/start/orders",
        "httpMethod": "POST", "headers": {"Content-Type": "application/json"},
        "pathParameters": {"stateMachine": "orders"}, "body": "{\"a\": 1}",
        "isBase64Encoded": false,
        "requestContext": {"requestId": "r-1", "httpMethod": "POST", "stage": "prod"}});
    assert_eq!(ordered(&event), (Way::Proxy, expected(ORDERS, "r-1", "{\"a\": 1}")));
}

#[test]
fn an_http_api_has_its_key_in_a_header() {
    let event = json!({"version": "2.0", "routeKey": "POST /start", "rawPath": "/start",
        "headers": {"idempotency-key": "order-42"}, "body": "eyJhIjoxfQ==",
        "isBase64Encoded": true,
        "requestContext": {"requestId": "r-2", "http": {"method": "POST", "path": "/start"}}});
    assert_eq!(ordered(&event), (Way::Proxy, expected(OWN, "order-42", "{\"a\":1}")));
}

#[test]
fn a_request_without_a_body_has_an_empty_object() {
    let event = json!({"version": "2.0", "requestContext": {"requestId": "r", "http": {}}});
    assert_eq!(ordered(&event), (Way::Proxy, expected(OWN, "r", "{}")));
}

#[test]
fn whoever_invokes_the_function_says_what_the_api_takes() {
    let event = json!({"stateMachineArn": ORDERS, "name": "n", "input": "{\"a\": 1}"});
    assert_eq!(ordered(&event), (Way::Direct, expected(ORDERS, "n", "{\"a\": 1}")));
    let event = json!({"stateMachineArn": "orders", "input": {"a": 1}});
    assert_eq!(ordered(&event), (Way::Direct, expected(ORDERS, "invocation", "{\"a\":1}")));
}

#[test]
fn anything_else_is_the_input() {
    for event in [
        json!({"temperature": 21, "clientId": "c"}),
        json!({"input": 1, "other": 2}),
        json!({"requestContext": "mine"}),
        json!(["a"]),
        json!(null),
    ] {
        let (way, request) = ordered(&event);
        assert_eq!(way, Way::Event);
        assert_eq!(request, expected(OWN, "invocation", &event.to_string()));
    }
}

#[test]
fn a_function_without_a_machine_of_its_own_leaves_that_to_the_api() {
    let place = Place::new("us-east-1", "123456789012");
    let event = RawValue::from_string("{}".to_owned()).expect("JSON");
    let own = Own { place: &place, state_machine: None };
    assert_eq!(order(&event, &own, "i").request.get("stateMachineArn"), None);
}
