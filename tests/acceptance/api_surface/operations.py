"""One call at least of each operation, and the mistakes that its callers make most."""

import json

PREFIX = "arn:aws:states:us-east-1:000000000000"
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "because"}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def create(client, name, definition, **settings):
    return client("CreateStateMachine", name=name, definition=json.dumps(definition), roleArn=client.role,
                  **settings)


def await_end(client, execution):
    while True:
        described = client("DescribeExecution", executionArn=execution)
        if described["status"] != "RUNNING":
            return described


def run(client, machine, **request):
    started = client("StartExecution", stateMachineArn=machine, **request)
    return await_end(client, started["executionArn"])


def call_every_operation(client):
    machines(client)
    versions(client)
    aliases(client)
    executions_of_versions(client)
    executions(client)
    express(client)
    activities_and_tasks(client)
    map_runs(client)
    tags(client)
    offline(client)


def machines(client):
    logged = {"level": "OFF", "includeExecutionData": False}
    settings = {"loggingConfiguration": logged, "tracingConfiguration": {"enabled": True},
                "encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}
    machine = create(client, "settings", PASS, **settings)["stateMachineArn"]
    described = client("DescribeStateMachine", stateMachineArn=machine)
    assert {name: described[name] for name in settings} == settings, described
    assert "revisionId" not in described
    updated = client("UpdateStateMachine", stateMachineArn=machine,
                     tracingConfiguration={"enabled": False})
    hidden = client("DescribeStateMachine", stateMachineArn=machine, includedData="METADATA_ONLY")
    assert (hidden["definition"], hidden["revisionId"]) == ("{}", updated["revisionId"]), hidden
    page = client("ListStateMachines", maxResults=1)
    assert len(page["stateMachines"]) == 1
    client.refused("UpdateStateMachine", "MissingRequiredParameter", stateMachineArn=machine)
    client.refused("UpdateStateMachine", "ValidationException", stateMachineArn=machine,
                   roleArn=client.role, versionDescription="without a version")
    client.refused("DescribeStateMachine", "StateMachineDoesNotExist",
                   stateMachineArn=f"{PREFIX}:stateMachine:nobody")
    client("DeleteStateMachine", stateMachineArn=machine)
    client("DeleteStateMachine", stateMachineArn=machine)


def versions(client):
    created = create(client, "versions", PASS, publish=True, versionDescription="first")
    machine, first = created["stateMachineArn"], created["stateMachineVersionArn"]
    assert first == f"{machine}:1"
    again = create(client, "versions", PASS, publish=True, versionDescription="first")
    assert again == created, (again, created)
    client.refused("CreateStateMachine", "StateMachineAlreadyExists", name="versions", roleArn=client.role,
                   definition=json.dumps(PASS), publish=True, versionDescription="other")
    assert client("PublishStateMachineVersion", stateMachineArn=machine)["stateMachineVersionArn"] == first
    updated = client("UpdateStateMachine", stateMachineArn=machine, definition=json.dumps(FAIL),
                     publish=True)
    assert updated["stateMachineVersionArn"] == f"{machine}:2"
    described = client("DescribeStateMachine", stateMachineArn=first)
    assert (described["description"], json.loads(described["definition"])) == ("first", PASS)
    conflict = client.refused("PublishStateMachineVersion", "ConflictException",
                              stateMachineArn=machine, revisionId="INITIAL")
    assert updated["revisionId"] in conflict["Error"]["Message"], conflict
    listed = client("ListStateMachineVersions", stateMachineArn=machine, maxResults=1)
    assert listed["stateMachineVersions"][0]["stateMachineVersionArn"] == f"{machine}:2"
    rest = client("ListStateMachineVersions", stateMachineArn=machine, nextToken=listed["nextToken"])
    assert [it["stateMachineVersionArn"] for it in rest["stateMachineVersions"]] == [first]
    client.refused("ListStateMachineVersions", "InvalidToken", stateMachineArn=f"{machine}x",
                   nextToken=listed["nextToken"])
    client("DeleteStateMachineVersion", stateMachineVersionArn=f"{machine}:2")
    client("DeleteStateMachineVersion", stateMachineVersionArn=f"{machine}:2")
    assert client("PublishStateMachineVersion", stateMachineArn=machine)["stateMachineVersionArn"] == (
        f"{machine}:3")
    client.refused("PublishStateMachineVersion", "StateMachineDoesNotExist",
                   stateMachineArn=f"{machine}:3")
    labelled = client.refused("PublishStateMachineVersion", "ValidationException",
                              stateMachineArn=f"{machine}/label")
    assert labelled["reason"] == "API_DOES_NOT_SUPPORT_LABELED_ARNS", labelled
    client.refused("DeleteStateMachineVersion", "ValidationException", stateMachineVersionArn=machine)


def route(version, weight):
    return {"stateMachineVersionArn": version, "weight": weight}


def aliases(client):
    machine = create(client, "aliases", PASS, publish=True)["stateMachineArn"]
    client("UpdateStateMachine", stateMachineArn=machine, definition=json.dumps(FAIL), publish=True)
    one, two = f"{machine}:1", f"{machine}:2"
    request = {"name": "live", "description": "live", "routingConfiguration": [route(one, 100)]}
    created = client("CreateStateMachineAlias", **request)
    assert client("CreateStateMachineAlias", **request) == created
    alias = created["stateMachineAliasArn"]
    assert alias == f"{machine}:live"
    client.refused("CreateStateMachineAlias", "ConflictException", **dict(request, description="x"))
    for routes, reason in [
        ([route(one, 70), route(two, 29)], "Sum of routing configuration weights must equal 100."),
        ([route(one, 50), route(one, 50)], "distinct state machine version ARNs"),
        ([route(machine, 100)], "must contain state machine version ARNs"),
    ]:
        refused = client.refused("CreateStateMachineAlias", "ValidationException", name="bad",
                                 routingConfiguration=routes)
        assert reason in refused["Error"]["Message"], refused
        assert refused["reason"] == "INVALID_ROUTING_CONFIGURATION", refused
    client.refused("CreateStateMachineAlias", "ResourceNotFound", name="bad",
                   routingConfiguration=[route(f"{machine}:9", 100)])
    client.refused("CreateStateMachineAlias", "ValidationException", name="123",
                   routingConfiguration=[route(one, 100)])
    used = client.refused("DeleteStateMachineVersion", "ConflictException", stateMachineVersionArn=one)
    assert used["Error"]["Message"].endswith("referencing this version: [live]"), used
    both = [route(one, 40), route(two, 60)]
    client("UpdateStateMachineAlias", stateMachineAliasArn=alias, routingConfiguration=both)
    described = client("DescribeStateMachineAlias", stateMachineAliasArn=alias)
    assert (described["routingConfiguration"], described["description"]) == (both, "live"), described
    client.refused("UpdateStateMachineAlias", "ValidationException", stateMachineAliasArn=alias)
    client("CreateStateMachineAlias", name="canary", routingConfiguration=[route(two, 100)])
    listed = client("ListStateMachineAliases", stateMachineArn=machine)["stateMachineAliases"]
    assert [it["stateMachineAliasArn"].split(":")[-1] for it in listed] == ["canary", "live"]
    of_one = client("ListStateMachineAliases", stateMachineArn=one)["stateMachineAliases"]
    assert [it["stateMachineAliasArn"] for it in of_one] == [alias]
    client("DeleteStateMachineAlias", stateMachineAliasArn=f"{machine}:canary")
    for operation in ["DeleteStateMachineAlias", "DescribeStateMachineAlias"]:
        client.refused(operation, "ResourceNotFound", stateMachineAliasArn=f"{machine}:canary")
    client.refused("ListStateMachineAliases", "StateMachineDoesNotExist", stateMachineArn=f"{machine}x")


def executions_of_versions(client):
    """After `aliases`: version 1 succeeds, version 2 fails, and `live` routes to both."""
    machine = f"{PREFIX}:stateMachine:aliases"
    one, alias = f"{machine}:1", f"{machine}:live"
    described = run(client, one)
    assert (described["status"], described["stateMachineVersionArn"]) == ("SUCCEEDED", one)
    assert described["stateMachineArn"] == machine and "stateMachineAliasArn" not in described
    of_execution = client("DescribeStateMachineForExecution", executionArn=described["executionArn"])
    assert json.loads(of_execution["definition"]) == PASS, of_execution
    drawn = [run(client, alias) for _ in range(40)]
    outcomes = {(it["stateMachineVersionArn"], it["status"]) for it in drawn}
    assert outcomes == {(one, "SUCCEEDED"), (f"{machine}:2", "FAILED")}, outcomes
    assert {it["stateMachineAliasArn"] for it in drawn} == {alias}
    by_alias = client("ListExecutions", stateMachineArn=alias)["executions"]
    assert {it["executionArn"] for it in by_alias} == {it["executionArn"] for it in drawn}
    by_version = client("ListExecutions", stateMachineArn=one)["executions"]
    assert {it["stateMachineVersionArn"] for it in by_version} == {one}
    history = client("GetExecutionHistory", executionArn=drawn[0]["executionArn"])["events"]
    details = history[0]["executionStartedEventDetails"]
    assert details["stateMachineAliasArn"] == alias, details
    assert details["stateMachineVersionArn"] == drawn[0]["stateMachineVersionArn"], details
    for nothing in [f"{machine}:9", f"{machine}:nothing"]:
        client.refused("StartExecution", "StateMachineDoesNotExist", stateMachineArn=nothing)
        client.refused("ListExecutions", "StateMachineDoesNotExist", stateMachineArn=nothing)
    nested = {"StartAt": "S", "States": {"S": {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True,
        "Parameters": {"StateMachineArn": one, "Input": {}}}}}
    parent = create(client, "nested", nested)["stateMachineArn"]
    output = json.loads(run(client, parent)["output"])
    assert output["StateMachineVersionArn"] == one, output


def executions(client):
    machine = create(client, "executions", WAIT)["stateMachineArn"]
    started = client("StartExecution", stateMachineArn=machine, name="e", input="{}", traceHeader="x")
    execution = started["executionArn"]
    assert client("StartExecution", stateMachineArn=machine, name="e", input="{}") == started
    client.refused("StartExecution", "ExecutionAlreadyExists", stateMachineArn=machine, name="e",
                   input="[]")
    client("StopExecution", executionArn=execution, error="E", cause="because")
    assert await_end(client, execution)["status"] == "ABORTED"
    tokens = [f"token-{number}" for number in range(11)]
    dates = []
    for token in tokens:
        redriven = client("RedriveExecution", executionArn=execution, clientToken=token)
        dates.append(redriven["redriveDate"])
        client("StopExecution", executionArn=execution)
        await_end(client, execution)
    for token, date in list(zip(tokens, dates))[1:]:
        redriven = client("RedriveExecution", executionArn=execution, clientToken=token)
        assert redriven["redriveDate"] == date, token
    described = client("DescribeExecution", executionArn=execution, includedData="METADATA_ONLY")
    assert "input" not in described and described["redriveCount"] == 11, described
    client("RedriveExecution", executionArn=execution, clientToken=tokens[0])
    client.refused("RedriveExecution", "ExecutionNotRedrivable", executionArn=execution)
    page = client("GetExecutionHistory", executionArn=execution, maxResults=1)
    client("GetExecutionHistory", executionArn=execution, nextToken=page["nextToken"])
    client.refused("GetExecutionHistory", "InvalidToken", executionArn=execution, reverseOrder=True,
                   nextToken=page["nextToken"])
    hidden = client("DescribeStateMachineForExecution", executionArn=execution,
                    includedData="METADATA_ONLY")
    assert hidden["definition"] == "{}"
    listed = client("ListExecutions", stateMachineArn=machine, redriveFilter="REDRIVEN")
    assert [it["executionArn"] for it in listed["executions"]] == [execution]
    client("DeleteStateMachine", stateMachineArn=machine)


def express(client):
    standard = create(client, "no-express", PASS)["stateMachineArn"]
    client.refused("StartSyncExecution", "StateMachineTypeNotSupported", stateMachineArn=standard)
    created = create(client, "express", PASS, type="EXPRESS", publish=True)
    machine, version = created["stateMachineArn"], created["stateMachineVersionArn"]
    alias = client("CreateStateMachineAlias", name="live",
                   routingConfiguration=[route(version, 100)])["stateMachineAliasArn"]
    for started in [machine, version, alias]:
        answer = client("StartSyncExecution", stateMachineArn=started, name="e", input='{"a": 1}',
                        traceHeader="Root=1-67891233-abcdef012345678912345678")
        assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", {"a": 1}), answer
        assert answer["executionArn"].startswith(f"{PREFIX}:express:express:e:"), answer
        assert answer["billingDetails"]["billedDurationInMilliseconds"] % 100 == 0, answer
    shown = client("StartSyncExecution", stateMachineArn=machine, includedData="ALL_DATA")
    assert (shown["input"], shown["output"]) == ("{}", "{}"), shown
    hidden = client("StartSyncExecution", stateMachineArn=machine, includedData="METADATA_ONLY")
    assert "input" not in hidden and "output" not in hidden, hidden
    assert hidden["outputDetails"] == {"included": False}, hidden
    fails = create(client, "express-fails", FAIL, type="EXPRESS")["stateMachineArn"]
    failed = client("StartSyncExecution", stateMachineArn=fails)
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "E", "because"), failed
    first, second = [client("StartExecution", stateMachineArn=machine, name="e")["executionArn"]
                     for _ in range(2)]
    assert first != second
    for operation in ["DescribeExecution", "StopExecution", "GetExecutionHistory"]:
        client.refused(operation, "InvalidArn", executionArn=first)
    client.refused("ListExecutions", "StateMachineTypeNotSupported", stateMachineArn=machine)
    for error, request in [
        ("StateMachineDoesNotExist", {"stateMachineArn": f"{machine}x"}),
        ("InvalidArn", {"stateMachineArn": "nonsense"}),
        ("InvalidName", {"stateMachineArn": machine, "name": "a b"}),
        ("InvalidExecutionInput", {"stateMachineArn": machine, "input": "{"}),
    ]:
        client.refused("StartSyncExecution", error, **request)


