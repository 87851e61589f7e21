"""Compares what executions log with what was recorded on AWS: the cases of kind `logs`, which run.py leaves out.

    python3 tests/conformance/recorded_logs.py ../shared/conformance

Each case creates a Standard state machine, with its loggingConfiguration or before it, and runs one execution. Its
lines are those of `logs.jsonl` in the data folder of `statewright local`.
"""

import argparse
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent.parent
ROLE = "arn:aws:iam::000000000000:role/recorded"
LOG_GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/recorded:*"
SECONDS_MAX = 120


class StepFunctions:
    def __init__(self, url):
        self.host = url.split("//")[1].rstrip("/")

    def call(self, operation, **request):
        connection = http.client.HTTPConnection(self.host, timeout=SECONDS_MAX)
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AWSStepFunctions.{operation}",
        }
        connection.request("POST", "/", json.dumps(request), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, (operation, answer)
        return answer


def parameters_of(case, operation):
    steps = case["setup"] + case["steps"]
    return next((step["params"] for step in steps if step["op"] == operation), None)


def settings_of(parameters):
    """What a request says of logging, with a log group that we name."""
    if parameters is None or "loggingConfiguration" not in parameters:
        return {}
    logging = parameters["loggingConfiguration"]
    for destination in logging.get("destinations", []):
        destination["cloudWatchLogsLogGroup"]["logGroupArn"] = LOG_GROUP
    return {"loggingConfiguration": logging}


def start_case(service, number, case):
    """Returns the ARN of the execution."""
    create = parameters_of(case, "CreateStateMachine")
    machine = service.call(
        "CreateStateMachine", name=f"recorded-{number}", roleArn=ROLE, type=create["type"],
        definition=json.dumps(create["definition"]["$json"]), **settings_of(create),
    )["stateMachineArn"]
    update = settings_of(parameters_of(case, "UpdateStateMachine"))
    if update:
        service.call("UpdateStateMachine", stateMachineArn=machine, **update)
    execution_input = json.dumps(parameters_of(case, "StartExecution")["input"]["$json"])
    started = service.call("StartExecution", stateMachineArn=machine, input=execution_input)
    return started["executionArn"]


def in_words_of_recording(line):
    """Recordings have JSON in place of its text, and placeholders for what differs each time."""
    assert line["event_timestamp"].isdigit(), line
    details = line["details"]
    for data in ("input", "output"):
        if data in details:
            details[data] = json.loads(details[data])
    if "roleArn" in details:
        details["roleArn"] = "snf_role_arn"
    return {**line, "event_timestamp": "timestamp", "execution_arn": "arn"}


def recorded_lines(case):
    lines = case["expected"].get("logged_execution_events", [])
    return [{**line, "execution_arn": "arn"} for line in lines]


def lines_by_execution(log):
    lines = {}
    if log.exists():
        whole, _, _ = log.read_text().rpartition("\n")
        for text in whole.splitlines():
            line = json.loads(text)
            lines.setdefault(line["execution_arn"], []).append(in_words_of_recording(line))
    return lines


def await_log(service, log, expected):
    """The lines of all executions, once they have ended and as many have come as are expected."""
    for arn in expected:
        while service.call("DescribeExecution", executionArn=arn)["status"] == "RUNNING":
            pass
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        lines = lines_by_execution(log)
        missing = [arn for arn, recorded in expected.items() if len(lines.get(arn, [])) < len(recorded)]
        if not missing or time.monotonic() > deadline:
            return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("conformance", type=pathlib.Path)
    parser.add_argument("--binary", default=ROOT / "target/release/statewright")
    options = parser.parse_args()
    paths = sorted((options.conformance / "cases/logging").glob("*.json"))
    cases = [case for case in map(json.loads, map(pathlib.Path.read_text, paths)) if case["kind"] == "logs"]
    with tempfile.TemporaryDirectory() as folder:
        local = subprocess.Popen(
            [options.binary, "local", "--port", "0", "--data", folder],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=dict(os.environ),
        )
        try:
            service = StepFunctions(local.stdout.readline().split()[-1])
            started = {start_case(service, number, case): case for number, case in enumerate(cases)}
            expected = {arn: recorded_lines(case) for arn, case in started.items()}
            lines = await_log(service, pathlib.Path(folder) / "logs.jsonl", expected)
        finally:
            local.send_signal(signal.SIGTERM)
            local.wait()
    different = [arn for arn, recorded in expected.items() if lines.get(arn, []) != recorded]
    for arn in different:
        print(f"logged otherwise than recorded: {started[arn]['id']}: {json.dumps(lines.get(arn, []))}")
    print(f"{len(cases) - len(different)} of {len(cases)} recorded cases are logged as on AWS")
    return 1 if different or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
