//! `http:invoke` and `apigateway:invoke` where their requests are not those of a service.

use serde_json::{Value, json};

use super::{
    server::CallingServer,
    stub::{StubAnswer, StubProtocol, StubResponse},
};

fn assert_failed(described: &Value, error: &str, cause: &str) {
    assert_eq!(described["error"], error, "{described}");
    let found = described["cause"].as_str().unwrap_or_default();
    assert!(found.contains(cause), "{described}");
}

fn connection(name: &str) -> Value {
    let arn = format!("arn:aws:events:us-east-1:000000000000:connection/{name}/1");
    json!({ "ConnectionArn": arn })
}

fn json_answer(body: &Value) -> StubAnswer {
    StubResponse::success(StubProtocol::Json, body).into()
}

#[test]
fn headers_that_are_not_the_users_are_refused() {
    let server = CallingServer::start();
    let endpoint = format!("http://{}/refused", server.stub.address());
    for (index, header) in ["Authorization", "Host", "X-Amz-Target", "Te"].iter().enumerate() {
        let parameters = json!({"ApiEndpoint": endpoint, "Method": "GET",
            "Authentication": connection("basic"), "Headers": {*header: "x"}});
        let ended = server.call(&format!("http{index}"), "http:invoke", &parameters);
        assert_failed(&ended, "States.Runtime", &format!("The header '{header}' is not allowed"));
        let parameters = json!({"ApiEndpoint": endpoint, "Method": "GET",
            "Headers": {*header: ["x"]}});
        let ended = server.call(&format!("api{index}"), "apigateway:invoke", &parameters);
        assert_failed(&ended, "States.Runtime", &format!("The header '{header}' is not allowed"));
    }
    assert_eq!(server.stub.requests("GET /refused", "refused").len(), 0);
}

#[test]
fn an_endpoint_that_nobody_serves_is_a_failure_of_the_socket() {
    let server = CallingServer::start();
    let closed = "http://127.0.0.1:1";
    let parameters = json!({"ApiEndpoint": closed, "Method": "GET",
        "Authentication": connection("basic")});
    assert_failed(&server.call("http", "http:invoke", &parameters), "States.Http.Socket", "");
    let parameters = json!({"ApiEndpoint": closed, "Method": "GET"});
    let ended = server.call("api", "apigateway:invoke", &parameters);
    assert_failed(&ended, "ApiGateway.SdkClientException", "");
}

#[test]
fn a_connection_that_is_not_in_the_file_is_read_from_eventbridge() {
    let server = CallingServer::start();
    let described = json!({"Name": "kept", "SecretArn": "arn:of-kept"});
    server.stub.script("AWSEvents.DescribeConnection", "kept", vec![json_answer(&described)]);
    let secret = json!({"username": "user", "password": "secret"}).to_string();
    let secret = json!({"ARN": "arn:of-kept", "SecretString": secret});
    server.stub.script("secretsmanager.GetSecretValue", "of-kept", vec![json_answer(&secret)]);
    server.stub.script("GET /kept", "kept", vec![json_answer(&json!({}))]);
    let parameters = |connected: &str| {
        json!({"ApiEndpoint": format!("http://{}/kept", server.stub.address()), "Method": "GET",
            "Authentication": connection(connected)})
    };
    let ended = server.call("kept", "http:invoke", &parameters("kept"));
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    let requests = server.stub.requests("GET /kept", "kept");
    assert_eq!(requests[0].header("authorization"), Some("Basic dXNlcjpzZWNyZXQ="));
    let ended = server.call("unknown", "http:invoke", &parameters("unknown"));
    assert_failed(&ended, "States.Permissions", "");
}

#[test]
fn a_token_that_is_not_granted_is_the_failure_of_its_endpoint() {
    let server = CallingServer::start();
    let endpoint = format!("http://{}/denied", server.stub.address());
    let described = json!({"Name": "denied", "SecretArn": "arn:of-denied"});
    server.stub.script("AWSEvents.DescribeConnection", "denied", vec![json_answer(&described)]);
    let secret = json!({"client_id": "c", "client_secret": "s", "authorization_endpoint": endpoint,
        "http_method": "POST"})
    .to_string();
    let secret = json!({"ARN": "arn:of-denied", "SecretString": secret});
    server.stub.script("secretsmanager.GetSecretValue", "of-denied", vec![json_answer(&secret)]);
    let denied = StubResponse::refusal(StubProtocol::Json, 401, "invalid_client");
    server.stub.script("POST /denied", "client_credentials", vec![denied.into()]);
    let parameters = json!({"ApiEndpoint": endpoint, "Method": "GET",
        "Authentication": connection("denied")});
    let ended = server.call("denied", "http:invoke", &parameters);
    assert_failed(&ended, "States.Http.StatusCode.401", "without an access token");
}
