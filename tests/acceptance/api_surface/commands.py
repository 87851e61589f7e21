"""Every operation once by the AWS CLI, as a user of its manual would come upon them."""

import json
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor

from command_line import CommandLine
from modelled_client import ROLE
from operations import PASS, PREFIX, await_end, create, route


def call_each_operation_by(command_lines, endpoint, folder, role=ROLE):
    """By each of these commands, at once: they wait for their own start more than for an answer."""
    def call(aws):
        with tempfile.TemporaryDirectory(dir=folder) as own:
            client = CommandLine(aws, endpoint, own, role)
            call_each_operation(client, "by-" + re.sub(r"\W", "-", client.version))
        print(f"every operation is called by {client.version}", flush=True)

    with ThreadPoolExecutor() as pool:
        list(pool.map(call, command_lines))


def call_each_operation(client, name):
    """`name` is that of the state machine and of the activity, and no other has it."""
    activity = client("CreateActivity", name=name, tags=[{"key": "a", "value": "1"}])["activityArn"]
    machine = published_machine(client, name, activity)
    alias = routed_alias(client, machine)
    execution = worked_execution(client, alias, activity)
    what_is_told(client, machine, execution)
    map_runs(client, name, execution)
    tags(client, machine)
    express(client, f"{name}-express")
    offline(client)
    deletions(client, machine, activity)
    client.check_that_every_operation_was_called()


def published_machine(client, name, activity):
    work = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": activity, "End": True}}}
    off = {"level": "OFF", "includeExecutionData": False}
    created = create(client, name, work, type="STANDARD", publish=True, versionDescription="the first",
                     loggingConfiguration=off)
    machine = created["stateMachineArn"]
    assert created["stateMachineVersionArn"] == f"{machine}:1"
    updated = client("UpdateStateMachine", stateMachineArn=machine, publish=False,
                     definition=json.dumps({"Comment": "é", **work}))
    published = client("PublishStateMachineVersion", stateMachineArn=machine,
                       revisionId=updated["revisionId"])
    assert published["stateMachineVersionArn"] == f"{machine}:2"
    described = client("DescribeStateMachine", stateMachineArn=f"{machine}:2")
    assert json.loads(described["definition"])["Comment"] == "é", described
    listed = client("ListStateMachineVersions", stateMachineArn=machine)["stateMachineVersions"]
    assert len(listed) == 2, listed
    client.refused("DescribeStateMachine", "StateMachineDoesNotExist", stateMachineArn=f"{machine}:9")
    return machine


def routed_alias(client, machine):
    both = [route(f"{machine}:1", 40), route(f"{machine}:2", 60)]
    alias = client("CreateStateMachineAlias", name="live",
                   routingConfiguration=[route(f"{machine}:1", 100)])["stateMachineAliasArn"]
    client("UpdateStateMachineAlias", stateMachineAliasArn=alias, routingConfiguration=both)
    described = client("DescribeStateMachineAlias", stateMachineAliasArn=alias)
    assert described["routingConfiguration"] == both, described
    listed = client("ListStateMachineAliases", stateMachineArn=machine)["stateMachineAliases"]
    assert [it["stateMachineAliasArn"] for it in listed] == [alias]
    return alias


def worked_execution(client, alias, activity):
    """An execution that fails, and succeeds when it is redriven."""
    def token():
        task = client("GetActivityTask", activityArn=activity, workerName="w")
        assert json.loads(task["input"]) == {"a": 1}, task
        return task["taskToken"]

    execution = client("StartExecution", stateMachineArn=alias, name="e", input='{"a": 1}')["executionArn"]
    client("SendTaskFailure", taskToken=token(), error="E", cause="because")
    assert await_end(client, execution)["error"] == "E"
    client("RedriveExecution", executionArn=execution)
    again = token()
    client("SendTaskHeartbeat", taskToken=again)
    client("SendTaskSuccess", taskToken=again, output='{"b": 2}')
    described = await_end(client, execution)
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1), described
    return execution


def what_is_told(client, machine, execution):
    whole = client("GetExecutionHistory", executionArn=execution)["events"]
    in_pages = client.in_pages("GetExecutionHistory", executionArn=execution)["events"]
    assert in_pages == whole and len(whole) > 5, (whole, in_pages)
    last = client("GetExecutionHistory", executionArn=execution, maxResults=1, reverseOrder=True,
                  includeExecutionData=False)["events"]
    assert [it["type"] for it in last] == ["ExecutionSucceeded"], last
    of_execution = client("DescribeStateMachineForExecution", executionArn=execution)
    assert of_execution["stateMachineArn"] == machine, of_execution
    stopped = client("StartExecution", stateMachineArn=machine)["executionArn"]
    client("StopExecution", executionArn=stopped, error="E", cause="because")
    await_end(client, stopped)
    listed = client("ListExecutions", stateMachineArn=machine, statusFilter="ABORTED")["executions"]
    assert [it["executionArn"] for it in listed] == [stopped], listed
    names = [it["stateMachineArn"] for it in client("ListStateMachines")["stateMachines"]]
    assert machine in names, names


def map_runs(client, name, execution):
    assert client("ListMapRuns", executionArn=execution)["mapRuns"] == []
    map_run = f"{PREFIX}:mapRun:{name}/label:00000000-0000-4000-8000-000000000000"
    client.refused("DescribeMapRun", "ResourceNotFound", mapRunArn=map_run)
    client.refused("UpdateMapRun", "ResourceNotFound", mapRunArn=map_run, maxConcurrency=1)


def tags(client, machine):
    client("TagResource", resourceArn=machine, tags=[{"key": "b", "value": "2"}, {"key": "c", "value": "3"}])
    client("UntagResource", resourceArn=machine, tagKeys=["b"])
    assert client("ListTagsForResource", resourceArn=machine)["tags"] == [{"key": "c", "value": "3"}]


def express(client, name):
    machine = create(client, name, PASS, type="EXPRESS")["stateMachineArn"]
    answer = client("StartSyncExecution", stateMachineArn=machine, input='{"a": 1}')
    assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", {"a": 1}), answer
    client("DeleteStateMachine", stateMachineArn=machine)


def offline(client):
    validated = client("ValidateStateMachineDefinition", definition=json.dumps(PASS))
    assert validated["result"] == "OK", validated
    tested = client("TestState", definition=json.dumps(PASS["States"]["P"]), roleArn=client.role,
                    input="[1]", inspectionLevel="DEBUG")
    assert (tested["status"], tested["output"]) == ("SUCCEEDED", "[1]"), tested


def deletions(client, machine, activity):
    client("DeleteStateMachineAlias", stateMachineAliasArn=f"{machine}:live")
    client("DeleteStateMachineVersion", stateMachineVersionArn=f"{machine}:1")
    client("DeleteStateMachine", stateMachineArn=machine)
    client("DeleteActivity", activityArn=activity)
    assert activity not in [it["activityArn"] for it in client("ListActivities")["activities"]]
    client.refused("DescribeActivity", "ActivityDoesNotExist", activityArn=activity)
