//! `eks:call` and `eks:runJob` where a cluster is not who it should be, or has no logs.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    server::CallingServer,
    stub::{StubAnswer, StubProtocol, StubResponse},
};

fn parameters(server: &CallingServer, authority: &str, own: &Value) -> Value {
    let mut parameters = json!({
        "ClusterName": "prod",
        "CertificateAuthority": BASE64_STANDARD.encode(authority),
        "Endpoint": format!("https://{}", server.stub.tls_address()),
    });
    let own = own.as_object().expect("an object").clone();
    parameters.as_object_mut().expect("an object").extend(own);
    parameters
}

fn json_answer(body: &Value) -> StubAnswer {
    StubResponse::success(StubProtocol::Json, body).into()
}

#[test]
fn a_cluster_is_trusted_only_if_its_own_authority_vouches_for_it() {
    let (server, stranger) = (CallingServer::start(), CallingServer::start());
    let get = json!({"Method": "GET", "Path": "/version"});
    let authority = stranger.stub.certificate_authority();
    let ended = server.call("stranger", "eks:call", &parameters(&server, authority, &get));
    assert_eq!(ended["error"], "EKS.SdkClientException", "{ended}");
    let cause = ended["cause"].as_str().unwrap_or_default();
    assert!(cause.contains("certificate"), "{ended}");
    let broken = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";
    let ended = server.call("broken", "eks:call", &parameters(&server, broken, &get));
    assert_eq!(ended["error"], "States.Runtime", "{ended}");
    let cause = ended["cause"].as_str().unwrap_or_default();
    let words = "[The value of the field 'CertificateAuthority' has an invalid format]";
    assert!(cause.ends_with(words), "{ended}");
}

#[test]
fn a_log_that_cannot_be_read_has_its_error_in_the_result() {
    let server = CallingServer::start();
    let jobs = "/apis/batch/v1/namespaces/team/jobs";
    let created = json!({"metadata": {"name": "pi-1"}});
    server.stub.script(&format!("POST {jobs}"), "pi-", vec![json_answer(&created)]);
    let complete = json!({"status": {"conditions": [{"type": "Complete", "status": "True"}]}});
    let busy = StubResponse::refusal(StubProtocol::Json, 503, "busy");
    let answers = vec![busy.into(), json_answer(&complete)];
    server.stub.script(&format!("GET {jobs}/pi-1"), "pi-1", answers);
    let pods = "GET /api/v1/namespaces/team/pods";
    let containers = json!([{"name": "raw"}, {"name": "gone"}]);
    let pod = json!({"metadata": {"name": "pi-1-x"}, "spec": {"containers": containers}});
    server.stub.script(pods, "job-name%3Dpi-1", vec![json_answer(&json!({"items": [pod]}))]);
    let log = format!("{pods}/pi-1-x/log");
    server.stub.script(&log, "container=raw&tailLines=6", vec![json_answer(&json!("1.10"))]);
    let gone = StubResponse::refusal(StubProtocol::Json, 400, "gone");
    server.stub.script(&log, "container=gone", vec![gone.into()]);
    let logs =
        json!({"RetrieveLogs": true, "RawLogs": true, "LogParameters": {"tailLines": ["6"]}});
    let own = json!({"Namespace": "team", "LogOptions": logs,
        "Job": json!({"metadata": {"generateName": "pi-"}}).to_string()});
    let authority = server.stub.certificate_authority();
    let ended = server.call("logs", "eks:runJob.sync", &parameters(&server, authority, &own));
    let output: Value = serde_json::from_str(ended["output"].as_str().expect("an output"))
        .expect("an output is JSON");
    let containers = &output["logs"]["pods"]["pi-1-x"]["containers"];
    assert_eq!(containers["raw"], json!({"log": "1.10"}), "{ended}");
    assert_eq!(containers["gone"]["error"], "EKS.400", "{ended}");
    let cause = containers["gone"]["cause"].as_str().unwrap_or_default();
    assert!(cause.contains("refused"), "{ended}");
}
