use std::process::Command;

use super::*;

#[tokio::test]
async fn handlers_may_be_async_or_call_back_or_never_answer() {
    let Some(hosted) = node(&[(
        "index.js",
        "
exports.handler = async (event) => event;
exports.nested = { back: (event, context, callback) => { callback(null, { got: event }); } };
exports.done = (event, context) => { context.succeed(context.functionName); };
exports.never = () => {};
exports.nothing = async () => {};
",
    )]) else {
        return;
    };
    assert_eq!(hosted("index.handler").invoke_successfully(r#"{"a":"é"}"#).await, r#"{"a":"é"}"#);
    let nested = hosted("index.nested.back");
    assert_eq!(nested.invoke_successfully("1").await, r#"{"got":1}"#);
    assert_eq!(nested.invoke_successfully("2").await, r#"{"got":2}"#);
    assert_eq!(hosted("index.done").invoke_successfully("{}").await, r#""f""#);
    assert_eq!(hosted("index.never").invoke_successfully("{}").await, "null");
    assert_eq!(hosted("index.nothing").invoke_successfully("{}").await, "null");
}

#[tokio::test]
async fn modules_may_be_ecmascript_or_commonjs() {
    let Some(hosted) = node(&[
        (
            "m.mjs",
            "export const handler = async () => (await import('node:path')).basename('a/m');",
        ),
        ("c.cjs", "module.exports.handler = async () => require('node:path').basename('a/c');"),
    ]) else {
        return;
    };
    assert_eq!(hosted("m.handler").invoke_successfully("{}").await, r#""m""#);
    assert_eq!(hosted("c.handler").invoke_successfully("{}").await, r#""c""#);
}

#[tokio::test]
async fn errors_have_the_shape_of_aws() {
    let Some(hosted) = node(&[
        (
            "index.js",
            "
class Mine extends Error { constructor(m) { super(m); this.name = 'Mine'; } }
exports.handler = async () => { throw new Mine('no'); };
exports.text = (event, context, callback) => callback('plain');
exports.late = () => new Promise(() => setImmediate(() => { throw new Error('late'); }));
exports.lost = () => new Promise(() => { Promise.reject(new Error('lost')); });
exports.round = async () => { const a = {}; a.a = a; return a; };
",
        ),
        ("broken.js", "exports.handler = ( }"),
        ("lacking.js", "require('nothing-like-it');"),
    ]) else {
        return;
    };
    let error = hosted("index.handler").invoke_failing("{}").await;
    let head = r#"{"errorType":"Mine","errorMessage":"no","trace":["Mine: no","    at "#;
    assert!(error.starts_with(head) && error.contains("/var/task/index.js:3:"), "{error}");
    for (handler, error_type, message) in [
        ("index.text", "string", "plain"),
        ("index.late", "Error", "late"),
        ("index.lost", "Runtime.UnhandledPromiseRejection", "Error: lost"),
        ("index.round", "Error", "Unable to stringify response body"),
        ("index.none", "Runtime.HandlerNotFound", "index.none is undefined or not exported"),
        ("handler", "Runtime.MalformedHandlerName", "Bad handler"),
        (
            "absent.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'absent'\nRequire stack:\n- /var/runtime/index.mjs",
        ),
        ("broken.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token '}'"),
        (
            "lacking.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'nothing-like-it'\nRequire stack:\n- /var/task/lacking.js\n- /var/runtime/index.mjs",
        ),
    ] {
        let error = parse_json(&hosted(handler).invoke_failing("{}").await);
        assert_eq!(error["errorType"], error_type, "{handler}");
        assert_eq!(error["errorMessage"], message, "{handler}");
    }
}

#[tokio::test]
async fn a_node_process_is_killed_with_its_host() {
    let Some(hosted) = node(&[(
        "index.js",
        "
const net = require('node:net');
exports.handler = (port) => new Promise(() => {
  const gate = net.connect(port, '127.0.0.1', () => gate.write('.'));
});
",
    )]) else {
        return;
    };
    let hosted = hosted("index.handler");
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    let stream = tokio::select! {
        answer = hosted.invoke_successfully(&port) => panic!("{answer}"),
        stream = barrier.wait_for_handler() => stream,
    };
    wait_until_gone(stream).await;
}

/// Returns a function that makes a host of a handler in these files. Returns none, and prints a
/// note, where Node is not installed.
fn node<'a>(files: &'a [(&'a str, &'a str)]) -> Option<impl Fn(&str) -> TestHost + 'a> {
    if Command::new("node").arg("--version").output().is_err() {
        #[expect(clippy::print_stderr, reason = "a test must not be skipped silently")]
        {
            eprintln!("skipped: there is no node on PATH");
        }
        return None;
    }
    Some(move |handler: &str| {
        TestHost::new(FunctionRuntime::Node { handler: handler.into() }, files, |_| {})
    })
}
