use super::*;
use crate::lambda::RESPONSE_BYTES_MAX;

#[tokio::test]
async fn an_idle_process_is_used_again() {
    let hosted = TestHost::python("import os\ndef handler(event, context): return os.getpid()");
    assert_eq!(hosted.invoke_successfully("{}").await, hosted.invoke_successfully("{}").await);
}

#[tokio::test]
async fn the_call_after_an_edit_runs_the_new_code() {
    let hosted = TestHost::python("def handler(event, context): return 1");
    assert_eq!(hosted.invoke_successfully("{}").await, "1");
    for number in ["2", "3"] {
        let code = format!("def handler(event, context): return {number}");
        fs::write(hosted.folder.path().join("app.py"), code).expect("it is written");
        assert_eq!(hosted.invoke_successfully("{}").await, number);
    }
}

#[tokio::test]
async fn an_idle_process_ends_when_its_time_is_over_without_another_call() {
    let code = r#"
import os, socket
def handler(event, context):
    global gate
    gate = socket.create_connection(("127.0.0.1", event))
    gate.sendall(b".")
    return os.getpid()
"#;
    let hosted = TestHost::with_settings(
        FunctionRuntime::Python { handler: "app.handler".into() },
        &[("app.py", code)],
        |_| {},
        |settings| settings.idle_max = Duration::from_millis(50),
    );
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    for _ in 0..2 {
        // Both: the second process is noticed although the list was empty in between.
        let (_, stream) =
            tokio::join!(hosted.invoke_successfully(&port), barrier.wait_for_handler());
        wait_until_gone(stream).await;
    }
}

#[tokio::test]
async fn concurrent_calls_run_in_processes_of_their_own() {
    let hosted = TestHost::python(AT_THE_GATE);
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    let keeper = async {
        let arrivals = [barrier.wait_for_handler().await, barrier.wait_for_handler().await];
        for arrival in arrivals {
            release_handler(arrival).await;
        }
    };
    let (one, other, ()) =
        tokio::join!(hosted.invoke_successfully(&port), hosted.invoke_successfully(&port), keeper);
    assert_ne!(one, other);
}

