//! Does `local` serve projects as they are? Each runs unedited from a copy of its folder.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use serde_json::{Value, json};

use crate::{
    program::{LocalProgram, local_command, repository_root, statewright_binary},
    terminal::Terminal,
};

/// A project that is served from a copy, as its user's terminal shows it.
struct ServedProject {
    local: LocalProgram,
    terminal: Terminal,
    folder: tempfile::TempDir,
    /// What was shown until all was deployed.
    start: String,
}

impl ServedProject {
    /// Serves the folder of this name until this text is shown.
    fn start(name: &str, arguments: &[&str], shown: &str) -> Self {
        Self::of_folder(copy_project(name), arguments, &[], shown)
    }

    fn of_folder(
        folder: tempfile::TempDir,
        arguments: &[&str],
        environment: &[(&str, &str)],
        shown: &str,
    ) -> Self {
        let mut terminal = Terminal::open();
        let data = folder.path().join(".statewright");
        let mut command = local_command(&data, &[arguments, &["--region", "us-east-1"]].concat());
        command.current_dir(folder.path()).envs(environment.iter().copied());
        let local = LocalProgram::start_command(command.stderr(terminal.stdio()));
        let start = terminal.read_until(shown);
        Self { local, terminal, folder, start }
    }

    fn run(&self, machine: &str, name: &str, input: &Value) -> Value {
        let arn = format!("arn:aws:states:us-east-1:000000000000:stateMachine:{machine}");
        let execution = self.local.client.start_execution(&arn, name, input);
        self.local.client.await_end(&execution)
    }

    /// The output of an execution that must succeed.
    fn output(&self, machine: &str, name: &str, input: &Value) -> Value {
        let ended = self.run(machine, name, input);
        let output = ended["output"].as_str().unwrap_or_else(|| panic!("{ended} has no output"));
        serde_json::from_str(output).expect("an output is JSON")
    }

    /// Replaces a text in a file.
    fn edit(&self, file: &str, from: &str, to: &str) {
        let file = self.folder.path().join(file);
        let text = fs::read_to_string(&file).expect("the project has this file");
        assert!(text.contains(from), "{from} is in {}", file.display());
        fs::write(file, text.replace(from, to)).expect("it can be written");
    }
}

fn copy_project(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_folder(&repository_root().join("tests/acceptance/projects").join(name), folder.path());
    folder
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the project is there") {
        let from = entry.expect("it can be read").path();
        let to = to.join(from.file_name().expect("it has a name"));
        if from.is_dir() {
            fs::create_dir(&to).expect("a temporary folder can be made");
            copy_folder(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a temporary file can be made");
        }
    }
}

#[test]
fn a_sam_project_runs_as_it_is() {
    let machine = "stock-trader-dev";
    let schedule = "schedule StockTradingStateMachineHourlyTradingSchedule starts stock-trader-dev: rate(1 hour)";
    let mut served = ServedProject::start("sam", &["."], schedule);
    for expected in [
        "stateMachine:stock-trader-dev from ./template.yaml",
        "./template.yaml: function StockAuditorFunction: runtime `ruby3.3` cannot be hosted",
        "./template.yaml: function StockReportFunction: PackageType is not supported",
        "hosted functions: StockBuyerFunction, StockCheckerFunction, StockSellerFunction",
    ] {
        assert!(served.start.contains(expected), "{expected} is not in {}", served.start);
    }
    let trade =
        |kind: &str, price: u32| json!({"type": kind, "price": price, "table": "TransactionTable"});
    assert_eq!(served.output(machine, "sell", &json!({})), trade("Sell", 75));
    assert_eq!(served.output(machine, "buy", &json!({"price": 10})), trade("Buy", 10));
    let audited = served.run(machine, "audit", &json!({"audit": true}));
    assert_eq!(audited["status"], "FAILED", "{audited}");
    let cause = audited["cause"].as_str().unwrap_or_default();
    assert!(cause.contains("function StockAuditorFunction: runtime `ruby3.3`"), "{cause}");
    let tags = json!({"resourceArn": format!("arn:aws:states:us-east-1:000000000000:stateMachine:{machine}")});
    let tags = served.local.client.call_successfully("ListTagsForResource", &tags);
    assert_eq!(tags["tags"], json!([{"key": "application", "value": "stock-trader"}]));

    served.edit("functions/stock_buyer/app.py", "\"Buy\"", "\"Bought\"");
    served.terminal.read_until("updated function StockBuyerFunction: app.py changed");
    assert_eq!(served.output(machine, "edited", &json!({"price": 10})), trade("Bought", 10));
    let definition = "statemachine/stock_trader.asl.json";
    served.edit(definition, "\"NumericLessThanEquals\": 50", "\"NumericLessThanEquals\": 5");
    served.terminal.read_until("updated stock-trader-dev: 1 state changed (Buy or Sell?)");
    assert_eq!(served.output(machine, "raised", &json!({"price": 10})), trade("Sell", 10));
}

