//! `statewright local` beside the double that its Tasks call.

use std::{fs, process::Command};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::stub::{ServiceStub, StubProtocol, StubResponse};
use crate::program::{LocalProgram, local_command};

/// The ARNs of this server begin so.
const STATES: &str = "arn:aws:states:us-east-1:000000000000";

/// A server whose Tasks call the double.
pub(super) struct CallingServer {
    pub(super) stub: ServiceStub,
    pub(super) local: LocalProgram,
    _folder: tempfile::TempDir,
}

impl CallingServer {
    pub(super) fn start() -> Self {
        let stub = ServiceStub::start();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let connections = folder.path().join("connections.json");
        fs::write(&connections, connections_file(&stub).to_string()).expect("written");
        let token = json!({"access_token": "granted", "token_type": "Bearer"});
        let token = StubResponse::success(StubProtocol::Json, &token);
        stub.script("POST /oauth/token", "client_credentials", vec![token.into()]);
        let connections = connections.display().to_string();
        let data = folder.path().join("data");
        let mut command = local_command(&data, &["--connections", &connections]);
        set_environment(&mut command, &stub);
        let local = LocalProgram::start_command(command.env("HOME", folder.path()));
        Self { stub, local, _folder: folder }
    }

    /// What the texts of a case have for an execution with this marker, which is its name and that of
    /// its machine.
    pub(super) fn replacements(&self, marker: &str) -> [(&'static str, String); 7] {
        [
            ("@", marker.to_owned()),
            ("$STUB", self.stub.address().to_owned()),
            ("$CLUSTER", format!("https://{}", self.stub.tls_address())),
            ("$AUTHORITY", BASE64_STANDARD.encode(self.stub.certificate_authority())),
            ("$MACHINE", format!("{STATES}:stateMachine:{marker}")),
            ("$EXECUTION", format!("{STATES}:execution:{marker}:{marker}")),
            ("$TOKEN", "States.Format('T<{}>T', $$.Task.Token)".to_owned()),
        ]
    }

    /// Starts an execution of a machine that is one Task. Both have this name.
    pub(super) fn start_task(&self, name: &str, task: &Value) -> String {
        let definition = json!({"StartAt": "Call", "States": {"Call": task}});
        let machine = self.local.client.create_machine(name, &definition.to_string());
        self.local.client.start_execution(&machine, name, &json!({}))
    }

    /// Makes a call in an execution of this name, and describes its end.
    pub(super) fn call(&self, name: &str, resource: &str, parameters: &Value) -> Value {
        let resource = format!("arn:aws:states:::{resource}");
        let task =
            json!({"Type": "Task", "Resource": resource, "Parameters": parameters, "End": true});
        self.local.client.await_end(&self.start_task(name, &task))
    }
}

/// No settings but those of the double.
fn set_environment(command: &mut Command, stub: &ServiceStub) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.envs([
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    command.env("AWS_ENDPOINT_URL", format!("http://{}", stub.address()));
}

/// The connections that the cases name.
fn connections_file(stub: &ServiceStub) -> Value {
    let added = json!({
        "header_parameters": [{"key": "x-added", "value": "header"}],
        "body_parameters": [{"key": "added", "value": "by connection"}],
    });
    json!({
        "basic": {"username": "user", "password": "secret"},
        "key": {
            "api_key_name": "x-api-key",
            "api_key_value": "secret",
            "invocation_http_parameters": added,
        },
        "oauth": {
            "client_id": "client",
            "client_secret": "secret",
            "authorization_endpoint": format!("http://{}/oauth/token", stub.address()),
            "http_method": "POST",
        },
    })
}
