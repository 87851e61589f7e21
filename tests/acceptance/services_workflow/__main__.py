"""Runs examples/fulfilment.asl.json on `statewright local` against doubles of the services.

    python3 tests/acceptance/services_workflow BINARY

DynamoDB, ECS, SQS and SNS are moto's, in a process of its own; the carrier is an HTTP server here, which
refuses its first request; the approval is an activity whose worker is this process.
"""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request

import boto3
from botocore.config import Config

from fulfilment import EXAMPLE, approve, carrier, check, prepare

CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}
# A task of ECS takes its next step whenever it is described.
STEP = {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 1}}


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
        endpoint = f"http://127.0.0.1:{port}"
        urllib.request.urlopen(urllib.request.Request(
            f"{endpoint}/moto-api/state-manager/set-transition", json.dumps(STEP).encode(), method="POST"))
        yield endpoint
    finally:
        server.kill()
        server.wait()


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


def wait_for(states, execution):
    while True:
        described = states.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described


def main(binary):
    with tempfile.TemporaryDirectory() as folder, moto() as services, carrier() as carrier_url:
        def client(name):
            return boto3.client(name, endpoint_url=services, **CREDENTIALS)

        given = dict(prepare(client), carrier=carrier_url)
        with local(binary, services, folder) as endpoint:
            states = boto3.client("stepfunctions", endpoint_url=endpoint, **CREDENTIALS,
                                  config=Config(read_timeout=70, retries={"max_attempts": 0}))
            activity = states.create_activity(name="approval")["activityArn"]
            machine = states.create_state_machine(
                name="fulfilment", definition=EXAMPLE.read_text(),
                roleArn="arn:aws:iam::000000000000:role/any")["stateMachineArn"]

            def start():
                return states.start_execution(
                    stateMachineArn=machine, input=json.dumps(given))["executionArn"]

            execution = start()
            approve(states, activity)
            check(client, given, wait_for(states, execution))
            again = wait_for(states, start())
            assert (again["status"], again["error"]) == ("FAILED", "OrderExists"), again
    print("the workflow of many services has passed")


if __name__ == "__main__":
    main(sys.argv[1])
