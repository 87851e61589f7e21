//! Does the built extension register, and sign what the SDK beside it sends?

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::mpsc::channel,
    thread,
};

/// A child that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A request: its head in lower case, and its body; none at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).expect("it is text")))
}

fn answer(stream: &mut TcpStream, headers: &str, body: &str) {
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).expect("it is read");
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

#[test]
fn an_sdk_beside_it_reaches_the_deployment() {
    let (lambda, lambda_port) = listener();
    let (gateway, gateway_port) = listener();
    let port = listener().1;
    let _extension = Running(
        Command::new(env!("CARGO_BIN_EXE_statewright-proxy"))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{lambda_port}"))
            .env("STATEWRIGHT_ENDPOINT", format!("http://127.0.0.1:{gateway_port}"))
            .env("STATEWRIGHT_PROXY_PORT", port.to_string())
            .envs([("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "AKID")])
            .envs([("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_SESSION_TOKEN", "session")])
            .spawn()
            .expect("the built binary runs"),
    );
    let (seen, requests) = channel();
    thread::spawn(move || {
        for stream in lambda.incoming() {
            let (mut stream, seen) = (stream.expect("a connection"), seen.clone());
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
                while let Some((head, body)) = read_request(&mut reader) {
                    // The next event never comes.
                    if head.starts_with("post /2020-01-01/extension/register") {
                        let known =
                            r#"{"functionName": "f", "functionVersion": "1", "handler": "h"}"#;
                        answer(&mut stream, "Lambda-Extension-Identifier: id\r\n", known);
                    }
                    seen.send((head, body)).expect("the test listens");
                }
            });
        }
    });
    let (head, body) = requests.recv().expect("it registers");
    assert!(head.contains("lambda-extension-name: statewright-proxy"), "{head}");
    assert!(body.contains("SHUTDOWN") && !body.contains("INVOKE"), "{body}");
    let (head, _) = requests.recv().expect("it is ready");
    assert!(head.starts_with("get /2020-01-01/extension/event/next"), "{head}");

    let mut client = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: the SDK's own\r\n\
         X-Amz-Target: AWSStepFunctions.ListStateMachines\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    client.write_all(request.as_bytes()).expect("it is read");
    let (mut forwarded, _) = gateway.accept().expect("it is forwarded");
    let mut reader = BufReader::new(forwarded.try_clone().expect("a second handle"));
    let (head, body) = read_request(&mut reader).expect("a request");
    assert!(head.starts_with("post /liststatemachines http/1.1"), "{head}");
    assert!(head.contains("/eu-west-1/execute-api/aws4_request"), "{head}");
    assert!(head.contains("credential=akid/") && !head.contains("the sdk's own"), "{head}");
    assert!(head.contains("x-amz-security-token: session"), "{head}");
    assert_eq!(body, "{}");
    answer(&mut forwarded, "", r#"{"stateMachines": []}"#);
    let mut line = String::new();
    BufReader::new(client).read_line(&mut line).expect("an answer");
    assert_eq!(line, "HTTP/1.1 200 OK\r\n");
}
