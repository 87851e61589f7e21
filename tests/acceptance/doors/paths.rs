//! IAM permits paths, so what a body says must be what its path says.

use serde_json::json;

use crate::{program::LocalProgram, raw_http::answer_to};

const PASS: &str = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#;

#[test]
fn a_body_that_disagrees_with_its_path_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let orders = local.client.create_machine("orders", PASS);
    let payments = local.client.create_machine("payments", PASS);
    let address = local.client.address();
    let answer = |path: &str, operation: &str, body: &str| {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        answer_to(address, &request).expect("it answers")
    };
    let of = |machine: &str| json!({ "stateMachineArn": machine }).to_string();

    for path in ["/", "/StartExecution/orders"] {
        let served = answer(path, "StartExecution", &of(&orders));
        assert!(served.starts_with("HTTP/1.1 200"), "{path}: {served}");
    }
    let both = format!(r#"{{"stateMachineArn": "{orders}", "stateMachineArn": "{payments}"}}"#);
    for (path, operation, body) in [
        ("/StartExecution/orders", "StartExecution", of(&payments)),
        ("/StartExecution", "StartExecution", of(&payments)),
        ("/StartExecution/orders", "DeleteStateMachine", of(&orders)),
        ("/ListStateMachines", "DeleteStateMachine", of(&orders)),
        ("/StartExecution/%6Frders", "StartExecution", of(&orders)),
        ("/StartExecution/orders/", "StartExecution", of(&orders)),
        ("/DescribeStateMachine/../StartExecution/orders", "StartExecution", of(&orders)),
        ("/StartExecution/orders", "StartExecution", both),
        ("/StartExecution/orders", "StartExecution", "{}".to_owned()),
        ("/StartExecution/orders", "StartExecution", "[".to_owned()),
    ] {
        let refused = answer(path, operation, &body);
        assert!(refused.starts_with("HTTP/1.1 400"), "{path}: {refused}");
        assert!(refused.contains("AccessDeniedException"), "{path}: {refused}");
    }
    let machines = local.client.call_successfully("ListStateMachines", &json!({}));
    assert_eq!(machines["stateMachines"].as_array().map(Vec::len), Some(2), "{machines}");
    let started =
        local.client.call_successfully("ListExecutions", &json!({"stateMachineArn": payments}));
    assert_eq!(started["executions"], json!([]), "nothing was started");
}
