use serde_json::{Value, json};

use super::*;

const ORDERS: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";

fn ordered_of(event: &Value, machine: Option<&str>) -> StartRequest {
    let account_region = AccountRegion::new("us-east-1", "123456789012");
    parse_start_request(
        &event.to_string(),
        StarterSettings { account_region: &account_region, machine },
        "invocation",
    )
}

fn expected(reply_format: ReplyFormat, name: &str, input: &str) -> StartRequest {
    let (machine, name, input) = (Ok(ORDERS.to_owned()), name.to_owned(), input.to_owned());
    StartRequest { reply_format, machine, name, input, trace_header: None }
}

#[test]
fn a_request_says_what_the_api_takes() {
    let whole = json!({"stateMachineArn": ORDERS, "name": "n", "input": {"a": 1},
        "traceHeader": "Root=1"});
    let traced = StartRequest {
        trace_header: Some("Root=1".to_owned()),
        ..expected(ReplyFormat::Plain, "n", "{\"a\":1}")
    };
    assert_eq!(ordered_of(&whole, None), traced);
    for (input, text) in
        [(json!("{\"a\": 1.0}"), "{\"a\": 1.0}"), (json!(null), "{}"), (json!([1]), "[1]")]
    {
        let event = json!({"stateMachineArn": ORDERS, "input": input});
        assert_eq!(ordered_of(&event, None), expected(ReplyFormat::Plain, "invocation", text));
    }
}

#[test]
fn numbers_reach_the_execution_as_they_are() {
    let event = format!("{{\"stateMachineArn\": \"{ORDERS}\", \"input\": {{\"a\": 1.50e3}}}}");
    let account_region = AccountRegion::new("us-east-1", "123456789012");
    let ordered = parse_start_request(
        &event,
        StarterSettings { account_region: &account_region, machine: None },
        "i",
    );
    assert_eq!(ordered.input, "{\"a\": 1.50e3}");
}

#[test]
fn an_event_of_a_bus_is_the_input_and_names_the_execution() {
    let id = "6a7e8feb-b491-4cf7-a9f1-bf3703467718";
    let mut event = json!({"version": "0", "id": id, "detail-type": "order placed",
        "source": "com.example.shop", "account": "111122223333",
        "time": "2026-11-22T18:43:48Z", "region": "us-east-1", "resources": [],
        "detail": {"orderId": 42}});
    let ordered = ordered_of(&event, Some("orders"));
    assert_eq!(ordered, expected(ReplyFormat::Plain, id, &event.to_string()));
    event["replay-name"] = "again".into();
    assert_eq!(ordered_of(&event, Some("orders")).name, format!("{id}-again"));
}

#[test]
fn a_rest_api_names_the_machine_in_its_path() {
    let event = json!({"resource": "/start/{stateMachine}", "path": "/start/orders",
        "httpMethod": "POST", "headers": {"Idempotency-Key": "\"order-42\""},
        "pathParameters": {"stateMachine": "orders"}, "stageVariables": null,
        "requestContext": {"requestId": "r-1", "httpMethod": "POST", "stage": "prod"},
        "body": "{\"orderId\": 42}", "isBase64Encoded": false});
    let ordered = ordered_of(&event, None);
    assert_eq!(ordered, expected(ReplyFormat::Http, "order-42", "{\"orderId\": 42}"));
}

#[test]
fn an_http_api_may_name_it_by_its_stage() {
    let event = json!({"version": "2.0", "routeKey": "POST /start", "rawPath": "/start",
        "headers": {"idempotency-key": "order-42"}, "body": "eyJhIjoxfQ==",
        "stageVariables": {"stateMachine": "orders"}, "isBase64Encoded": true,
        "requestContext": {"requestId": "r-2", "http": {"method": "POST", "path": "/start"}}});
    assert_eq!(ordered_of(&event, None), expected(ReplyFormat::Http, "order-42", "{\"a\":1}"));
}

#[test]
fn a_request_without_a_body_has_an_empty_object() {
    let event = json!({"version": "2.0", "requestContext": {"http": {"method": "POST"}}});
    let ordered = ordered_of(&event, Some(ORDERS));
    assert_eq!(ordered, expected(ReplyFormat::Http, "invocation", "{}"));
}

#[test]
fn anything_else_is_the_input() {
    for event in [
        json!({"row": "10", "moisture": "75"}),
        json!({"requestContext": {"connectionId": "c"}}),
        json!({"id": 1, "source": "x", "detail-type": "y", "detail": {}}),
        json!({"stateMachineArn": ORDERS, "temperature": 7}),
        json!({"Records": []}),
        json!([]),
        json!(null),
    ] {
        let ordered = ordered_of(&event, Some("orders"));
        assert_eq!(ordered, expected(ReplyFormat::Plain, "invocation", &event.to_string()));
    }
}

#[test]
fn a_function_with_a_machine_of_its_own_starts_no_other() {
    let other = json!({"stateMachineArn": ORDERS.replace("orders", "other")});
    let refused = ordered_of(&other, Some("orders")).machine;
    assert_eq!(refused, Err(MachineSelectionError::NotTheOnlyMachine(ORDERS.to_owned())));
    assert_eq!(ordered_of(&json!({}), None).machine, Err(MachineSelectionError::Unnamed));
}

#[test]
fn a_key_that_is_no_name_becomes_one_of_its_own() {
    let key = |name: &str| {
        let event = json!({"stateMachineArn": ORDERS, "name": name});
        ordered_of(&event, None).name
    };
    let scheduled = key("nightly-2026-11-22T18:59:43Z");
    assert!(scheduled.starts_with("nightly-2026-11-22T18-59-43Z-"), "{scheduled}");
    assert_ne!(key("a:b"), key("a/b"));
    let long = key(&"x".repeat(300));
    assert_eq!(long.len(), 80);
    assert!(ResourceName::parse(&long).is_ok());
}