def activities_and_tasks(client):
    activity = client("CreateActivity", name="work")["activityArn"]
    assert client("DescribeActivity", activityArn=activity)["name"] == "work"
    assert activity in [it["activityArn"] for it in client("ListActivities")["activities"]]
    machine = create(client, "working", {"StartAt": "T", "States": {"T": {
        "Type": "Task", "Resource": activity, "HeartbeatSeconds": 60, "End": True}}})["stateMachineArn"]
    for finish in [
        lambda token: client("SendTaskSuccess", taskToken=token, output="1"),
        lambda token: client("SendTaskFailure", taskToken=token, error="E", cause="because"),
    ]:
        execution = client("StartExecution", stateMachineArn=machine)["executionArn"]
        task = client("GetActivityTask", activityArn=activity, workerName="w")
        client("SendTaskHeartbeat", taskToken=task["taskToken"])
        finish(task["taskToken"])
        await_end(client, execution)
        client.refused("SendTaskSuccess", "TaskTimedOut", taskToken=task["taskToken"], output="1")
    client.refused("SendTaskHeartbeat", "InvalidToken", taskToken="no token")
    client("DeleteActivity", activityArn=activity)
    client.refused("DescribeActivity", "ActivityDoesNotExist", activityArn=activity)


def map_runs(client):
    map_run = f"{PREFIX}:mapRun:executions/label:00000000-0000-4000-8000-000000000000"
    for operation, request in [
        ("DescribeMapRun", {}), ("UpdateMapRun", {"maxConcurrency": 1}), ("ListExecutions", {}),
    ]:
        client.refused(operation, "ResourceNotFound", mapRunArn=map_run, **request)
        client.refused(operation, "InvalidArn", mapRunArn="nonsense", **request)
    client.refused("UpdateMapRun", "ValidationException", mapRunArn=map_run)
    machine = create(client, "no-map-runs", PASS)["stateMachineArn"]
    execution = run(client, machine)["executionArn"]
    assert client("ListMapRuns", executionArn=execution)["mapRuns"] == []
    client.refused("ListMapRuns", "ExecutionDoesNotExist", executionArn=f"{execution}x")


def tags(client):
    machine = create(client, "tags", PASS, tags=[{"key": "a", "value": "1"}])["stateMachineArn"]
    client("TagResource", resourceArn=machine, tags=[{"key": "b", "value": "2"}])
    client("UntagResource", resourceArn=machine, tagKeys=["a"])
    assert client("ListTagsForResource", resourceArn=machine)["tags"] == [{"key": "b", "value": "2"}]


def offline(client):
    validated = client("ValidateStateMachineDefinition", definition=json.dumps(PASS), type="STANDARD")
    assert validated["result"] == "OK"
    broken = client("ValidateStateMachineDefinition", definition="{}", maxResults=1)
    assert broken["result"] == "FAIL" and len(broken["diagnostics"]) == 1, broken
    tested = client("TestState", definition=json.dumps(PASS["States"]["P"]), input="[1]",
                    inspectionLevel="DEBUG")
    assert (tested["status"], tested["output"]) == ("SUCCEEDED", "[1]"), tested
