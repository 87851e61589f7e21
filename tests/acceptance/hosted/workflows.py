"""Executions on the deployment that must end as they would on AWS, in good weather and in bad."""

import json
import math
import time

from deployment import machine

# Is in payloads, and must be in no log.
CANARY = "canary-4f2d"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:"


def task(function, **fields):
    return {"Type": "Task", "Resource": FUNCTION + function, **fields}


ORDER = {
    "StartAt": "Validate",
    "States": {
        "Validate": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.items[0]", "IsPresent": True, "Next": "Price"}],
            "Default": "Empty",
        },
        "Empty": {"Type": "Fail", "Error": "EmptyOrder", "Cause": "nothing was ordered"},
        "Price": {
            "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultPath": "$.lines",
            "ItemProcessor": {
                "StartAt": "PriceItem",
                "States": {"PriceItem": task("echo", End=True)},
            },
            "Next": "Fulfil",
        },
        "Fulfil": {
            "Type": "Parallel", "ResultPath": "$.parallel",
            "Branches": [
                {"StartAt": "Reserve", "States": {"Reserve": task("echo", Next="Wait"),
                                                  "Wait": {"Type": "Wait", "Seconds": 1,
                                                           "End": True}}},
                {"StartAt": "Charge", "States": {"Charge": task(
                    "failing", End=True,
                    Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Invoice"}]),
                    "Invoice": {"Type": "Pass", "Result": "invoice", "End": True}}},
            ],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed", "InputPath": "$.parallel[1]"},
    },
}

RETRY = {
    "StartAt": "Guarded",
    "States": {"Guarded": task("guarded", End=True, Retry=[
        {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 8,
         "BackoffRate": 1.0}])},
}

LONG = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def chain(length):
    """So many Pass states."""
    states = {
        f"P{index}": {"Type": "Pass", "Next": f"P{index + 1}"} for index in range(length - 1)
    }
    states[f"P{length - 1}"] = {"Type": "Pass", "End": True}
    return {"StartAt": "P0", "States": states}


def chain_of_calls(length):
    """So many states: Pass states, and after each a call of 100 ms."""
    definition = chain(length)
    for index in range(1, length, 2):
        name = f"P{index}"
        follows = {key: definition["States"][name][key] for key in ("Next", "End")
                   if key in definition["States"][name]}
        definition["States"][name] = task("unhurried", **follows)
    return definition


LOGGED = {
    "StartAt": "First",
    "States": {
        "First": task("logged", Parameters={"call.$": "States.Format('{}-1', $.name)",
                                            "log.$": "$.log"}, ResultPath=None, Next="Both"),
        "Both": {
            "Type": "Parallel", "ResultPath": None,
            "Branches": [
                {"StartAt": "Left", "States": {"Left": task("logged", Parameters={
                    "call.$": "States.Format('{}-2', $.name)", "log.$": "$.log"}, End=True)}},
                {"StartAt": "Right", "States": {"Right": {"Type": "Pass", "End": True}}},
            ],
            "Catch": [{"ErrorEquals": ["Lambda.Unknown"], "Next": "Last"}],
            "Next": "Last",
        },
        "Last": {"Type": "Pass", "End": True},
    },
}


def started(client, arn, name, value):
    return client.start_execution(stateMachineArn=arn, name=name, input=json.dumps(value))[
        "executionArn"]


def ended(client, execution, seconds=60):
    """The execution once it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        described = client.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        if time.monotonic() > deadline:
            raise AssertionError(f"{execution} still runs after {seconds} s")
        time.sleep(0.1)


def history(client, execution):
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=execution, PaginationConfig={"PageSize": 1000})
    return [event for page in pages for event in page["events"]]


def check_history(events):
    """What holds of every history: ids count from 1, and an event follows an earlier one."""
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    for event in events:
        assert event.get("previousEventId", 0) < event["id"], event
    assert events[0]["type"] == "ExecutionStarted"
    assert events[-1]["type"].startswith("Execution"), events[-1]


def an_order_goes_through(stage):
    client = stage.client
    arn = machine(client, "whole-order", json.dumps(ORDER))
    items = [{"sku": CANARY}, {"sku": "b"}, {"sku": "c"}]
    execution = started(client, arn, "one", {"items": items})
    described = ended(client, execution)
    assert described["status"] == "SUCCEEDED", described
    assert json.loads(described["output"]) == "invoice"
    events = history(client, execution)
    check_history(events)
    types = [event["type"] for event in events]
    assert types.count("MapIterationSucceeded") == 3
    assert types.count("LambdaFunctionFailed") == 1
    described = ended(client, started(client, arn, "empty", {"items": []}))
    assert (described["status"], described["error"]) == ("FAILED", "EmptyOrder")


def an_attempt_is_repeated_until_it_succeeds(stage):
    client, folder = stage.client, stage.folder
    arn = machine(client, "retry", json.dumps(RETRY))
    flag = folder / "flag"
    execution = started(client, arn, "one", {"flag": str(flag)})
    deadline = time.monotonic() + 30
    while not any(event["type"] == "LambdaFunctionFailed"
                  for event in history(client, execution)):
        assert time.monotonic() < deadline, "it has not been tried"
        time.sleep(0.1)
    flag.touch()
    described = ended(client, execution)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '"passed"')
    check_history(history(client, execution))


def an_execution_that_waits_is_stopped(stage):
    client = stage.client
    arn = machine(client, "long", json.dumps(LONG))
    execution = started(client, arn, "one", {})
    client.stop_execution(executionArn=execution, error="Enough", cause="of it")
    described = ended(client, execution)
    assert (described["status"], described["error"]) == ("ABORTED", "Enough")
    listed, = client.list_executions(stateMachineArn=arn, statusFilter="ABORTED")["executions"]
    assert listed["executionArn"] == execution


def many_children_are_started_ten_to_a_request(stage):
    client = stage.client
    one = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    each = {"StartAt": "Each", "States": {
        "Each": {"Type": "Map", "ItemProcessor": one, "End": True}}}
    arn = machine(client, "many", json.dumps(each))
    stage.wire.reset()
    described = ended(client, started(client, arn, "one", list(range(100))), seconds=120)
    assert json.loads(described["output"]) == list(range(100))
    sent = stage.wire.reset().requests["SQS.SendMessageBatch"]
    # The children start in groups of 64. The first ones of the groups share a request, and each of
    # them sends for the rest of its group.
    wanted = 1 + math.ceil(63 / 10) + math.ceil(35 / 10)
    assert sent == wanted, f"{sent} requests"


GOOD_WEATHER = [
    an_order_goes_through,
    an_attempt_is_repeated_until_it_succeeds,
    an_execution_that_waits_is_stopped,
    many_children_are_started_ten_to_a_request,
]
