"""How much memory a function takes that handles ten messages at once."""

import json
import re

from deployment import boto, machine
from faults import workers
from workflows import chain, ended, started

RESIDENT_BYTES_MAX = 40_000_000
EXECUTIONS = 40


def ten_messages_at_once_take_little_memory(stage):
    """Executions with 20 KB of input each, whose messages wait until there are batches of ten."""
    stage.deploy({"StepsBatchSize": "10"})
    arn = machine(stage.client, "batches", json.dumps(chain(10)))
    value = {"text": "x" * 20_000}
    pause(stage, True)
    running = [started(stage.client, arn, f"e{index}", value) for index in range(EXECUTIONS)]
    pause(stage, False)
    for execution in running:
        assert ended(stage.client, execution)["status"] == "SUCCEEDED"
    log = (stage.folder / "ministack.log").read_text()
    largest = max(map(int, re.findall(r"statewright-step processed (\d+) SQS messages", log)))
    assert largest == 10, f"no batch had more than {largest} messages"
    peak = max(peak_resident_bytes(folder) for folder in workers("step"))
    print(f"  peak resident memory of step with batches of {largest}: {peak / 1e6:.1f} MB")
    assert peak < RESIDENT_BYTES_MAX


def pause(stage, paused):
    """Whether the queue `steps` is left alone."""
    lambdas = boto("lambda", stage.double)
    mappings = lambdas.list_event_source_mappings(FunctionName="statewright-step")
    mapping, = mappings["EventSourceMappings"]
    lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=not paused)


def peak_resident_bytes(process):
    peak, = re.findall(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
    return 1024 * int(peak)
