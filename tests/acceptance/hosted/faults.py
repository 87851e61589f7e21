"""Executions in bad weather: killed functions, duplicated messages, a store that throttles."""

import json
import os
import pathlib
import signal
import time

from deployment import machine
from wire import Faults
from workflows import LOGGED, ORDER, check_history, ended, history, started


# Iterations of the Map in whose middle the table is out, and how many of them run at once.
ITEMS, AT_ONCE = 2_000, 40
# How often each of their messages is received meanwhile. A message is hidden for 30 s, then twice as
# long each time up to 15 minutes, so the sixth one already comes after 15 minutes.
RECEIVES = 25


def each_message_comes_twice(stage):
    stage.wire.faults = Faults(duplicated=1.0)
    _many(stage, "twice", may_be_lost=False)


def the_store_throttles_and_breaks_off(stage):
    wire = stage.wire
    wire.faults = Faults(throttled=0.2, lost=0.02)
    _many(stage, "throttled", may_be_lost=True)
    assert wire.counts.faults["throttled"] > 20, wire.counts.faults


def functions_are_killed_at_any_moment(stage):
    _many(stage, "killed", may_be_lost=True, kills=12)


def the_table_is_out_in_the_middle_of_a_large_map(stage):
    client, wire = stage.client, stage.wire
    one = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    each = {"StartAt": "Each", "States": {"Each": {
        "Type": "Map", "MaxConcurrency": AT_ONCE, "ItemProcessor": one, "End": True}}}
    arn = machine(client, "out", json.dumps(each))
    items = list(range(ITEMS))
    wire.reset()
    execution = started(client, arn, "one", items)
    # Each iteration appends twice.
    wire.wait_until(lambda counts: counts.requests["DynamoDB.PutItem"] > ITEMS, 300)
    wire.faults, wire.is_impatient = Faults(out=1.0), True
    wire.wait_until(lambda counts: counts.hidden > RECEIVES * AT_ONCE, 300)
    wire.faults = Faults()
    described = ended(client, execution, seconds=600)
    wire.is_impatient = False
    assert described["status"] == "SUCCEEDED", described
    assert json.loads(described["output"]) == items
    check_history(history(client, execution))
    print(f"  {ITEMS} iterations, {wire.counts.hidden} times a message was not handled")


def _many(stage, name, may_be_lost, kills=0, count=12):
    """Every execution ends as it should, and no call is made twice."""
    client, wire, folder = stage.client, stage.wire, stage.folder
    order = machine(client, f"order-{name}", json.dumps(ORDER))
    logged = machine(client, f"logged-{name}", json.dumps(LOGGED))
    log = folder / name
    orders, calls = [], []
    for index in range(count):
        orders.append(_start(client, order, f"e{index}", {"items": [{"sku": "a"}, {"sku": "b"}]}))
        value = {"name": f"e{index}", "log": str(log)}
        calls.append(_start(client, logged, f"e{index}", value))
    killed = sum(_kill_one(wire.random) for _ in range(kills))
    assert killed == kills, f"{killed} functions were killed, not {kills}"
    for execution in orders + calls:
        described = ended(client, execution, seconds=300)
        lost = described.get("error") == "Lambda.Unknown"
        assert described["status"] == "SUCCEEDED" or (may_be_lost and lost), described
        wire.faults = Faults()
        check_history(history(client, execution))
    lines = log.read_text().split()
    assert len(lines) == len(set(lines)), "a call was made twice"
    print(f"  {len(orders + calls)} executions, {len(lines)} calls logged, none twice; "
          f"{killed} kills, {dict(wire.counts.faults)}")


def _start(client, arn, name, value):
    """Starts again until the answer comes: the name makes it idempotent."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return started(client, arn, name, value)
        except client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code != "InternalServerError" or time.monotonic() > deadline:
                raise


def _kill_one(random):
    """Kills a process of the functions that take messages, once there is one; gives 1."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        processes = [int(folder.name) for folder in workers("step", "task")]
        if processes:
            os.kill(random.choice(processes), signal.SIGKILL)
            time.sleep(random.uniform(0.05, 0.5))
            return 1
        time.sleep(0.05)
    return 0


def workers(*functions):
    """The folders in /proc of the processes of these functions."""
    names = [f"AWS_LAMBDA_FUNCTION_NAME=statewright-{name}".encode() for name in functions]
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            if not (folder / "cmdline").read_bytes().endswith(b"bootstrap\0"):
                continue
        except OSError:
            continue
        if any(name in environment for name in names):
            yield folder


BAD_WEATHER = [
    each_message_comes_twice,
    the_store_throttles_and_breaks_off,
    functions_are_killed_at_any_moment,
    the_table_is_out_in_the_middle_of_a_large_map,
]
