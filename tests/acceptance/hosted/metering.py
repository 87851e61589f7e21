"""What a million state transitions cost, by what functions that are warm ask of AWS.

us-east-1, on demand, November 2026, in dollars a million: a write unit 0.625, a read unit 0.125, a
request of SQS 0.40, an invocation of Lambda 0.20; a GB-second on arm64 is 13.33 a million.
"""

import contextlib
import itertools
import json
import time

from deployment import boto, machine
from workflows import chain, chain_of_calls, ended, history, started

LENGTH = 50
EXECUTIONS = 4
# So many that no execution to be metered meets a function that has not read its definition.
WARMING = 4 * EXECUTIONS
# A step function waits for DynamoDB and SQS, which takes longer there than here.
SECONDS = 0.020
# So long a function takes that is called; ours waits for it, and it is billed by itself.
CALL_SECONDS = 0.100
GIGABYTES = 0.25
# As long as the template lets a run of the timer take.
TIMER_ENDS = 60


@contextlib.contextmanager
def no_timer(double):
    """Starts no run of the timer, which runs every minute and alone makes queries."""
    events = boto("events", double)
    timers = [rule["Name"] for rule in events.list_rules()["Rules"] if rule.get("ScheduleExpression")]
    assert timers, "the timer has no rule"
    for name in timers:
        events.disable_rule(Name=name)
    try:
        yield
    finally:
        for name in timers:
            events.enable_rule(Name=name)


def run_undisturbed(run):
    """Runs until no query is among what was asked: a run of the timer that had begun takes a while."""
    began = time.monotonic()
    for attempt in itertools.count():
        running, counts = run(f"metered-{attempt}", EXECUTIONS)
        if "DynamoDB.Query" not in counts.requests:
            return running, counts
        assert time.monotonic() - began < TIMER_ENDS, f"queries: {dict(counts.requests)}"


def meter(stage, name):
    """A chain of Pass states."""
    return meter_chain(stage, name, chain(LENGTH), calls=0)


def meter_calls(stage, name):
    """A chain in which every second state calls a function of 100 ms, and the others are Pass."""
    return meter_chain(stage, f"{name}-calls", chain_of_calls(LENGTH), calls=LENGTH // 2)


def meter_chain(stage, name, definition, calls):
    """Prints what was asked for a transition of a chain of so many calls, and what it costs."""
    client, wire = stage.client, stage.wire
    arn = machine(client, f"chain-{name}", json.dumps(definition))

    def run(name, executions):
        wire.reset()
        running = [started(client, arn, f"{name}-{index}", {"orderId": 42})
                   for index in range(executions)]
        # The end of an execution is its only update. To ask for it would be counted, too.
        wire.wait_until(lambda counts: counts.requests["DynamoDB.UpdateItem"] == executions, 120)
        return running, wire.reset()

    run("warming", WARMING)
    with no_timer(stage.double):
        running, counts = run_undisturbed(run)
    transitions = LENGTH * EXECUTIONS
    assert all(ended(client, execution)["status"] == "SUCCEEDED" for execution in running)
    # A call adds that it is scheduled, started and done.
    events = 2 + 2 * LENGTH + 3 * calls
    assert all(len(history(client, execution)) == events for execution in running)
    messages = counts.requests["SQS.SendMessage"]
    sqs = sum(count for name, count in counts.requests.items() if name.startswith("SQS."))
    seconds = SECONDS * messages + CALL_SECONDS * calls * EXECUTIONS
    cost = {
        "DynamoDB writes": 0.625 * counts.write_units / transitions,
        "DynamoDB reads": 0.125 * counts.read_units / transitions,
        # Each message is received and deleted by the event source mapping, too.
        "SQS": 0.40 * (sqs + 2 * messages) / transitions,
        "Lambda requests": 0.20 * messages / transitions,
        "Lambda time": 13.33 * seconds * GIGABYTES / transitions,
    }
    print(f"  {name}: for {transitions} transitions {counts.write_units:.0f} write units, "
          f"{counts.read_units:.0f} read units, {messages} messages; "
          f"requests {dict(sorted(counts.requests.items()))}")
    print(f"  {name}: ${sum(cost.values()):.2f} a million transitions: "
          + ", ".join(f"{part} ${value:.3f}" for part, value in cost.items()))
    return sum(cost.values())

