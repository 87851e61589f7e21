"""Runs examples/fulfilment.asl.json on `statewright local` against doubles of the services.

    python3 tests/acceptance/services_workflow BINARY

DynamoDB, ECS, SQS and SNS are moto's, in a process of its own; the carrier is an HTTP server here, which
refuses its first request; the approval is an activity whose worker is a thread here.
"""

import base64
import contextlib
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request

import boto3
from botocore.config import Config

EXAMPLE = pathlib.Path(__file__).parent.parent / "examples/fulfilment.asl.json"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}


class Carrier(http.server.BaseHTTPRequestHandler):
    """The carrier's API: it wants basic authentication, and is busy at first."""

    requests = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        expected = "Basic " + base64.b64encode(b"shop:secret").decode()
        status = 401 if self.headers["Authorization"] != expected else 503 if not self.requests else 200
        self.requests.append((self.path, body, status))
        answer = json.dumps({"shipment": "S-1"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def moto():
    """A moto server; it prints nothing on a pipe, so its port is asked until it answers."""
    port = free_port()
    log = tempfile.TemporaryFile()
    command = [pathlib.Path(sys.executable).parent / "moto_server", "-p", str(port)]
    server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(10_000):
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def carrier():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextlib.contextmanager
def local(binary, services, folder):
    connections = pathlib.Path(folder) / "connections.json"
    connections.write_text(json.dumps({"carrier": {"username": "shop", "password": "secret"}}))
    environment = dict(os.environ, AWS_ENDPOINT_URL=services, AWS_ACCESS_KEY_ID="any",
                       AWS_SECRET_ACCESS_KEY="any", AWS_REGION="us-east-1")
    command = [binary, "local", "--port", "0", "--data", folder, "--connections", connections]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield server.stdout.readline().split()[-1]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def prepare(services):
    """Creates what the workflow uses, and returns its input."""
    client = lambda name: boto3.client(name, endpoint_url=services, **CREDENTIALS)
    client("dynamodb").create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    # A task of ECS takes its next step whenever it is described.
    step = {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 1}}
    urllib.request.urlopen(urllib.request.Request(
        f"{services}/moto-api/state-manager/set-transition", data=json.dumps(step).encode(), method="POST"))
    client("ecs").create_cluster(clusterName="warehouse")
    client("ecs").register_task_definition(
        family="pack", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[{"name": "pack", "image": "pack", "memory": 128}])
    ec2 = client("ec2")
    return {
        "orderId": "42",
        "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
        "securityGroups": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
        "queueUrl": client("sqs").create_queue(QueueName="approved")["QueueUrl"],
        "topicArn": client("sns").create_topic(Name="approved")["TopicArn"],
    }


def approve(states, activity):
    """The worker of the approval, who approves one order."""
    task = states.get_activity_task(activityArn=activity, workerName="anna")
    order = json.loads(task["input"])
    assert order == {"orderId": "42", "packed": "STOPPED"}, order
    states.send_task_success(taskToken=task["taskToken"], output=json.dumps({"by": "anna"}))


def wait_for(states, execution):
    while True:
        described = states.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described


def main(binary):
    with tempfile.TemporaryDirectory() as folder, moto() as services, carrier() as carrier_url:
        given = dict(prepare(services), carrier=carrier_url)
        with local(binary, services, folder) as endpoint:
            states = boto3.client("stepfunctions", endpoint_url=endpoint, **CREDENTIALS,
                                  config=Config(read_timeout=70, retries={"max_attempts": 0}))
            activity = states.create_activity(name="approval")["activityArn"]
            machine = states.create_state_machine(
                name="fulfilment", roleArn="arn:aws:iam::000000000000:role/any",
                definition=EXAMPLE.read_text())["stateMachineArn"]
            start = lambda: states.start_execution(stateMachineArn=machine, input=json.dumps(given))
            execution = start()["executionArn"]
            approve(states, activity)
            ended = wait_for(states, execution)
            assert ended["status"] == "SUCCEEDED", ended
            assert json.loads(ended["output"]) == {
                "orderId": "42", "approvedBy": "anna", "shipment": "S-1"}, ended["output"]
            again = wait_for(states, start()["executionArn"])
            assert (again["status"], again["error"]) == ("FAILED", "OrderExists"), again
        check(services, given)
    print("the workflow of all services has passed")


def check(services, given):
    """What the workflow has done in the services."""
    client = lambda name: boto3.client(name, endpoint_url=services, **CREDENTIALS)
    item = client("dynamodb").get_item(TableName="orders", Key={"id": {"S": "42"}})["Item"]
    assert item == {"id": {"S": "42"}, "state": {"S": "sent"}, "shipment": {"S": "S-1"}}, item
    message = client("sqs").receive_message(QueueUrl=given["queueUrl"])["Messages"][0]
    assert json.loads(message["Body"]) == {"orderId": "42", "approvedBy": "anna"}, message
    asked = ("/shipments", {"order": "42"})
    assert Carrier.requests == [(*asked, 503), (*asked, 200)], Carrier.requests


if __name__ == "__main__":
    main(sys.argv[1])
