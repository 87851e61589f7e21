"""What a deployment carries whose limits are open: `Limits=open`."""

import json
import random
import time

from deployment import machine
from workflows import FUNCTION, check_history, ended, history, started

# More than a message of SQS holds, and than Step Functions allows.
ANSWER = "".join(random.Random(7).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=1_550_000))

LARGE = {
    "StartAt": "Ask", "QueryLanguage": "JSONata",
    "States": {
        "Ask": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": {"FunctionName": "logged", "Payload": {
                "call": "asked", "log": "{% $states.input.log %}",
                "token": "{% $states.context.Task.Token %}"}},
            "Next": "Echo",
        },
        "Echo": {"Type": "Task", "Resource": FUNCTION + "echo", "Arguments": "{% $states.input %}",
                 "Next": "Several"},
        "Several": {"Type": "Pass", "Output": "{% [1..$states.input.times].($states.input.text) %}",
                    "End": True},
    },
}


def payloads_are_larger_than_messages_and_answers(stage):
    client = stage.client
    arn = machine(client, "large", json.dumps(LARGE))
    for times in (2, 4):
        log = stage.folder / f"large-{times}"
        execution = started(client, arn, f"e{times}", {"log": str(log)})
        client.send_task_success(taskToken=token(client, execution),
                                 output=json.dumps({"text": ANSWER, "times": times}))
        described = ended(client, execution)
        assert described["status"] == "SUCCEEDED", described
        # The second is too large for the answer of a function.
        included = times == 2
        assert described["outputDetails"] == {"included": included}, described["outputDetails"]
        if included:
            assert json.loads(described["output"]) == [ANSWER] * times
        events = history(client, execution)
        check_history(events)
        assert ("output" in events[-1]["executionSucceededEventDetails"]) == included


def token(client, execution):
    """The token of the execution's task, once the task waits for it."""
    deadline = time.monotonic() + 30
    while True:
        events = history(client, execution)
        if any(event["type"] == "TaskSubmitted" for event in events):
            scheduled, = (event for event in events if event["type"] == "TaskScheduled")
            parameters = json.loads(scheduled["taskScheduledEventDetails"]["parameters"])
            return parameters["Payload"]["token"]
        assert time.monotonic() < deadline, "it has not been submitted"
        time.sleep(0.1)
