use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use aws_sdk_lambda::config::{Credentials, Region};
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

const OK: &[(&str, &str)] = &[
    ("x-amzn-requestid", "id-1"),
    ("x-amz-executed-version", "$LATEST"),
    ("x-amz-log-result", "bG9n"),
];

#[tokio::test]
async fn an_answer_is_passed_on_with_its_headers() {
    let lambda = Double::answering(200, OK, r#"{"a": 1}"#).await;
    let invocation = lambda.invoke().await.expect("answered");
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
    let lambda = Double::answering(202, &[], "").await;
    let call = RemoteCall {
        qualifier: Some("live"),
        invocation_type: Some("Event"),
        client_context: Some("e30="),
        log_type: Some("Tail"),
        ..CALL
    };
    let invocation = lambda.client.invoke(call).await.expect("answered");
    assert_eq!((invocation.status_code, invocation.payload.as_str()), (202, ""));
    let seen = lambda.seen();
    let path = "/2015-03-31/functions/add/invocations?Qualifier=live";
    assert_eq!(seen, [format!("POST {path} Event e30= Tail {{\"b\":2}}")]);
}

#[tokio::test]
async fn a_functions_error_is_an_answer() {
    let lambda = Double::answering(200, &[("x-amz-function-error", "Unhandled")], "{}").await;
    let invocation = lambda.invoke().await.expect("answered");
    assert_eq!(invocation.function_error.as_deref(), Some("Unhandled"));
}

#[tokio::test]
async fn a_refusal_tells_its_code_message_status_and_request() {
    let headers = [("x-amzn-requestid", "id-2"), ("x-amzn-errortype", "ResourceNotFoundException")];
    let body = r#"{"Type":"User","Message":"Function not found: add"}"#;
    let lambda = Double::answering(404, &headers, body).await;
    assert_eq!(
        lambda.invoke().await.expect_err("refused"),
        RemoteError::Service {
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
    let lambda = Double::answering(429, &headers, r#"{"message":"Rate exceeded"}"#).await;
    let refused = lambda.invoke().await.expect_err("refused");
    let RemoteError::Service { code, message, .. } = refused else { panic!("{refused}") };
    assert_eq!((code.as_str(), message.as_str()), ("TooManyRequestsException", "Rate exceeded"));
    assert_eq!(lambda.seen().len(), 1);
}

#[tokio::test]
async fn silence_is_a_transport_error() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error = client(address).invoke(CALL).await.expect_err("nobody is there");
    let RemoteError::Transport { message } = &error else { panic!("{error}") };
    assert!(message.contains("Connection refused"), "{message}");
}

const CALL: RemoteCall<'_> = RemoteCall {
    function: "add",
    qualifier: None,
    payload: r#"{"b":2}"#,
    invocation_type: None,
    client_context: None,
    log_type: None,
};

/// A Lambda that gives every call the same answer.
struct Double {
    client: RemoteLambda,
    seen: Arc<Mutex<Vec<String>>>,
    _server: JoinSet<()>,
}

impl Double {
    async fn answering(
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let client = client(listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (headers, log) = (headers.to_vec(), Arc::clone(&seen));
        let mut server = JoinSet::new();
        server.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service_fn(|request: Request<Incoming>| async {
                    let line = describe(request).await;
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
        Self { client, seen, _server: server }
    }

    async fn invoke(&self) -> Result<RemoteInvocation, RemoteError> {
        self.client.invoke(CALL).await
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").clone()
    }
}

async fn describe(request: Request<Incoming>) -> String {
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

fn client(address: SocketAddr) -> RemoteLambda {
    let credentials = Credentials::new("test", "test", None, None, "test");
    RemoteLambda::with_config(
        &aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url(format!("http://{address}"))
            .http_client(http_client())
            .build(),
    )
}
