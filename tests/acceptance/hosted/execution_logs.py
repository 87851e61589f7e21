"""The logs of executions, where CloudWatch Logs keeps them."""

import json
import time

from deployment import ROLE, ROLE_NAME, boto
from workflows import ended, history, started

GROUP = "/executions/logged"
DEFINITION = {
    "StartAt": "Each",
    "States": {"Each": {
        "Type": "Map", "ItemsPath": "$.items", "End": True,
        "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}}},
}


def executions_are_logged(stage):
    """Every event of a Standard execution, and of an Express one, is a line of the machine's log group."""
    logs, iam = boto("logs", stage.double), boto("iam", stage.double)
    logs.create_log_group(logGroupName=GROUP)
    group = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]["arn"]
    allow = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    iam.put_role_policy(
        RoleName=ROLE_NAME, PolicyName="logs",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    logging = {"level": "ALL", "includeExecutionData": True,
               "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group.removesuffix(":*") + ":*"}}]}

    def started_of(kind):
        arn = stage.client.create_state_machine(
            name=f"logged-{kind.lower()}", type=kind, definition=json.dumps(DEFINITION), roleArn=ROLE,
            loggingConfiguration=logging)["stateMachineArn"]
        return started(stage.client, arn, "one", {"items": [1, 2]})

    standard, express = started_of("STANDARD"), started_of("EXPRESS")
    ended(stage.client, standard)
    types = {str(event["id"]): event["type"] for event in history(stage.client, standard)}
    assert lines_of(logs, standard, len(types)) == types
    assert sorted(lines_of(logs, express, len(types)).values()) == sorted(types.values())


def lines_of(logs, execution, count):
    """The types of the logged events by their ids, once there are so many lines."""
    deadline = time.monotonic() + 60
    while True:
        lines = [json.loads(event["message"])
                 for page in logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP)
                 for event in page["events"]]
        types = {line["id"]: line["type"] for line in lines if line["execution_arn"] == execution}
        if len(types) >= count:
            return types
        assert time.monotonic() < deadline, f"{len(types)} of {count} events of {execution} are logged"
        time.sleep(0.2)
