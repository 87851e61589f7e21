//! Functions that are not hosted, cannot be hosted, or were edited.

use serde_json::json;

use super::*;
use crate::program::{LocalProgram, repository_root};

/// A machine whose one state calls this function.
fn calling_definition(function: &str) -> String {
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{function}");
    json!({"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": arn, "End": true}}})
        .to_string()
}

const TEMPLATE: &str = r"
Resources:
  Java: {Type: AWS::Serverless::Function,
    Properties: {FunctionName: java, Runtime: java21, Handler: a.B, CodeUri: .}}
  Image: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}
  Hosted: {Type: AWS::Serverless::Function,
    Properties: {FunctionName: hosted, Runtime: python3.12, Handler: app.handler, CodeUri: .}}
";

#[test]
fn what_cannot_be_hosted_is_a_warning_until_it_is_called() {
    let folder = temporary_folder();
    write_file(folder.path(), "template.yaml", TEMPLATE);
    write_file(folder.path(), "app.py", "def handler(event, context):\n    return 'hosted'\n");
    write_file(folder.path(), "pass.asl.json", PASS);
    write_file(folder.path(), "hosted.asl.json", &calling_definition("hosted"));
    write_file(folder.path(), "java.asl.json", &calling_definition("java"));
    let said = run_in(folder.path(), &["run", "pass.asl.json"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "{}\n"), "{said:?}");
    for reason in ["Java: runtime `java21`", "Image: PackageType is not"] {
        let warning = format!("warning: template.yaml: function {reason}");
        assert!(said.err.contains(&warning), "{warning} is not in {}", said.err);
    }
    let said = run_in(folder.path(), &["run", "hosted.asl.json"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "\"hosted\"\n"), "{said:?}");
    let said = run_in(folder.path(), &["run", "java.asl.json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let last = said.err.lines().last().unwrap_or_default();
    assert!(last.contains("is not hosted here"), "{last}");
    assert!(last.contains("template.yaml: function Java: runtime `java21` cannot be"), "{last}");
    let own = ["run", "java.asl.json", "--function", "java=exec no-such-program"];
    let said = run_in(folder.path(), &own);
    assert!(!said.err.contains("function Java"), "the command line hosts it: {said:?}");
}

#[test]
fn a_definition_beside_our_own_template_runs() {
    let folder = temporary_folder();
    let template = std::fs::read_to_string(repository_root().join("template.yaml"));
    write_file(folder.path(), "template.yaml", &template.expect("the repository has one"));
    write_file(folder.path(), "mine.asl.json", PASS);
    let said = run_in(folder.path(), &["run", "mine.asl.json"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "{}\n"), "{said:?}");
    assert!(said.err.starts_with("warning: template.yaml: function "), "{said:?}");
}

#[test]
fn a_function_that_nobody_hosts_says_what_hosts_it() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", &calling_definition("absent"));
    let said = run_in(folder.path(), &["run", "m.asl.json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    for named in
        ["absent", "is not hosted here", "--template FILE", "--function", "AWS_ENDPOINT_URL_LAMBDA"]
    {
        assert!(said.err.contains(named), "{named}: {said:?}");
    }
    assert!(!said.err.contains("IMDS"), "{said:?}");
}

#[test]
fn a_function_elsewhere_is_called_in_the_region_of_the_command_line() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", &calling_definition("absent"));
    for region in [&["--region", "eu-west-1"][..], &[]] {
        let arguments = [&["run", "m.asl.json"], region].concat();
        let mut command = statewright_command(folder.path(), &arguments);
        command.envs([("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any")]);
        command.env("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1");
        let said = Said::of(command.output().expect("the built binary runs"));
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.err.contains("Lambda.SdkClientException"), "{said:?}");
        assert!(!said.err.contains("region"), "{said:?}");
    }
}

#[test]
fn a_program_that_is_missing_is_named() {
    let folder = temporary_folder();
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).expect("a temporary folder can be made");
    std::os::unix::fs::symlink("/bin/sh", programs.join("sh")).expect("a link can be made");
    write_file(folder.path(), "template.yaml", TEMPLATE);
    write_file(folder.path(), "app.py", "");
    write_file(folder.path(), "m.asl.json", &calling_definition("hosted"));
    let mut command = statewright_command(folder.path(), &["run", "m.asl.json"]);
    let said = Said::of(command.env("PATH", &programs).output().expect("the built binary runs"));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("cannot run `python3`: No such file"), "{said:?}");
    assert!(said.err.contains("--function hosted=COMMAND"), "{said:?}");
}

#[test]
fn an_edited_function_runs_at_its_next_call() {
    let folder = temporary_folder();
    write_file(folder.path(), "template.yaml", TEMPLATE);
    write_file(folder.path(), "app.py", "def handler(event, context): return 'old'");
    let template = folder.path().join("template.yaml").display().to_string();
    let local = LocalProgram::start(&folder.path().join("data"), &["--template", &template]);
    let machine = local.client.create_machine("calls", &calling_definition("hosted"));
    let output_of = |name: &str| {
        let execution = local.client.start_execution(&machine, name, &json!({}));
        local.client.await_end(&execution)["output"].clone()
    };
    assert_eq!((output_of("a"), output_of("b")), (json!("\"old\""), json!("\"old\"")));
    write_file(folder.path(), "app.py", "def handler(event, context): return 'new'");
    assert_eq!(output_of("c"), json!("\"new\""));
}
