"""The workflow of many services on the deployment: examples/fulfilment.asl.json."""

import json
import pathlib
import sys
import time

from deployment import ROLE_NAME, boto, machine

sys.path.append(str(pathlib.Path(__file__).parent.parent / "services_workflow"))

from fulfilment import EXAMPLE, Carrier, approve, carrier, check, prepare
from workflows import ended, started

ACTIONS = ["dynamodb:PutItem", "dynamodb:UpdateItem", "ecs:RunTask", "ecs:DescribeTasks", "ecs:StopTask",
           "sns:Publish", "sqs:SendMessage"]


def a_workflow_uses_many_services(stage):
    """ministack's connections have no secret, so here the carrier does not ask who calls."""
    def client(name):
        return boto(name, stage.double)

    allow = {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}
    client("iam").put_role_policy(
        RoleName=ROLE_NAME, PolicyName="services",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    Carrier.identity = None
    with carrier() as carrier_url:
        given = dict(prepare(client), carrier=carrier_url)
        activity = stage.client.create_activity(name="approval")["activityArn"]
        definition = json.loads(EXAMPLE.read_text())
        asking = definition["States"]["TellOthers"]["Branches"][2]["States"]["AskCarrier"]
        del asking["Arguments"]["Authentication"]
        arn = machine(stage.client, "fulfilment", json.dumps(definition))
        execution = started(stage.client, arn, "one", given)
        finish_container(client("ecs"))
        approve(stage.client, activity)
        check(client, given, ended(stage.client, execution))


def finish_container(ecs):
    """ministack's containers run until somebody stops them."""
    deadline = time.monotonic() + 30
    while not (tasks := ecs.list_tasks(cluster="warehouse")["taskArns"]):
        assert time.monotonic() < deadline, "no task of ECS has started"
        time.sleep(0.1)
    ecs.stop_task(cluster="warehouse", task=tasks[0])
