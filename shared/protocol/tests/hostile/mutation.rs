//! Requests as broken or hostile clients send them.

use bytes::Bytes;
use http::{HeaderValue, Request};
use random_stream::RandomStream;
use serde_json::Value;

/// What programs trip over.
const TOKENS: [&str; 22] = [
    "null",
    "-1",
    "1e999",
    "18446744073709551616",
    "0.1",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"{% $states.input %}\"",
    "\"$..*\"",
    "\"States.Format('{}', $)\"",
    "\"arn:aws:states:us-east-1:000000000000:stateMachine:\"",
    "\"arn:aws:states:us-east-1:000000000000:stateMachine:a/b/c:1:2\"",
    "\"arn:aws:states:us-east-1:000000000000:execution:a\"",
    "\"arn:aws:states:us-east-1:000000000000:express:a:b:c\"",
    "\"arn:aws:states:eu-west-1:111111111111:mapRun:a/b:c\"",
    "\"::::::::::::::\"",
    "\"../../etc/passwd\"",
    "\"\u{202e}\u{fffd}\u{10ffff}\"",
];
const OPERATIONS: [&str; 6] = [
    "StartExecution",
    "DescribeMapRun",
    "startexecution",
    "",
    "Start Execution",
    "DeleteStateMachine",
];
const PATHS: [&str; 6] =
    ["/StartExecution/orders", "/StartExecution", "//", "/%00", "/TagResource/orders", "/a/b/c"];

fn below(random: &mut RandomStream, limit: usize) -> usize {
    usize::try_from(random.next_below(limit.max(1) as u64)).unwrap_or_default()
}

/// Makes a few changes to a request that is in order.
pub(crate) fn mutate_request(
    random: &mut RandomStream,
    operation: &str,
    body: &Value,
) -> Request<Bytes> {
    let mut value = body.clone();
    for _ in 0..random.next_below(3) {
        replace_member(random, &mut value);
    }
    let mut bytes = value.to_string().into_bytes();
    for _ in 0..random.next_below(3) {
        mutate_bytes(random, &mut bytes);
    }
    let path = match random.next_below(12) {
        0 => PATHS[below(random, PATHS.len())],
        _ => "/",
    };
    let operation = match random.next_below(20) {
        0 => OPERATIONS[below(random, OPERATIONS.len())],
        _ => operation,
    };
    let target = HeaderValue::from_str(&format!("AWSStepFunctions.{operation}"));
    let request = Request::post(path).header("x-amz-target", target.expect("printable"));
    request.body(bytes.into()).expect("a request")
}

/// Replaces the value of some member, at any depth, or nests it deeply.
fn replace_member(random: &mut RandomStream, value: &mut Value) {
    let count = match value {
        Value::Object(members) => members.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if count == 0 || random.next_below(3) == 0 {
        *value = replacement(random);
        return;
    }
    let at = below(random, count);
    let inner = match value {
        Value::Object(members) => members.values_mut().nth(at),
        Value::Array(items) => items.get_mut(at),
        _ => None,
    };
    if let Some(inner) = inner {
        replace_member(random, inner);
    }
}

fn replacement(random: &mut RandomStream) -> Value {
    match random.next_below(8) {
        0 => "x".repeat(below(random, 2000)).into(),
        1 => {
            let mut nested = Value::Null;
            for _ in 0..random.next_below(120) {
                nested = vec![nested].into();
            }
            nested
        }
        _ => serde_json::from_str(TOKENS[below(random, TOKENS.len())]).unwrap_or(Value::Null),
    }
}

/// Changes some bytes: as a text they may end up as no UTF-8 and no JSON.
fn mutate_bytes(random: &mut RandomStream, bytes: &mut Vec<u8>) {
    let at = below(random, bytes.len());
    let length = below(random, 1 + (bytes.len() - at).min(20));
    match random.next_below(6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..at + length)),
        2 => {
            let copy = bytes[at..at + length].to_vec();
            bytes.splice(at..at, copy);
        }
        3 => {
            let token = TOKENS[below(random, TOKENS.len())].bytes();
            bytes.splice(at..at + length, token);
        }
        4 => bytes.insert(at, b"\"\\{}[]:,\0\xff"[below(random, 10)]),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.next_below(8);
            }
        }
    }
}
