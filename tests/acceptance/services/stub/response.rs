//! The responses that the double gives.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{StubAnswer, StubRequest};

/// A response over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct StubResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// How the errors of a service are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StubProtocol {
    Json,
    Cbor,
    Query,
    Ec2,
    RestXml,
    /// Events in success, JSON in refusal.
    EventStream,
}

impl StubProtocol {
    /// The protocol of that name in a test case.
    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "json" => Self::Json,
            "cbor" => Self::Cbor,
            "query" => Self::Query,
            "ec2" => Self::Ec2,
            "rest-xml" => Self::RestXml,
            "event-stream" => Self::EventStream,
            other => panic!("{other} is no protocol"),
        }
    }
}

/// The id of every request.
pub(crate) const REQUEST_ID: &str = "stub-request";

impl StubResponse {
    /// A successful response: an object in the form of the protocol, or a text as it is.
    pub(crate) fn success(protocol: StubProtocol, body: &Value) -> Self {
        let body = match (protocol, body) {
            (_, Value::String(text)) => text.clone().into_bytes(),
            (StubProtocol::Cbor, body) => cbor_of(body),
            (StubProtocol::EventStream, body) => event_stream_of(body),
            (_, body) => body.to_string().into_bytes(),
        };
        Self::new(protocol, 200, body)
    }

    /// The response of a service that refuses with this code.
    pub(crate) fn refusal(protocol: StubProtocol, status: u16, code: &str) -> Self {
        let error = format!("<Code>{code}</Code><Message>refused</Message>");
        let body = match protocol {
            StubProtocol::Json | StubProtocol::EventStream => {
                json!({"__type": code, "message": "refused"}).to_string().into_bytes()
            }
            StubProtocol::Cbor => cbor_of(&json!({"__type": code, "message": "refused"})),
            StubProtocol::Query => {
                format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>").into_bytes()
            }
            StubProtocol::Ec2 => {
                format!("<Response><Errors><Error>{error}</Error></Errors></Response>").into_bytes()
            }
            StubProtocol::RestXml => format!("<Error>{error}</Error>").into_bytes(),
        };
        Self::new(protocol, status, body)
    }

    fn new(protocol: StubProtocol, status: u16, body: Vec<u8>) -> Self {
        let content_type = match protocol {
            StubProtocol::Json => "application/json",
            StubProtocol::Cbor => "application/cbor",
            StubProtocol::EventStream => "application/vnd.amazon.eventstream",
            StubProtocol::Query | StubProtocol::Ec2 | StubProtocol::RestXml => "text/xml",
        };
        let mut headers = vec![
            ("x-amzn-RequestId".to_owned(), REQUEST_ID.to_owned()),
            ("Content-Type".to_owned(), content_type.to_owned()),
        ];
        if protocol == StubProtocol::Cbor {
            headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
        }
        Self { status, headers, body }
    }

    pub(crate) fn with_headers(mut self, headers: &[(String, String)]) -> Self {
        self.headers.extend_from_slice(headers);
        self
    }

    pub(super) fn without_body(self) -> Self {
        Self { body: Vec::new(), ..self }
    }

    pub(super) fn unscripted(request: &StubRequest) -> Self {
        let message = format!("{} {} is not scripted", request.operation(), request.target());
        let body = json!({"__type": "Unscripted", "message": message}).to_string();
        Self::new(StubProtocol::Json, 404, body.into_bytes())
    }

    pub(super) fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        let mut response = Vec::new();
        write!(response, "HTTP/1.1 {} Said\r\n", self.status)?;
        for (name, value) in &self.headers {
            write!(response, "{name}: {value}\r\n")?;
        }
        write!(response, "Content-Length: {}\r\n\r\n", self.body.len())?;
        response.extend_from_slice(&self.body);
        writer.write_all(&response)?;
        writer.flush()
    }
}

impl From<StubResponse> for StubAnswer {
    fn from(response: StubResponse) -> Self {
        Self::Respond(response)
    }
}

fn cbor_of(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("JSON can be written as CBOR");
    bytes
}

/// The messages of a list of events, each an object with the event as the member of its name.
fn event_stream_of(events: &Value) -> Vec<u8> {
    let events = events.as_array().expect("a list of events").iter();
    events.flat_map(|event| event.as_object().into_iter().flatten()).flat_map(message_of).collect()
}

fn message_of((name, payload): (&String, &Value)) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).expect("a short message").to_be_bytes();
    let mut headers = Vec::new();
    for (header, value) in [(":message-type", "event"), (":event-type", name)] {
        headers.push(u8::try_from(header.len()).expect("a short name"));
        headers.extend_from_slice(header.as_bytes());
        headers.push(7);
        headers.extend(u16::try_from(value.len()).expect("a short value").to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let payload = payload.to_string();
    let mut message = Vec::new();
    message.extend(length(16 + headers.len() + payload.len()));
    message.extend(length(headers.len()));
    message.extend(crc32fast::hash(&message).to_be_bytes());
    message.extend(headers);
    message.extend_from_slice(payload.as_bytes());
    message.extend(crc32fast::hash(&message).to_be_bytes());
    message
}
