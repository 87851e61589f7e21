"""The ways into a deployment, and what it tells of itself."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from deployment import ACCOUNT, boto, machine
from double import IDENTITY
from wire import ROOT
from workflows import CANARY, chain, ended, started


def nobody_calls_it_without_a_signature(stage):
    """IAM stands before the API: API Gateway refuses what is not signed."""
    request = urllib.request.Request(
        stage.double.endpoint, b"{}", method="POST",
        headers={"Host": stage.api_host, "Content-Type": "application/x-amz-json-1.0",
                 "X-Amz-Target": "AWSStepFunctions.ListStateMachines"},
    )
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as refused:
        assert refused.code == 403, refused.code
    else:
        raise AssertionError("an unsigned request was answered")


def the_function_url_answers_what_is_signed_for_it(stage):
    """The way without API Gateway."""
    host = urlsplit(stage.outputs["ApiUrl"]).netloc
    headers = {"Content-Type": "application/x-amz-json-1.0",
               "X-Amz-Target": "AWSStepFunctions.ListStateMachines"}
    signed = AWSRequest("POST", f"https://{host}/", data=b"{}", headers=headers)
    SigV4Auth(ROOT, "lambda", IDENTITY["AWS_REGION"]).add_auth(signed)
    headers = {**dict(signed.headers.items()), "Host": host}
    request = urllib.request.Request(stage.double.endpoint, b"{}", headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        assert "stateMachines" in json.load(answer)


def events_start_executions(stage):
    """The function `start` is invoked by another function, by API Gateway, and by who repeats."""
    arn = machine(stage.client, "started", json.dumps(chain(2)))

    def invoke(event):
        answer = boto("lambda", stage.double).invoke(
            FunctionName=stage.outputs["StartFunction"], Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    order = {"stateMachineArn": arn, "name": "direct", "input": {"orderId": 42}}
    first, failed = invoke(order)
    assert failed is None, first
    described = ended(stage.client, first["executionArn"])
    assert (described["status"], described["input"]) == ("SUCCEEDED", '{"orderId": 42}')
    again, failed = invoke(order)
    assert (again, failed) == (first, None), "what has ended is not started again"
    other, failed = invoke({**order, "input": {"orderId": 43}})
    assert other["errorType"] == "ExecutionAlreadyExists", other
    proxied, _ = invoke({
        "version": "2.0", "routeKey": "POST /start/{stateMachine}", "rawPath": "/start/started",
        "headers": {"idempotency-key": "proxied"}, "pathParameters": {"stateMachine": "started"},
        "requestContext": {"requestId": "r", "http": {"method": "POST", "path": "/start/started"}},
        "body": '{"orderId": 44}', "isBase64Encoded": False,
    })
    assert proxied["statusCode"] == 200, proxied
    execution = json.loads(proxied["body"])["executionArn"]
    assert ended(stage.client, execution)["input"] == '{"orderId": 44}'


def changes_of_status_are_told(stage):
    """A rule on the bus sees an execution start and end."""
    sqs, events = boto("sqs", stage.double), boto("events", stage.double)
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:told"
    rule = events.put_rule(Name="told", EventPattern=json.dumps({"source": ["statewright"]}))
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
               "Action": "sqs:SendMessage", "Resource": queue,
               "Condition": {"ArnEquals": {"aws:SourceArn": rule["RuleArn"]}}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_targets(Rule="told", Targets=[{"Id": "told", "Arn": queue}])
    arn = machine(stage.client, "told", json.dumps(chain(1)))
    execution = started(stage.client, arn, "one", {"a": 1})
    told = []
    while len(told) < 2:
        received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
        assert "Messages" in received, f"nobody was told after {told}"
        for message in received["Messages"]:
            told.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert {event["detail-type"] for event in told} == {"Step Functions Execution Status Change"}
    details = {event["detail"]["status"]: event["detail"] for event in told}
    assert set(details) == {"RUNNING", "SUCCEEDED"}, details
    assert details["SUCCEEDED"]["executionArn"] == execution
    assert details["SUCCEEDED"]["output"] == '{"a": 1}', details


def logs_have_metrics_and_no_payloads(stage):
    """What the functions print names executions, and never what is in them."""
    log = (stage.folder / "ministack.log").read_text()
    assert '"Namespace":"Statewright"' in log and '"ExecutionsSucceeded":1' in log
    assert CANARY not in log, "a payload is in a log"


WAYS_IN = [
    nobody_calls_it_without_a_signature,
    the_function_url_answers_what_is_signed_for_it,
    events_start_executions,
    changes_of_status_are_told,
    logs_have_metrics_and_no_payloads,
]
