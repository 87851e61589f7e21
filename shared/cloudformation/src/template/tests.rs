use std::time::Duration;

use embedded::lambda::FunctionRuntime;
use serde_json::json;

use super::*;
use crate::TemplateDefinition;

const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
  Open: {Type: String}
Conditions:
  IsProduction: !Equals [!Ref Stage, prod]
Globals:
  Function:
    Runtime: python3.12
    Timeout: 10
    Environment: {Variables: {LEVEL: info, SHARED: yes}}
Resources:
  Add:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: add/
      Handler: app.handler
      MemorySize: 256
      Environment:
        Variables:
          LEVEL: debug
          ACCOUNT: 012345678901
          COUNT: 3
          STAGE: !Ref Stage
          ARN: !GetAtt Send.Arn
          PLACE: !Sub "${AWS::Region}-${Stage}-${!x}-${Send}"
          TABLE: !Ref Table
          OPEN: !Ref Open
  Send:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./send
      Runtime: nodejs20.x
      Handler: index.handler
      FunctionName: !Sub "send-${Stage}"
      Timeout: 30
  Table:
    Type: AWS::DynamoDB::Table
    Condition: !Equals [!Ref Stage, dev]
  Audit:
    Type: AWS::Serverless::Function
    Condition: IsProduction
    Properties: {CodeUri: audit, Handler: a.b}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub "flow-${Stage}"
      Type: EXPRESS
      DefinitionUri: flow.asl.json
      DefinitionSubstitutions: {SendArn: !GetAtt Send.Arn, Count: 2}
      Tags: {team: shop}
      Logging:
        Level: ALL
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: "arn:aws:logs:x:1:log-group:g"}}]
  Approval: {Type: AWS::StepFunctions::Activity}
"#;

fn read(folder: &Path, name: &str, text: &str) -> Template {
    let file = folder.join(name);
    fs::write(&file, text).expect("is written");
    let account_region = AccountRegion::new("eu-west-1", "123456789012");
    let (none, staged) = (BTreeMap::new(), StagedCode::default());
    let context = TemplateContext {
        account_region: &account_region,
        parameters: &none,
        exports: &none,
        staged: &staged,
    };
    Template::read_file(&file, context).expect("it is a template")
}

fn folder_with(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in names {
        fs::create_dir_all(folder.path().join(name)).expect("a folder in it");
    }
    folder
}

#[test]
fn functions_take_globals_and_their_own_properties() {
    let folder = folder_with(&["add", "send"]);
    let template = read(folder.path(), "template.yaml", TEMPLATE);
    let [add, send] = &template.functions[..] else { panic!("two functions") };
    assert_eq!(add.name, "Add");
    assert_eq!(add.runtime, FunctionRuntime::Python { handler: "app.handler".into() });
    assert_eq!(add.directory, folder.path().join("add/"));
    assert_eq!((add.timeout, add.memory_megabytes), (Duration::from_secs(10), 256));
    assert_eq!(send.name, "send-dev");
    assert_eq!(send.runtime, FunctionRuntime::Node { handler: "index.handler".into() });
    assert_eq!((send.timeout, send.memory_megabytes), (Duration::from_secs(30), 128));
    assert_eq!(template.function_names["Send"], "send-dev");
}

#[test]
fn variables_that_need_no_deployment_are_resolved() {
    let folder = folder_with(&["add", "send"]);
    let template = read(folder.path(), "template.yaml", TEMPLATE);
    let environment: Vec<(&str, &str)> = template.functions[0]
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:send-dev";
    assert_eq!(
        environment,
        [
            ("ACCOUNT", "012345678901"),
            ("ARN", arn),
            ("COUNT", "3"),
            ("LEVEL", "debug"),
            ("PLACE", "eu-west-1-dev-${x}-send-dev"),
            ("SHARED", "yes"),
            ("STAGE", "dev"),
            ("TABLE", "Table"),
        ]
    );
    let warning = "function Add: only a deployment knows OPEN, so its environment has none";
    assert_eq!(template.warnings, [warning]);
}

#[test]
fn a_state_machine_has_what_its_properties_say() {
    let folder = folder_with(&["add", "send"]);
    let template = read(folder.path(), "template.yaml", TEMPLATE);
    let [flow] = &template.state_machines[..] else { panic!("one state machine") };
    assert_eq!((flow.name.as_str(), flow.machine_type.as_str()), ("flow-dev", "EXPRESS"));
    assert_eq!(flow.definition, TemplateDefinition::File(folder.path().join("flow.asl.json")));
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:send-dev";
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(flow.substitutions, [pair("SendArn", arn), pair("Count", "2")]);
    assert_eq!(flow.tags, [pair("team", "shop")]);
    let groups = flow.logging.as_ref().map(|logging| logging.log_groups.clone());
    assert_eq!(groups, Some(vec!["arn:aws:logs:x:1:log-group:g:*".to_owned()]));
    assert_eq!(template.activities, ["Approval"]);
}

