use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinSet};

use super::*;
use crate::settings::http_client;

const OK: &[(&str, &str)] = &[
    ("x-amzn-requestid", "id-1"),
    ("x-amz-executed-version", "$LATEST"),
    ("x-amz-log-result", "bG9n"),
];

#[tokio::test]
async fn an_answer_is_passed_on_with_its_headers() {
    let lambda = MockLambdaServer::answering_with(200, OK, r#"{"a": 1}"#).await;
    let invocation = lambda.invoke_add().await.expect("answered");
    assert_eq!(invocation.status_code, 200);
    assert_eq!(invocation.payload, r#"{"a": 1}"#);
    assert_eq!(invocation.executed_version.as_deref(), Some("$LATEST"));
    assert_eq!(invocation.log_result.as_deref(), Some("bG9n"));
    assert_eq!(invocation.request_id.as_deref(), Some("id-1"));
    assert_eq!(invocation.function_error, None);
    let executed = ("x-amz-executed-version".to_owned(), "$LATEST".to_owned());
    assert!(invocation.http_headers.contains(&executed), "{:?}", invocation.http_headers);
}

#[tokio::test]
async fn the_parameters_of_a_call_are_sent() {
    let lambda = MockLambdaServer::answering_with(202, &[], "").await;
    let call = InvokeRequest {
        qualifier: Some("live"),
        invocation_type: Some("Event"),
        client_context: Some("e30="),
        log_type: Some("Tail"),
        ..CALL
    };
    let invocation = lambda.client.invoke_function(call, &IDENTITY).await.expect("answered");
    assert_eq!((invocation.status_code, invocation.payload.as_str()), (202, ""));
    let seen = lambda.seen_requests();
    let path = "/2015-03-31/functions/add/invocations?Qualifier=live";
    assert_eq!(seen, [format!("POST {path} Event e30= Tail {{\"b\":2}}")]);
}

#[tokio::test]
async fn a_functions_error_is_an_answer() {
    let lambda =
        MockLambdaServer::answering_with(200, &[("x-amz-function-error", "Unhandled")], "{}").await;
    let invocation = lambda.invoke_add().await.expect("answered");
    assert_eq!(invocation.function_error.as_deref(), Some("Unhandled"));
}

#[tokio::test]
async fn a_refusal_tells_its_code_message_status_and_request() {
    let headers = [("x-amzn-requestid", "id-2"), ("x-amzn-errortype", "ResourceNotFoundException")];
    let body = r#"{"Type":"User","Message":"Function not found: add"}"#;
    let lambda = MockLambdaServer::answering_with(404, &headers, body).await;
    assert_eq!(
        lambda.invoke_add().await.expect_err("refused"),
        InvokeFailure::Service {
            code: "ResourceNotFoundException".into(),
            message: "Function not found: add".into(),
            status_code: 404,
            request_id: "id-2".into(),
        }
    );
}

#[tokio::test]
async fn a_throttled_call_is_not_repeated() {
    let headers = [("x-amzn-errortype", "TooManyRequestsException")];
    let lambda =
        MockLambdaServer::answering_with(429, &headers, r#"{"message":"Rate exceeded"}"#).await;
    let refused = lambda.invoke_add().await.expect_err("refused");
    let InvokeFailure::Service { code, message, .. } = refused else { panic!("{refused}") };
    assert_eq!((code.as_str(), message.as_str()), ("TooManyRequestsException", "Rate exceeded"));
    assert_eq!(lambda.seen_requests().len(), 1);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_told() {
    let denied = "<ErrorResponse><Error><Code>AccessDenied</Code>\
        <Message>not you</Message></Error></ErrorResponse>";
    let lambda = MockLambdaServer::answering_with(403, &[], denied).await;
    let error = test_client(lambda.address, CallerIdentity::Role)
        .await
        .invoke_function(CALL, &IDENTITY)
        .await;
    let error = error.expect_err("there are no credentials");
    let InvokeFailure::Role { role_arn, message } = &error else { panic!("{error:?}") };
    assert_eq!(role_arn, ROLE);
    assert!(message.contains("not you"), "{message}");
    let asked = lambda.seen_requests();
    assert!(asked.iter().all(|line| line.contains("Action=AssumeRole")), "{asked:?}");
}

#[tokio::test]
async fn a_role_of_a_state_that_cannot_be_assumed_is_told() {
    let denied = "<ErrorResponse><Error><Code>AccessDenied</Code>\
        <Message>not you</Message></Error></ErrorResponse>";
    let lambda = MockLambdaServer::answering_with(403, &[], denied).await;
    let other = TaskRole { role_arn: "other".to_owned(), external_id: "machine".to_owned() };
    let identity = InvokerIdentity { task_role: Some(other), ..IDENTITY };
    let client = test_client(lambda.address, CallerIdentity::Role).await;
    let error = client.invoke_function(CALL, &identity).await.expect_err("no credentials");
    let InvokeFailure::TaskRole { role_arn, .. } = &error else { panic!("{error:?}") };
    assert_eq!(role_arn, "other");
}

#[tokio::test]
async fn silence_is_a_transport_error() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error = test_client(address, CallerIdentity::Process)
        .await
        .invoke_function(CALL, &IDENTITY)
        .await
        .expect_err("nobody is there");
    let InvokeFailure::Transport { message } = &error else { panic!("{error}") };
    assert!(message.contains("Connection refused"), "{message}");
}

const ROLE: &str = "arn:aws:iam::000000000000:role/any";
const IDENTITY: InvokerIdentity<'_> = InvokerIdentity { role_arn: ROLE, task_role: None };
const CALL: InvokeRequest<'_> = InvokeRequest {
    function: "add",
    qualifier: None,
    payload: r#"{"b":2}"#,
    invocation_type: None,
    client_context: None,
    log_type: None,
};

/// A Lambda server that gives every call the same response.
struct MockLambdaServer {
    client: RemoteLambda,
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    _server: JoinSet<()>,
}

impl MockLambdaServer {
    async fn answering_with(
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let client = test_client(address, CallerIdentity::Process).await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (headers, log) = (headers.to_vec(), Arc::clone(&seen));
        let mut server = JoinSet::new();
        server.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service_fn(|request: Request<Incoming>| async {
                    let line = describe_request(request).await;
                    log.lock().expect("no panic").push(line);
                    let mut response = Response::builder().status(status);
                    for &(name, value) in &headers {
                        response = response.header(name, value);
                    }
                    Ok::<_, Infallible>(response.body(Full::new(Bytes::from(body))).expect("valid"))
                });
                // One connection at a time is enough for one client.
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                connection.await.expect("a clean end");
            }
        });
        Self { client, address, seen, _server: server }
    }

    async fn invoke_add(&self) -> Result<InvokeResponse, InvokeFailure> {
        self.client.invoke_function(CALL, &IDENTITY).await
    }

    fn seen_requests(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").clone()
    }
}

async fn describe_request(request: Request<Incoming>) -> String {
    let header = |name| {
        let value = request.headers().get(name).map(|value| value.to_str().expect("ascii"));
        value.unwrap_or("-").to_owned()
    };
    let [kind, context, log] =
        ["x-amz-invocation-type", "x-amz-client-context", "x-amz-log-type"].map(header);
    let line = format!("{} {} {kind} {context} {log}", request.method(), request.uri());
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    format!("{line} {}", String::from_utf8_lossy(&body))
}

async fn test_client(address: SocketAddr, identity: CallerIdentity) -> RemoteLambda {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let settings = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(format!("http://{address}"))
        .http_client(http_client())
        .load()
        .await;
    RemoteLambda::new(identity, settings)
}
