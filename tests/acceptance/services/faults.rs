//! What comes of answers that are late, broken or refused for a while.

use serde_json::{Value, json};

use super::{
    server::CallingServer,
    stub::{StubAnswer, StubProtocol, StubResponse},
};

const GET_ITEM: &str = "DynamoDB_20120810.GetItem";

fn json_answer(body: &Value) -> StubAnswer {
    StubResponse::success(StubProtocol::Json, body).into()
}

fn refusal(status: u16, code: &str) -> StubAnswer {
    StubResponse::refusal(StubProtocol::Json, status, code).into()
}

fn item(table: &str) -> Value {
    json!({"TableName": table, "Key": {"id": {"S": "1"}}})
}

fn assert_failed(described: &Value, error: &str, cause: &str) {
    assert_eq!(described["error"], error, "{described}");
    let found = described["cause"].as_str().unwrap_or_default();
    assert!(found.contains(cause), "{described}");
}

#[test]
fn an_answer_that_cannot_be_read_is_a_failure_of_the_client() {
    let server = CallingServer::start();
    for (name, operation, resource, parameters, error) in [
        ("json", GET_ITEM, "dynamodb:getItem", item("json"), "DynamoDB.SdkClientException"),
        ("sdk", GET_ITEM, "aws-sdk:dynamodb:getItem", item("sdk"), "DynamoDb.SdkClientException"),
        (
            "rest",
            "POST /v1/submitjob",
            "batch:submitJob",
            json!({"JobName": "rest", "JobQueue": "q", "JobDefinition": "d"}),
            "Batch.SdkClientException",
        ),
        (
            "query",
            "Publish",
            "sns:publish",
            json!({"TopicArn": "query", "Message": "m"}),
            "SNS.SdkClientException",
        ),
        (
            "xml",
            "GET /xml",
            "aws-sdk:s3:listObjectsV2",
            json!({"Bucket": "xml"}),
            "S3.SdkClientException",
        ),
        (
            "build",
            "CodeBuild_20161006.StartBuild",
            "codebuild:startBuild",
            json!({"ProjectName": "build"}),
            "CodeBuild.SdkClientException",
        ),
        (
            "cbor",
            "AWSEventsV2/CreateEventBus",
            "aws-sdk:eventbridgev2:createEventBus",
            json!({"Name": "cbor"}),
            "EventBridgeV2.SdkClientException",
        ),
    ] {
        let broken = StubResponse::success(StubProtocol::Json, &"{\"broken".into());
        server.stub.script(operation, name, vec![broken.into()]);
        assert_failed(&server.call(name, resource, &parameters), error, "nmarshall");
    }
}

#[test]
fn a_call_without_an_answer_fails_and_is_not_repeated() {
    let server = CallingServer::start();
    server.stub.script(GET_ITEM, "silent", vec![StubAnswer::HangUp]);
    let ended = server.call("silent", "dynamodb:getItem", &item("silent"));
    assert_failed(&ended, "DynamoDB.SdkClientException", "Unable to execute HTTP request");
    assert_eq!(server.stub.requests(GET_ITEM, "silent").len(), 1);

    server.stub.script(GET_ITEM, "late", vec![StubAnswer::Withhold]);
    let task = json!({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem",
        "Parameters": item("late"), "TimeoutSeconds": 1, "End": true});
    let ended = server.local.client.await_end(&server.start_task("late", &task));
    assert_failed(&ended, "States.Timeout", "");
}

#[test]
fn only_the_retry_of_a_state_repeats_a_call_that_was_throttled() {
    let server = CallingServer::start();
    let answers = vec![refusal(400, "ThrottlingException"), json_answer(&json!({}))];
    server.stub.script(GET_ITEM, "busy", answers);
    let task = json!({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem",
        "Parameters": item("busy"), "End": true,
        "Retry": [{"ErrorEquals": ["DynamoDB.ThrottlingException"], "IntervalSeconds": 1}]});
    let ended = server.local.client.await_end(&server.start_task("busy", &task));
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    assert_eq!(server.stub.requests(GET_ITEM, "busy").len(), 2);
}

#[test]
fn a_job_is_asked_for_again_until_its_service_answers() {
    let server = CallingServer::start();
    let start = |name: &str, fault: StubAnswer| {
        let started = json_answer(&json!({"JobRunId": "r"}));
        server.stub.script("AWSGlue.StartJobRun", name, vec![started]);
        let ended = json_answer(&json!({"JobRun": {"JobRunState": "SUCCEEDED"}}));
        server.stub.script("AWSGlue.GetJobRun", name, vec![fault, ended]);
        let task = json!({"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Parameters": {"JobName": name}, "End": true});
        server.start_task(name, &task)
    };
    let executions = [
        start("throttled", refusal(400, "ThrottlingException")),
        start("broken", json_answer(&"{\"broken".into())),
        start("down", refusal(503, "ServiceUnavailable")),
        start("silent", StubAnswer::HangUp),
    ];
    let forbidden = start("forbidden", refusal(400, "UnrecognizedClientException"));
    for execution in executions {
        let ended = server.local.client.await_end(&execution);
        assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    }
    let ended = server.local.client.await_end(&forbidden);
    assert_failed(&ended, "Glue.AWSGlueException", "refused (Service: AWSGlue; Status Code: 400");
    for name in ["throttled", "broken", "down", "silent", "forbidden"] {
        assert_eq!(server.stub.requests("AWSGlue.StartJobRun", name).len(), 1, "{name}");
    }
}