#[test]
fn schedules_start_state_machines_and_other_events_are_told_of() {
    let folder = folder_with(&[]);
    let text = r#"
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Succeed}}}
      Events:
        Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour), Input: '{}'}}
        Nightly:
          Type: ScheduleV2
          Properties:
            Name: nightly
            ScheduleExpression: cron(0 3 * * ? *)
            ScheduleExpressionTimezone: Europe/Berlin
        Off: {Type: Schedule, Properties: {Schedule: rate(1 hour), Enabled: false}}
        Never: {Type: Schedule, Properties: {Schedule: hourly}}
        Orders: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: daily
      ScheduleExpression: rate(1 day)
      Targets: [{Id: t, Arn: !Ref Flow}, {Id: q, Arn: 'arn:aws:sqs:eu-west-1:1:q'}]
  Pattern:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [shop]}, Targets: [{Id: t, Arn: !GetAtt Flow.Arn}]}
  Once:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: at(2026-12-01T00:00:00)
      Target: {Arn: !Ref Flow, Input: '{"a": 1}'}
"#;
    let template = read(folder.path(), "template.yaml", text);
    let machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:Flow";
    let read: Vec<_> = template
        .schedules
        .iter()
        .inspect(|schedule| assert_eq!(schedule.state_machine_arn, machine))
        .map(|schedule| (schedule.arn.as_str(), schedule.input.as_deref()))
        .collect();
    assert_eq!(
        read,
        [
            ("arn:aws:events:eu-west-1:123456789012:rule/FlowHourly", Some("{}")),
            ("arn:aws:scheduler:eu-west-1:123456789012:schedule/default/nightly", None),
            ("arn:aws:events:eu-west-1:123456789012:rule/daily", None),
            ("arn:aws:scheduler:eu-west-1:123456789012:schedule/default/Once", Some(r#"{"a": 1}"#)),
        ]
    );
    let warned: Vec<&str> =
        template.machine_warnings.iter().filter_map(|line| line.split(':').next()).collect();
    let expected = [
        "schedule FlowNever starts nothing",
        "event Orders of state machine Flow is not delivered on one machine",
        "rule Pattern does not start arn",
    ];
    assert_eq!(warned, expected);
}

#[test]
fn nested_templates_take_parameters_and_put_out_values() {
    let folder = folder_with(&["nested"]);
    let inner = r"
Parameters: {Stage: {Type: String}}
Resources: {Add: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub 'add-${Stage}'}}}
Outputs: {Arn: {Value: !GetAtt Add.Arn}}
";
    fs::write(folder.path().join("nested/inner.yaml"), inner).expect("is written");
    let outer = r"
Resources:
  Inner:
    Type: AWS::Serverless::Application
    Properties: {Location: nested/inner.yaml, Parameters: {Stage: !Ref AWS::Region}}
  Other:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: 'https://bucket/x', Parameters: {A: !GetAtt Inner.Outputs.Arn}}
  Self: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: outer.yaml}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties: {Definition: {Resource: !GetAtt Inner.Outputs.Arn}}
";
    let template = read(folder.path(), "outer.yaml", outer);
    let inner = &template.nested[0];
    assert_eq!(inner.file, folder.path().join("nested/inner.yaml"));
    assert_eq!(inner.parameters["Stage"], "eu-west-1");
    assert_eq!(template.nested.len(), 2, "what is elsewhere is not read");
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:add-eu-west-1";
    let TemplateDefinition::Text(text) = &template.state_machines[0].definition else {
        panic!("it is in the template")
    };
    assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), json!({"Resource": arn}));
}

