//! The paths of operations, by which IAM authorises requests.
//!
//! ```text
//! POST /StartExecution/orders     an operation on the state machine or activity of that name
//! POST /ListStateMachines         an operation that names neither
//! POST /                          any operation, as AWS's own clients send it
//! ```
//!
//! API Gateway asks IAM about the path, and the body says what is done. So a request at the path of an
//! operation is served only if its body names just what the path does.
//!
//! Invariant: each request has one path beside `/`, letter by letter, so that a policy which denies
//! that path cannot be evaded by another spelling of it
//! (`tests::a_request_is_served_at_its_own_path_only`).

use std::{collections::BTreeSet, fmt};

use model::TaskToken;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

/// The path at which every operation is served.
const ROOT: &str = "/";

/// The members of requests that are ARNs. An operation that does not read one of them is not harmed by
/// counting it.
const ARN_MEMBERS: [&str; 7] = [
    "activityArn",
    "executionArn",
    "mapRunArn",
    "resourceArn",
    "stateMachineAliasArn",
    "stateMachineArn",
    "stateMachineVersionArn",
];

/// The path of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationPath<'a> {
    operation: &'a str,
    /// The state machines or activities that the body names: one, unless it contradicts itself.
    resources: BTreeSet<String>,
}

impl<'a> OperationPath<'a> {
    /// Finds the path of a request by its operation and its body. A body that cannot be read names
    /// nothing.
    pub fn of_request(operation: &'a str, body: &[u8]) -> Self {
        let members = serde_json::from_slice::<BodyMembers>(body).unwrap_or_default();
        let resources =
            members.0.iter().flat_map(|(member, value)| named_by(operation, member, value));
        // Nothing has an empty name, and API Gateway has no route for it.
        let named = resources.filter(|name| !name.is_empty());
        Self { operation, resources: named.collect() }
    }

    /// Returns the state machine or activity that the request is about, if it names just one.
    pub fn resource(&self) -> Option<&str> {
        self.resources.first().filter(|_| self.resources.len() == 1).map(String::as_str)
    }

    /// Whether a request may be served at this path.
    pub(crate) fn admits(&self, path: &str) -> bool {
        path == ROOT || (self.resources.len() <= 1 && path == self.to_string())
    }
}

/// Prints it as in a URI, with every byte escaped that is not unreserved.
///
/// Spec: RFC 3986 § 2.3
impl fmt::Display for OperationPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in
            [self.operation].into_iter().chain(self.resources.first().map(String::as_str))
        {
            f.write_str("/")?;
            write_escaped(segment, f)?;
        }
        Ok(())
    }
}

/// Escapes the segments of a path that was unescaped. API Gateway unescapes the paths of HTTP APIs, and
/// function URLs leave them as they are; no name of Step Functions has a `%`.
pub fn escape_path(path: &str) -> String {
    struct Segment<'a>(&'a str);
    impl fmt::Display for Segment<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_escaped(self.0, f)
        }
    }
    if path.contains('%') && path.is_ascii() {
        return path.to_owned();
    }
    let segments: Vec<String> =
        path.split('/').map(|segment| Segment(segment).to_string()).collect();
    segments.join("/")
}

fn write_escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                write!(f, "{}", char::from(byte))?;
            }
            other => write!(f, "%{other:02X}")?,
        }
    }
    Ok(())
}

/// The names in one member of a request's body.
fn named_by(operation: &str, member: &str, value: &Value) -> Vec<String> {
    if member == "routingConfiguration" {
        let routes = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let versions =
            routes.iter().filter_map(|route| route.get("stateMachineVersionArn")?.as_str());
        return versions.filter_map(name_in_arn).collect();
    }
    let Some(text) = value.as_str() else { return Vec::new() };
    let name = match (operation, member) {
        ("CreateStateMachine" | "CreateActivity", "name") => Some(text.to_owned()),
        // An activity and a state machine may have the same name, and these operations take both.
        (_, "resourceArn") if arn_part(text, 5) != Some("stateMachine") => None,
        (_, "taskToken") => name_in_token(text),
        (_, member) if ARN_MEMBERS.contains(&member) => name_in_arn(text),
        (_, _) => None,
    };
    name.into_iter().collect()
}

/// `arn:…:states:…:…:stateMachine:<name>[/<label>][:…]`, and so for executions, Map Runs and activities.
fn name_in_arn(arn: &str) -> Option<String> {
    let name = arn_part(arn, 6)?;
    let (name, _) = name.split_once(['/', '#']).unwrap_or((name, ""));
    Some(name.to_owned())
}

fn arn_part(arn: &str, index: usize) -> Option<&str> {
    arn.split(':').nth(index)
}

fn name_in_token(token: &str) -> Option<String> {
    let token: TaskToken = token.parse().ok()?;
    let (machine, _) = token.execution.names();
    let (machine, _) = machine.split_once('/').unwrap_or((machine, ""));
    Some(machine.to_owned())
}

