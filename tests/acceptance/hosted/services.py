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
        finish_container(client("ecs"), lambda task: tell_of(stage, task))
        approve(stage.client, activity)
        check(client, given, ended(stage.client, execution))


def finish_container(ecs, tell):
    """ministack's containers run until somebody stops them. It tells nobody."""
    deadline = time.monotonic() + 30
    while not (tasks := ecs.list_tasks(cluster="warehouse")["taskArns"]):
        assert time.monotonic() < deadline, "no task of ECS has started"
        time.sleep(0.1)
    ecs.stop_task(cluster="warehouse", task=tasks[0])
    tell(tasks[0])


def tell_of(stage, task):
    """What ECS would say: the function finds the Task that waits for its task, and for no other."""
    def event(arn):
        return {"source": "aws.ecs", "detail-type": "ECS Task State Change",
                "detail": {"taskArn": arn, "lastStatus": "STOPPED"}}

    for arn, awaited in [(task, True), (task + "0", False)]:
        answer = boto("lambda", stage.double).invoke(
            FunctionName="statewright-job-event", Payload=json.dumps(event(arn)))
        assert json.load(answer["Payload"]) == {"awaited": awaited}, arn
    rules = boto("events", stage.double).list_rule_names_by_target(TargetArn=stage.outputs["JobEventFunctionArn"])
    assert len(rules["RuleNames"]) == 14, rules