#[test]
fn what_cannot_be_hosted_is_named() {
    let folder = folder_with(&["code"]);
    let refused = |properties: &str| {
        let text = format!(
            r#"{{"Resources": {{"Add": {{"Type": "AWS::Serverless::Function",
                "Properties": {{"Handler": "a.b", {properties}}}}}}}}}"#
        );
        let template = read(folder.path(), "t.json", &text);
        let [not_hosted] = &template.not_hosted[..] else { panic!("{properties} is hosted") };
        assert_eq!((not_hosted.name.as_str(), template.functions.len()), ("Add", 0));
        not_hosted.problem.to_string()
    };
    assert_eq!(
        refused(r#""Runtime": "ruby3.3", "CodeUri": "code""#),
        "function Add: runtime `ruby3.3` cannot be hosted (python*, nodejs* and provided* can)"
    );
    let missing = folder.path().join("src").display().to_string();
    assert_eq!(
        refused(r#""Runtime": "python3.12", "CodeUri": "src""#),
        format!("function Add: its code folder {missing} does not exist")
    );
    let file = folder.path().join("code/bootstrap").display().to_string();
    assert_eq!(
        refused(r#""Runtime": "provided.al2023", "CodeUri": "code""#),
        format!("function Add: {file} does not exist; build the function first")
    );
    assert_eq!(
        refused(r#""Runtime": "python3.12", "CodeUri": "s3://bucket/key""#),
        "function Add: its code s3://bucket/key is not in this project"
    );
    assert_eq!(
        refused(r#""Runtime": "python3.12", "CodeUri": "code", "Timeout": "soon""#),
        "function Add: Timeout is not a number of seconds from 1 to 900"
    );
    let image = "function Add: PackageType is not supported; only Zip is";
    assert_eq!(refused(r#""PackageType": "Image""#), image);
    assert_eq!(refused(r#""ImageUri": "a:b""#), image);
}

#[test]
fn a_function_of_cloudformation_has_its_code_where_its_tool_keeps_it() {
    let folder = folder_with(&["asset.abc", "src"]);
    let function = |properties: Value, metadata: Value| {
        let mut resource = json!({"Type": "AWS::Lambda::Function", "Metadata": metadata,
            "Properties": {"Handler": "index.handler", "Runtime": "python3.12"}});
        for (name, value) in properties.as_object().into_iter().flatten() {
            resource["Properties"][name] = value.clone();
        }
        let document = json!({"Resources": {"Add": resource}});
        let template = read(folder.path(), "Shop.template.json", &document.to_string());
        template.functions.first().map(|function| function.directory.clone())
    };
    let here = |name: &str| Some(folder.path().join(name));
    let bucket = json!({"Fn::Sub": "cdk-${Qualifier}-assets"});
    let by_key = json!({"Code": {"S3Bucket": bucket, "S3Key": "abc.zip"}});
    assert_eq!(function(by_key, Value::Null), here("asset.abc"));
    let elsewhere = json!({"Code": {"S3Bucket": "b", "S3Key": "other.zip"}});
    assert_eq!(function(elsewhere.clone(), Value::Null), None);
    let metadata = json!({"aws:asset:path": "asset.abc", "aws:asset:property": "Code"});
    assert_eq!(function(elsewhere, metadata), here("asset.abc"));
    assert_eq!(function(json!({"Code": "./src"}), Value::Null), here("./src"));
}

#[test]
fn code_in_a_template_is_written_to_a_file() {
    let folder = folder_with(&[]);
    let file = folder.path().join("template.json");
    let text = json!({"Resources": {"Add": {"Type": "AWS::Lambda::Function", "Properties": {
        "Handler": "index.handler", "Runtime": "nodejs20.x", "Code": {"ZipFile": "exports.a = 1"}}}}});
    fs::write(&file, text.to_string()).expect("is written");
    let account_region = AccountRegion::new("eu-west-1", "123456789012");
    let (none, staged) = (BTreeMap::new(), StagedCode::default());
    let context = TemplateContext {
        account_region: &account_region,
        parameters: &none,
        exports: &none,
        staged: &staged,
    };
    let template = Template::read_file(&file, context).expect("it is a template");
    let code = fs::read_to_string(template.functions[0].directory.join("index.js"));
    assert_eq!(code.ok().as_deref(), Some("exports.a = 1"));
}

#[test]
fn what_sam_has_built_serves_where_the_source_cannot() {
    let folder =
        folder_with(&["plain", "packaged", ".aws-sam/build/Plain", ".aws-sam/build/Packaged"]);
    let function = |code: &str| {
        json!({"Type": "AWS::Serverless::Function", "Properties": {
            "Handler": "a.b", "Runtime": "python3.12", "CodeUri": code}})
    };
    let resources = |plain: &str, packaged: &str| {
        json!({"Resources": {"Plain": function(plain), "Packaged": function(packaged)}}).to_string()
    };
    let built = folder.path().join(".aws-sam/build/template.yaml");
    fs::write(built, resources("Plain", "Packaged")).expect("is written");
    let requirements = folder.path().join("packaged/requirements.txt");
    fs::write(requirements, "# none\nrequests\n").expect("is written");
    let template = read(folder.path(), "template.yaml", &resources("plain", "packaged"));
    let folders: Vec<&Path> =
        template.functions.iter().map(|function| function.directory.as_path()).collect();
    let expected = ["plain", ".aws-sam/build/Packaged"].map(|name| folder.path().join(name));
    assert_eq!(folders, expected);
    assert!(template.warnings[0].starts_with("function Packaged: its code is what `sam build`"));
}

#[test]
fn one_function_that_cannot_be_hosted_keeps_no_other_from_it() {
    let folder = folder_with(&["add", "send"]);
    let text = TEMPLATE.replace("Runtime: nodejs20.x", "Runtime: ruby3.3");
    let template = read(folder.path(), "template.yaml", &text);
    let names: Vec<&str> = template.functions.iter().map(|hosted| &*hosted.name).collect();
    assert_eq!(names, ["Add"]);
    assert_eq!(template.not_hosted[0].name, "send-dev");
}
