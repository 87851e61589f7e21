use super::*;

#[tokio::test]
async fn a_handler_answers_with_its_json_verbatim() {
    let hosted = TestHost::python("def handler(event, context):\n    return event\n");
    assert_eq!(
        hosted.invoke_successfully(r#"{"b":"é€😀","a":[0.0,1,null]}"#).await,
        r#"{"b": "é€😀", "a": [0.0, 1, null]}"#
    );
    assert_eq!(hosted.invoke_successfully("true").await, "true");
}

#[tokio::test]
async fn an_exception_is_what_aws_makes_of_it() {
    // Golden: error-handling, Lambda function raising an exception, observed on AWS.
    let hosted = TestHost::python(
        "def handler(event, context):\n    raise Exception(\"Some exception was raised.\")\n",
    );
    assert_eq!(
        hosted.invoke_failing("{}").await.replace("app.py", "handler.py"),
        r#"{"errorMessage": "Some exception was raised.", "errorType": "Exception", "requestId": "ID", "stackTrace": ["  File \"/var/task/handler.py\", line 2, in handler\n    raise Exception(\"Some exception was raised.\")\n"]}"#
    );
}

#[tokio::test]
async fn errors_of_the_runtime_have_aws_names_and_texts() {
    let cases = [
        (
            "import nothing_like_it",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'nothing_like_it'",
        ),
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        (
            "def handler(",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': '(' was never closed (app.py, line 1)",
        ),
        (
            "def handler(event, context): return {1, 2}",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set is not JSON serializable",
        ),
        ("raise KeyError('x')", "KeyError", "'x'"),
    ];
    for (code, error_type, message) in cases {
        let error = parse_json(&TestHost::python(code).invoke_failing("{}").await);
        assert_eq!(error["errorType"], error_type, "{code}");
        assert_eq!(error["errorMessage"], message, "{code}");
        let keys: Vec<&String> = error.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["errorMessage", "errorType", "requestId", "stackTrace"], "{code}");
    }
}

#[tokio::test]
async fn answers_may_hold_what_the_encoder_of_aws_accepts() {
    let hosted = TestHost::python(
        r#"
from collections import namedtuple
from decimal import Decimal
P = namedtuple("P", "x y")
def handler(event, context):
    if event == "bytes":
        return b'"HelloWorld!"'
    return {"n": Decimal("1.10"), "p": P(1, Decimal(2)), "b": b"b", 3: (1,), "q": "a\"b"}
"#,
    );
    assert_eq!(hosted.invoke_successfully("\"bytes\"").await, "\"HelloWorld!\"");
    assert_eq!(
        hosted.invoke_successfully("{}").await,
        r#"{"n": 1.10, "p": {"x": 1, "y": 2}, "b": "b", "3": [1], "q": "a\"b"}"#
    );
}

#[tokio::test]
async fn the_context_tells_about_the_call_and_the_environment_about_the_function() {
    let code = r#"
import os, sys
def handler(event, context):
    c = context
    return [c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb,
        c.log_group_name, c.aws_request_id, 0 < c.get_remaining_time_in_millis() <= 300000,
        c.client_context.custom, os.environ["OWN"], os.environ["_HANDLER"],
        os.getcwd() == os.environ["LAMBDA_TASK_ROOT"] == sys.path[0], sys.stdin.read()]
"#;
    let launch = FunctionRuntime::Python { handler: "app.handler".into() };
    let hosted = TestHost::new(launch, &[("app.py", code)], |function| {
        function.environment.insert("OWN".into(), "own".into());
    });
    let client_context = Some("{\n\"custom\": {\"k\": \"é\"}}");
    let call = FunctionCall { client_context, ..test_call("{}") };
    let invocation = hosted.host.invoke_function(call).await.expect("invoked");
    assert_eq!(invocation.executed_version, "$LATEST");
    let FunctionOutcome::Succeeded(answer) = invocation.outcome else { panic!("{invocation:?}") };
    assert_eq!(
        parse_json(&answer),
        serde_json::json!(["f", "$LATEST", "arn:aws:lambda:us-east-1:123456789012:function:f",
            "128", "/aws/lambda/f", invocation.request_id, true, {"k": "é"}, "own", "app.handler",
            true, ""])
    );
}

#[tokio::test]
async fn handlers_are_found_in_folders() {
    for handler in ["pack/app.handler", "pack.app.handler"] {
        let launch = FunctionRuntime::Python { handler: handler.into() };
        let hosted = TestHost::new(launch, &[], |function| {
            let folder = function.directory.join("pack");
            fs::create_dir(&folder).expect("a folder");
            let code = "def handler(event, context): return __name__";
            fs::write(folder.join("app.py"), code).expect("a file");
        });
        assert_eq!(hosted.invoke_successfully("{}").await, "\"pack.app\"");
    }
}

#[tokio::test]
async fn printed_lines_reach_the_sink() {
    let hosted = TestHost::python(
        "import sys\ndef handler(e, c):\n    print('ö')\n    print('x', file=sys.stderr)\n",
    );
    hosted.invoke_successfully("{}").await;
    let mut lines = [hosted.next_line().await, hosted.next_line().await];
    lines.sort();
    assert_eq!(lines, ["f | Stderr | x", "f | Stdout | ö"]);
}

#[tokio::test]
async fn an_error_is_printed_with_the_users_own_paths() {
    let hosted = TestHost::python("def handler(event, context):\n    1 / 0\n");
    hosted.invoke_failing("{}").await;
    assert_eq!(
        hosted.next_line().await,
        "f | Stderr | [ERROR] ZeroDivisionError: division by zero"
    );
    assert_eq!(hosted.next_line().await, "f | Stderr | Traceback (most recent call last):");
    let file = hosted.folder.path().join("app.py").display().to_string();
    let line = format!("f | Stderr |   File \"{file}\", line 2, in handler");
    assert_eq!(hosted.next_line().await, line);
}