#[test]
fn a_job_whose_task_is_out_of_time_is_cancelled() {
    let server = CallingServer::start();
    let (name, stop) = ("slow", "AWSGlue.BatchStopJobRun");
    let started = json_answer(&json!({"JobRunId": "r"}));
    server.stub.script("AWSGlue.StartJobRun", name, vec![started]);
    let running = json_answer(&json!({"JobRun": {"JobRunState": "RUNNING"}}));
    server.stub.script("AWSGlue.GetJobRun", name, vec![running]);
    // A service that refuses for a while is told again.
    let throttled = refusal(400, "ThrottlingException");
    server.stub.script(stop, name, vec![throttled, json_answer(&json!({}))]);
    let task = json!({"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName": name}, "TimeoutSeconds": 1, "End": true});
    let ended = server.local.client.await_end(&server.start_task(name, &task));
    assert_failed(&ended, "States.Timeout", "");
    for stopped in server.stub.await_requests(stop, name, 2) {
        assert_eq!(stopped.fields(), json!({"JobName": name, "JobRunIds": ["r"]}));
    }
}

#[test]
fn an_answer_can_say_that_a_part_has_failed() {
    let server = CallingServer::start();
    let failed = json!({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]});
    server.stub.script("AWSEvents.PutEvents", "entry", vec![json_answer(&failed)]);
    let entries = json!({"Entries": [{"Source": "entry", "DetailType": "t", "Detail": {}}]});
    let ended = server.call("entry", "events:putEvents", &entries);
    assert_failed(&ended, "EventBridge.FailedEntry", "\"ErrorCode\":\"InternalFailure\"");

    let run = "AmazonEC2ContainerServiceV20141113.RunTask";
    let failed = json!({"tasks": [], "failures": [{"arn": "a", "reason": "RESOURCE:MEMORY"}]});
    server.stub.script(run, "nowhere", vec![json_answer(&failed)]);
    let parameters = json!({"Cluster": "nowhere", "TaskDefinition": "d"});
    let ended = server.call("nowhere", "ecs:runTask.sync", &parameters);
    assert_failed(&ended, "AmazonECS.Unknown", "RESOURCE:MEMORY");
}

#[test]
fn a_call_with_parameters_that_cannot_be_used_is_not_made() {
    let server = CallingServer::start();
    for (name, resource, parameters, error, cause) in [
        (
            "nourl",
            "sqs:sendMessage",
            json!({"QueueUrl": "nourl/q", "MessageBody": "m"}),
            "SQS.SdkClientException",
            "nourl: Name or service not known",
        ),
        (
            "number",
            "dynamodb:getItem",
            json!({"TableName": "number", "Key": {"id.$": "$$.State.Name"}}),
            "States.Runtime",
            "The value of the field 'Key' has an invalid format",
        ),
        (
            "counted",
            "ecs:runTask",
            json!({"TaskDefinition": "counted", "Count": 2}),
            "States.Runtime",
            "The field \"Count\" is not supported by Step Functions",
        ),
    ] {
        let ended = server.call(name, resource, &parameters);
        assert_failed(&ended, error, cause);
    }
}

#[test]
fn a_body_in_s3_is_read_and_written_or_fails_the_task() {
    let server = CallingServer::start();
    let stub = &server.stub;
    stub.script("GET /in/there", "there", vec![json_answer(&json!({"prompt": "p"}))]);
    stub.script("POST /model/stored/invoke", "stored", vec![json_answer(&json!({"text": "t"}))]);
    stub.script("PUT /out/there", "there", vec![json_answer(&json!(""))]);
    let gone = StubResponse::refusal(StubProtocol::RestXml, 404, "NoSuchKey");
    stub.script("GET /in/gone", "gone", vec![gone.into()]);
    let output = json!({"S3Uri": "s3://out/there"});
    let parameters =
        |input: &str| json!({"ModelId": "stored", "Input": {"S3Uri": input}, "Output": output});
    let ended = server.call("there", "bedrock:invokeModel", &parameters("s3://in/there"));
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    let stored = stub.await_request("PUT /out/there", "there");
    assert_eq!(stored.fields(), json!({"text": "t"}));
    assert_eq!(stored.header("content-type"), Some("application/json"));
    let ended = server.call("gone", "bedrock:invokeModel", &parameters("s3://in/gone"));
    assert_failed(&ended, "S3.NoSuchKeyException", "refused (Service: Amazon S3; Status Code: 404");
    let ended = server.call("nowhere", "bedrock:invokeModel", &parameters("/in/there"));
    assert_failed(&ended, "States.Runtime", "'Input' has an invalid format");
    assert_eq!(stub.requests("POST /model/stored/invoke", "stored").len(), 1);
}