#[test]
fn a_template_that_is_edited_shows_its_functions_and_state_machines() {
    let mut served = ServedProject::start("sam", &["."], "stateMachine:stock-trader-dev from");
    let second = "
  Greeter:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/stock_buyer/, Handler: app.greet}
  Greeting:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition:
        StartAt: Greet
        States:
          Greet: {Type: Task, Resource: !GetAtt Greeter.Arn, End: true}

  TransactionTable:";
    let greet = "def greet(event, context):\n    return 'Hello'\n\n\ndef lambda_handler";
    served.edit("functions/stock_buyer/app.py", "def lambda_handler", greet);
    served.edit("template.yaml", "\n  TransactionTable:", second);
    let seen = served.terminal.read_until("stateMachine:Greeting from ./template.yaml");
    assert!(seen.contains("1 function added (Greeter)"), "{seen}");
    let request =
        json!({"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:Greeting"});
    let greeted = served.local.client.call_successfully("StartSyncExecution", &request);
    assert_eq!(greeted["output"], "\"Hello\"", "{greeted}");

    served.edit(
        "template.yaml",
        "  Greeting:\n    Type: AWS::Serverless::StateMachine",
        "  Greeting:\n    Type: Other::Kind",
    );
    served.terminal.read_until("state machine Greeting is no longer in ./template.yaml; it stays");
    let described = served.local.client.call_successfully("DescribeStateMachine", &request);
    assert_eq!(described["type"], "EXPRESS");

    served.edit("template.yaml", "Resources:", "Resources: [");
    served.terminal.read_until("error: template ./template.yaml is not valid");
    let trade = served.output("stock-trader-dev", "still", &json!({}));
    assert_eq!(trade["type"], "Sell");
}

#[test]
fn what_cdk_has_made_runs_as_it_is() {
    let mut served = ServedProject::start("cdk", &["."], "stateMachine:OrderFlow6AE11B3C from");
    assert!(!served.start.contains("warning"), "{}", served.start);
    let input = json!({"lines": [{"price": 3}, {"price": 4}]});
    let expected = json!({
        "total": 7, "stack": "ShopStack", "fraud": {"verdict": {"allowed": "yes"}}});
    assert_eq!(served.output("OrderFlow6AE11B3C", "one", &input), expected);

    let template = "cdk.out/ShopStack.template.json";
    served.edit(template, "\\\"End\\\":true", "\\\"Comment\\\":\\\"c\\\",\\\"End\\\":true");
    served.terminal.read_until("updated OrderFlow6AE11B3C: 1 state changed (Check)");
    served.edit(template, "\"Verdict\": \"yes\"", "\"Verdict\": \"no\"");
    served.terminal.read_until("updated fraud-check: 1 state changed (Check)");
    let output = served.output("OrderFlow6AE11B3C", "two", &input);
    assert_eq!(output["fraud"]["verdict"]["allowed"], "no");
}