/// The members of a JSON object, each as often as it is there.
#[derive(Default)]
struct BodyMembers(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for BodyMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MemberVisitor;

        impl<'de> Visitor<'de> for MemberVisitor {
            type Value = BodyMembers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BodyMembers, A::Error> {
                let mut members = BodyMembers::default();
                while let Some(member) = map.next_entry()? {
                    members.0.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(MemberVisitor)
    }
}

#[cfg(test)]
mod tests {
    use model::{ExecutionId, FramePath, ResourceName, TaskSecret};

    use super::*;

    const PREFIX: &str = "arn:aws:states:us-east-1:000000000000";

    fn path_of(operation: &str, body: &str) -> String {
        OperationPath::of_request(operation, body.as_bytes()).to_string()
    }

    #[test]
    fn a_path_has_the_operation_and_what_it_is_done_to() {
        for (operation, member, value, path) in [
            ("StartExecution", "stateMachineArn", "stateMachine:orders", "/StartExecution/orders"),
            (
                "StartExecution",
                "stateMachineArn",
                "stateMachine:orders:live",
                "/StartExecution/orders",
            ),
            (
                "StartExecution",
                "stateMachineArn",
                "stateMachine:orders#Case",
                "/StartExecution/orders",
            ),
            ("StopExecution", "executionArn", "execution:orders:x", "/StopExecution/orders"),
            (
                "DescribeExecution",
                "executionArn",
                "execution:orders/m:x",
                "/DescribeExecution/orders",
            ),
            (
                "DescribeExecution",
                "executionArn",
                "express:orders:x:u",
                "/DescribeExecution/orders",
            ),
            ("DescribeMapRun", "mapRunArn", "mapRun:orders/m:u", "/DescribeMapRun/orders"),
            (
                "DeleteStateMachineVersion",
                "stateMachineVersionArn",
                "stateMachine:orders:1",
                "/DeleteStateMachineVersion/orders",
            ),
            ("GetActivityTask", "activityArn", "activity:work", "/GetActivityTask/work"),
            ("TagResource", "resourceArn", "stateMachine:orders", "/TagResource/orders"),
            ("TagResource", "resourceArn", "activity:orders", "/TagResource"),
            (
                "StartExecution",
                "stateMachineArn",
                "stateMachine:a+b é",
                "/StartExecution/a%2Bb%20%C3%A9",
            ),
        ] {
            let body =
                format!(r#"{{"{member}": "{PREFIX}:{value}", "name": "n", "input": "{{}}"}}"#);
            assert_eq!(path_of(operation, &body), path, "{body}");
        }
        assert_eq!(
            path_of("CreateStateMachine", r#"{"name": "orders"}"#),
            "/CreateStateMachine/orders"
        );
        assert_eq!(path_of("CreateActivity", r#"{"name": "work"}"#), "/CreateActivity/work");
        assert_eq!(path_of("ListStateMachines", "{}"), "/ListStateMachines");
        // API Gateway has no route for `/CreateActivity/`.
        assert_eq!(path_of("CreateActivity", r#"{"name": ""}"#), "/CreateActivity");
        let routed = format!(
            r#"{{"name": "live", "routingConfiguration": [{{"stateMachineVersionArn": "{PREFIX}:stateMachine:orders:1"}}]}}"#
        );
        assert_eq!(path_of("CreateStateMachineAlias", &routed), "/CreateStateMachineAlias/orders");
    }

    #[test]
    fn a_task_token_names_the_machine_whose_task_it_is() {
        let name = |text| ResourceName::parse(text).expect("a name");
        let token = TaskToken {
            execution: ExecutionId::from_names(&name("orders"), &name("x")),
            frame: FramePath::ROOT,
            secret: TaskSecret::from_bits(7),
        };
        let body = format!(r#"{{"taskToken": "{token}", "output": "{{}}"}}"#);
        assert_eq!(path_of("SendTaskSuccess", &body), "/SendTaskSuccess/orders");
        assert_eq!(path_of("SendTaskSuccess", r#"{"taskToken": "?"}"#), "/SendTaskSuccess");
    }

    #[test]
    fn a_request_is_served_at_its_own_path_only() {
        let body = format!(r#"{{"stateMachineArn": "{PREFIX}:stateMachine:orders"}}"#);
        let path = OperationPath::of_request("StartExecution", body.as_bytes());
        assert!(path.admits("/") && path.admits("/StartExecution/orders"));
        for other in [
            "",
            "//",
            "/StartExecution",
            "/StartExecution/",
            "/StartExecution/orders/",
            "/StartExecution//orders",
            "//StartExecution/orders",
            "/StartExecution/or%64ers",
            "/StartExecution/ORDERS",
            "/StartExecution/payments",
            "/StartExecution/payments/../orders",
            "/StopExecution/orders",
            "/startexecution/orders",
        ] {
            assert!(!path.admits(other), "{other}");
        }
    }

    #[test]
    fn a_body_that_names_two_machines_is_served_at_no_path_of_either() {
        let arn = |name: &str| format!("{PREFIX}:stateMachine:{name}");
        let (a, b) = (arn("a"), arn("b"));
        for body in [
            format!(r#"{{"stateMachineArn": "{a}", "stateMachineArn": "{b}"}}"#),
            format!(r#"{{"stateMachineArn": "{b}", "stateMachineArn": "{a}"}}"#),
            format!(r#"{{"stateMachineArn": "{a}", "mapRunArn": "{PREFIX}:mapRun:b/m:u"}}"#),
            format!(r#"{{"stateMachine\u0041rn": "{b}", "stateMachineArn": "{a}"}}"#),
        ] {
            let path = OperationPath::of_request("ListExecutions", body.as_bytes());
            for at in ["/ListExecutions", "/ListExecutions/a", "/ListExecutions/b"] {
                assert!(!path.admits(at), "{body} at {at}");
            }
            assert!(path.admits("/") && path.resource().is_none());
        }
    }

    #[test]
    fn a_path_that_was_unescaped_is_escaped_again() {
        for (path, escaped) in [
            ("/", "/"),
            ("/StartExecution/a+b é", "/StartExecution/a%2Bb%20%C3%A9"),
            ("/StartExecution/a%2Bb", "/StartExecution/a%2Bb"),
            ("/StartExecution/or%64ers", "/StartExecution/or%64ers"),
            ("/?#", "/%3F%23"),
        ] {
            assert_eq!(escape_path(path), escaped);
        }
    }
}