#[tokio::test]
async fn an_idle_process_makes_room_for_one_of_another_function() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let code = "import os\ndef handler(event, context): return os.getpid()";
    fs::write(folder.path().join("app.py"), code).expect("written");
    let functions = ["f", "g"].map(|name| {
        let launch = FunctionRuntime::Python { handler: "app.handler".into() };
        HostedFunction { name: name.into(), ..test_function(launch, folder.path()) }
    });
    let settings = test_settings(OutputSink::discard_output());
    let host = FunctionHost::new(functions, HostSettings { processes_max: 1, ..settings });
    let call = |function| FunctionCall { function, ..test_call("1") };
    let all = futures_util::future::join_all(["f", "g", "f", "g"].map(|name| {
        let call = call(name);
        host.invoke_function(call)
    }));
    for invoked in all.await {
        let outcome = invoked.expect("it is served in its turn").outcome;
        assert!(matches!(outcome, FunctionOutcome::Succeeded(_)), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_process_that_ends_is_an_exit_error_and_the_next_call_gets_another() {
    let hosted = TestHost::python(
        "import os\ndef handler(event, context):\n    if event: os._exit(event)\n    return 1\n",
    );
    assert_eq!(
        hosted.invoke_failing("7").await,
        r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 7"}"#
    );
    assert_eq!(hosted.invoke_successfully("0").await, "1");
}

#[tokio::test]
async fn a_process_that_ends_while_it_starts_is_an_exit_error() {
    let error = TestHost::python("import sys\nsys.exit(3)").invoke_failing("{}").await;
    assert!(error.ends_with("exit status 3\"}"), "{error}");
    let error = TestHost::python("import os\nos.kill(os.getpid(), 9)").invoke_failing("{}").await;
    assert!(error.ends_with("signal: killed\"}"), "{error}");
}

#[tokio::test]
async fn an_idle_process_that_ends_costs_no_call() {
    let code = r#"
import http.client, os
host, secret = os.environ["AWS_LAMBDA_RUNTIME_API"].split("/")
api = http.client.HTTPConnection(host)
path = "/" + secret + "/2018-06-01/runtime/invocation/"
api.request("GET", path + "next")
offer = api.getresponse()
request = offer.headers["Lambda-Runtime-Aws-Request-Id"]
api.request("POST", path + request + "/response", offer.read())
api.getresponse()
"#;
    let launch = FunctionRuntime::Command(vec!["python3".into(), "-c".into(), code.into()]);
    let hosted = TestHost::new(launch, &[], |_| {});
    for payload in ["1", "2", "3"] {
        assert_eq!(hosted.invoke_successfully(payload).await, payload);
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_timed_out_and_its_process_killed() {
    // It connects while it starts. That does not count towards the timeout, so it always connects.
    let code = r#"
import os, socket
gate = socket.create_connection(("127.0.0.1", os.environ["GATE"]))
gate.sendall(b".")
def handler(event, context):
    gate.recv(1)
"#;
    let barrier = HandlerBarrier::open().await;
    let launch = FunctionRuntime::Python { handler: "app.handler".into() };
    let hosted = TestHost::new(launch, &[("app.py", code)], |function| {
        function.timeout = Duration::from_millis(200);
        function.environment.insert("GATE".into(), barrier.port());
    });
    let (error, stream) = tokio::join!(hosted.invoke_failing("{}"), barrier.wait_for_handler());
    assert_eq!(
        error,
        r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 0.20 seconds"}"#
    );
    wait_until_gone(stream).await;
}

#[tokio::test]
async fn an_answer_larger_than_lambda_allows_is_an_error_and_the_process_lives() {
    let hosted = TestHost::python("def handler(event, context): return 'x' * event");
    let fits = RESPONSE_BYTES_MAX - 2;
    assert_eq!(hosted.invoke_successfully(&fits.to_string()).await.len(), RESPONSE_BYTES_MAX);
    assert_eq!(
        hosted.invoke_failing(&(fits + 1).to_string()).await,
        r#"{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}"#
    );
    assert_eq!(hosted.invoke_successfully("1").await, "\"x\"");
}

#[tokio::test]
async fn a_dropped_call_leaves_no_process_behind_not_even_a_grandchild() {
    let code = AT_THE_GATE.replace(
        "gate.recv(1)",
        "subprocess.Popen(['cat'], stdin=gate.dup(), pass_fds=[gate.fileno()])\n    gate.recv(1)",
    );
    let hosted = TestHost::python(&code);
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    let stream = tokio::select! {
        answer = hosted.invoke_successfully(&port) => panic!("{answer}"),
        stream = barrier.wait_for_handler() => stream,
    };
    wait_until_gone(stream).await;
    let (_, ()) = tokio::join!(hosted.invoke_successfully(&port), async {
        release_handler(barrier.wait_for_handler().await).await;
    });
}

#[tokio::test]
async fn a_shutdown_ends_calls_and_refuses_others() {
    let hosted = TestHost::python(AT_THE_GATE);
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    let (ended, stream) = tokio::join!(hosted.host.invoke_function(test_call(&port)), async {
        let stream = barrier.wait_for_handler().await;
        hosted.host.shut_down().await;
        stream
    });
    assert!(matches!(ended, Err(FunctionHostError::ShutDown)), "{ended:?}");
    wait_until_gone(stream).await;
    let refused = hosted.host.invoke_function(test_call(&port)).await;
    assert!(matches!(refused, Err(FunctionHostError::ShutDown)), "{refused:?}");
}

#[tokio::test]
async fn a_shutdown_ends_when_what_was_printed_has_been_passed_on() {
    // Only one that left the group still prints when the others are killed.
    let code = AT_THE_GATE.replace(
        "gate.recv(1)",
        "subprocess.Popen(['sh', '-c', 'read -r _; echo late'], stdin=gate, start_new_session=True)",
    );
    let hosted = TestHost::python(&code);
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    let (_, mut stream) =
        tokio::join!(hosted.invoke_successfully(&port), barrier.wait_for_handler());
    let ((), written) = tokio::join!(hosted.host.shut_down(), stream.write_all(b"\n"));
    written.expect("it waits for a line");
    let line = hosted.lines.lock().await.try_recv();
    assert_eq!(line.as_deref(), Ok("f | Stdout | late"));
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_process_that_left_its_group() {
    let code = AT_THE_GATE
        .replace("gate.recv(1)", "subprocess.Popen(['cat'], stdin=gate, start_new_session=True)");
    let hosted = TestHost::with_settings(
        FunctionRuntime::Python { handler: "app.handler".into() },
        &[("app.py", &code)],
        |_| {},
        |settings| settings.output_end_max = Duration::from_millis(1),
    );
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    let (_, stream) = tokio::join!(hosted.invoke_successfully(&port), barrier.wait_for_handler());
    // The process ends when the connection does.
    hosted.host.shut_down().await;
    drop(stream);
}

#[tokio::test]
async fn any_program_that_speaks_the_runtime_api_is_a_function() {
    let code = r#"
import http.client, os
host, secret = os.environ["AWS_LAMBDA_RUNTIME_API"].split("/")
api = http.client.HTTPConnection(host)
def ask(method, path, body=None):
    api.request(method, "/" + secret + "/2018-06-01/runtime/" + path, body)
    answer = api.getresponse()
    return answer.status, answer.headers, answer.read()
while True:
    _, headers, event = ask("GET", "invocation/next")
    for name in ["Deadline-Ms", "Invoked-Function-Arn", "Trace-Id"]:
        assert headers["Lambda-Runtime-" + name], name
    request = "invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
    assert ask("POST", "invocation/other/response", "no")[0] == 400
    assert ask("POST", request, "no")[0] == 404
    assert ask("POST", request + "/response", event + b"!")[0] == 202
    assert ask("POST", request + "/response", "again")[0] == 400
"#;
    let launch = FunctionRuntime::Command(vec!["python3".into(), "-c".into(), code.into()]);
    let hosted = TestHost::new(launch, &[], |_| {});
    assert_eq!(hosted.invoke_successfully("1").await, "1!");
    assert_eq!(hosted.invoke_successfully("2").await, "2!");
}

#[tokio::test]
async fn a_provided_runtime_runs_the_bootstrap_of_its_folder() {
    let launch = FunctionRuntime::Provided { handler: "three".into() };
    let hosted = TestHost::new(
        launch,
        &[("text", "#!/bin/sh\ntest $_HANDLER = three && exit 3\n")],
        |function| {
            // Another process makes the copy: a file that this process has just written may be
            // busy in a process that another test forks at the same moment.
            let status = std::process::Command::new("install")
                .args(["-m", "755", "text", "bootstrap"])
                .current_dir(&function.directory)
                .status();
            assert!(status.expect("install").success());
        },
    );
    let error = hosted.invoke_failing("{}").await;
    assert!(error.ends_with("exit status 3\"}"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_started_is_told() {
    let hosted =
        TestHost::new(FunctionRuntime::Command(vec!["/no/such/program".into()]), &[], |_| {});
    let failure = hosted.host.invoke_function(test_call("{}")).await.expect_err("no program");
    assert_eq!(failure.to_string(), "cannot start function `f`");
    let cause = error::Error::source(&failure).expect("a cause").to_string();
    assert_eq!(cause, "cannot run `/no/such/program`");

    let hosted = TestHost::new(FunctionRuntime::Command(vec!["true".into()]), &[], |function| {
        function.directory = "/no/such/folder".into();
    });
    let failure = hosted.host.invoke_function(test_call("{}")).await.expect_err("no folder");
    let cause = error::Error::source(&failure).expect("a cause").to_string();
    assert_eq!(cause, "its folder /no/such/folder is missing");

    let other = FunctionCall { function: "g", ..test_call("{}") };
    let error = hosted.host.invoke_function(other).await.expect_err("no function");
    assert_eq!(error.to_string(), "function `g` is not hosted here");
}

#[tokio::test]
async fn a_function_that_is_replaced_serves_the_next_call_and_ends_the_one_before() {
    let hosted = TestHost::python(AT_THE_GATE);
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    let replace = async {
        let gate = barrier.wait_for_handler().await;
        let folder = hosted.folder.path().join("other");
        fs::create_dir(&folder).expect("is made");
        let code = "import os\ndef handler(event, context): return os.environ['SIZE']";
        fs::write(folder.join("app.py"), code).expect("is written");
        let launch = FunctionRuntime::Python { handler: "app.handler".into() };
        let mut function = test_function(launch, &folder);
        for size in ["1", "2"] {
            function.environment.insert("SIZE".into(), size.into());
            hosted.host.replace_functions([function.clone()]);
            assert_eq!(hosted.invoke_successfully("{}").await, format!("\"{size}\""));
        }
        hosted.host.replace_functions([]);
        assert!(!hosted.host.is_hosted("f"));
        release_handler(gate).await;
    };
    let (before, ()) = tokio::join!(hosted.invoke_successfully(&port), replace);
    assert!(before.parse::<u32>().is_ok(), "{before}");
}

#[test]
fn a_host_can_be_shared_by_threads_and_its_calls_moved_between_them() {
    fn is_shared<T: Send + Sync>(value: T) -> T {
        value
    }
    fn is_moved(_: impl Send) {}
    let host = FunctionHost::new([], test_settings(OutputSink::discard_output()));
    is_moved(is_shared(&host).invoke_function(test_call("{}")));
    is_moved(host.shut_down());
}