#[test]
fn a_cloudformation_template_runs_as_it_is() {
    let mut served =
        ServedProject::start("cloudformation", &["template.yaml"], "stateMachine:shipping-test");
    let unknown = "warning: template.yaml: state machine ShippingStateMachine: only a deployment \
                   knows ContactAddress, so `ContactAddress` stands for it in the definition";
    assert!(served.start.contains(unknown), "{}", served.start);
    let activity = "arn:aws:states:us-east-1:000000000000:activity:pick-test";
    let expected = json!({
        "packed": ["a", "b"],
        "mode": "economy",
        "queue": "https://sqs.us-east-1.amazonaws.com/000000000000/ShipQueue",
        "contact": "ContactAddress",
        "pick": activity,
    });
    let items = json!({"items": ["a", "b", "c"]});
    assert_eq!(served.output("shipping-test", "one", &items), expected);
    served.local.client.call_successfully("DescribeActivity", &json!({"activityArn": activity}));

    served.edit("template.yaml", "{\"packed\": ", "{\"all\": len(event[\"items\"]), \"packed\": ");
    served.terminal.read_until("1 function changed (PackFunction)");
    served.edit("template.yaml", "\"packed.$\": \"$.packed\",", "\"packed.$\": \"$.all\",");
    served.terminal.read_until("updated shipping-test: 1 state changed (Label)");
    assert_eq!(served.output("shipping-test", "two", &items)["packed"], 3);
}

#[test]
fn a_parameter_of_the_command_line_decides() {
    let arguments =
        ["template.yaml", "--parameter", "Environment=live", "--parameter", "ContactAddress=x@y.z"];
    let served = ServedProject::start("cloudformation", &arguments, "stateMachine:shipping-live");
    assert!(!served.start.contains("only a deployment"), "{}", served.start);
    assert!(served.start.contains("hosted functions: NotifyFunction, PackFunction"));
    let output = served.output("shipping-live", "one", &json!({"items": ["a", "b", "c"]}));
    assert_eq!((&output["mode"], &output["contact"]), (&json!("express"), &json!("x@y.z")));
    assert_eq!(output["packed"], json!(["a", "b", "c"]));
}

#[test]
fn a_folder_of_definitions_runs_as_it_is() {
    let greeter = format!("greeter=exec python3 {}", "greeter.py");
    let mut served =
        ServedProject::start("asl", &[".", "--function", &greeter], "stateMachine:twice from");
    let names = json!([{"name": "Ada"}, {"name": "Grace"}]);
    let expected = json!(["Hello, Ada!", "Hello, Grace!"]);
    assert_eq!(served.output("twice", "one", &names), expected);
    served.edit("greet.asl.json", "$states.result.Payload", "$uppercase($states.result.Payload)");
    served.terminal.read_until("updated greet: 1 state changed (Greet)");
    assert_eq!(served.output("twice", "two", &names), json!(["HELLO, ADA!", "HELLO, GRACE!"]));
}

fn write_serverless_archive(folder: &Path) {
    let archived = Command::new("python3")
        .args(["-m", "zipfile", "-c", ".serverless/parcels.zip", "src"])
        .current_dir(folder)
        .status();
    assert!(archived.expect("python3 runs").success());
}

#[test]
fn what_the_serverless_framework_has_packaged_runs_as_it_is() {
    let folder = copy_project("serverless");
    write_serverless_archive(folder.path());
    let mut served = ServedProject::of_folder(folder, &["."], &[], "stateMachine:parcels-dev from");
    assert!(!served.start.contains("warning"), "{}", served.start);
    let items = json!({"items": [1, 2]});
    assert_eq!(served.output("parcels-dev", "one", &items), json!({"grams": 200}));
    served.edit("src/parcels.py", "100 *", "1000 *");
    write_serverless_archive(served.folder.path());
    served.terminal.read_until("1 function changed (parcels-dev-weigh)");
    assert_eq!(served.output("parcels-dev", "two", &items), json!({"grams": 2000}));
}

/// Starts a machine once.
const ONCE: &str = r#"
Resources:
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
  Soon:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: at(TIME)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target:
        Arn: !Ref Flow
        RoleArn: arn:aws:iam::000000000000:role/scheduler
        Input: '{"at": "<aws.scheduler.scheduled-time>"}'
"#;

#[test]
fn a_schedule_starts_its_state_machine() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // It is built before the time runs.
    statewright_binary();
    let soon = time::OffsetDateTime::now_utc() + time::Duration::seconds(15);
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let soon = soon.format(&format).expect("it is a date");
    fs::write(folder.path().join("template.yaml"), ONCE.replace("TIME", &soon))
        .expect("is written");
    let shown = format!("schedule Soon starts Flow: at({soon}), next at {soon}Z");
    let mut served = ServedProject::of_folder(folder, &["."], &[], &shown);
    served.terminal.read_until("SUCCEEDED");
    let arn = json!({"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:Flow"});
    let listed = served.local.client.call_successfully("ListExecutions", &arn);
    let execution = json!({"executionArn": listed["executions"][0]["executionArn"]});
    let described = served.local.client.call_successfully("DescribeExecution", &execution);
    assert_eq!(described["input"], format!("{{\"at\": \"{soon}Z\"}}"));
}

#[test]
fn a_project_that_is_not_named_is_hinted_at() {
    let folder = copy_project("sam");
    let hint = "template.yaml is here: `statewright local .` serves its state machines";
    let served = ServedProject::of_folder(folder, &[], &[], hint);
    let listed = served.local.client.call_successfully("ListStateMachines", &json!({}));
    assert_eq!(listed["stateMachines"], json!([]));
}

const NESTING: &str = r"
Resources:
  Stock:
    Type: AWS::Serverless::Application
    Properties: {Location: stock/template.yaml, Parameters: {Warehouse: north}}
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Find
        States:
          Find: {Type: Task, Resource: !GetAtt Stock.Outputs.FindArn, End: true}
";

const NESTED: &str = r"
Parameters: {Warehouse: {Type: String}}
Resources:
  Find:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub find-${Warehouse}
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        import os
        def handler(event, context):
            return os.environ['WAREHOUSE']
      Environment: {Variables: {WAREHOUSE: !Ref Warehouse}}
Outputs:
  FindArn: {Value: !GetAtt Find.Arn}
";

#[test]
fn a_nested_template_runs_with_its_parameters() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("template.yaml"), NESTING).expect("is written");
    let nested = make_folder(folder.path(), "stock").join("template.yaml");
    fs::write(nested, NESTED).expect("is written");
    let mut served = ServedProject::of_folder(folder, &["."], &[], "stateMachine:Order from");
    assert!(!served.start.contains("warning"), "{}", served.start);
    assert_eq!(served.output("Order", "one", &json!({})), "north");
    served.edit("template.yaml", "Warehouse: north", "Warehouse: south");
    served.terminal.read_until("updated Order: 1 state changed (Find)");
    assert_eq!(served.output("Order", "two", &json!({})), "south");
}

/// A server like `sam local start-lambda`: it knows one function, by its logical id. Returns its
/// address.
fn serve_lambda_endpoint(function: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it listens").to_string();
    let path = format!("/2015-03-31/functions/{function}/invocations");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("it connects");
            let mut request = [0; 16 * 1024];
            let count = stream.read(&mut request).expect("it sends a request");
            let head = String::from_utf8_lossy(&request[..count]).into_owned();
            let (status, kind, body) = if head.contains(&path) {
                ("200 OK", "", r#""audited""#)
            } else {
                let body = r#"{"Type": "User", "Message": "Function not found"}"#;
                ("404 Not Found", "x-amzn-errortype: ResourceNotFound\r\n", body)
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\n{kind}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).expect("it reads the answer");
        }
    });
    address
}

#[test]
fn a_function_of_another_server_is_called_by_the_name_that_it_knows() {
    let endpoint = format!("http://{}", serve_lambda_endpoint("StockAuditorFunction"));
    let environment = [("AWS_ENDPOINT_URL_LAMBDA", endpoint.as_str())];
    let shown = "stateMachine:stock-trader-dev from";
    let served = ServedProject::of_folder(copy_project("sam"), &["."], &environment, shown);
    let audited = served.output("stock-trader-dev", "audit", &json!({"audit": true}));
    assert_eq!(audited, "audited");
}

#[test]
fn two_stacks_with_one_name_serve_the_first() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["Dev", "Prod"] {
        copy_folder(
            &repository_root().join("tests/acceptance/projects/cdk/cdk.out"),
            &make_folder(folder.path(), name),
        );
    }
    let served = ServedProject::of_folder(
        folder,
        &["Dev", "Prod"],
        &[],
        "stateMachine:OrderFlow6AE11B3C from Dev/ShopStack.template.json",
    );
    let refused = "warning: state machine OrderFlow6AE11B3C of Prod/ShopStack.template.json is not \
                   served: Dev/ShopStack.template.json has one of that name";
    assert!(served.start.contains(refused), "{}", served.start);
}

fn make_folder(parent: &Path, name: &str) -> PathBuf {
    let folder = parent.join(name);
    fs::create_dir(&folder).expect("a temporary folder can be made");
    folder
}
