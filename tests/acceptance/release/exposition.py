"""Does a Prometheus server understand `/metrics`? Prometheus's own parser for Python reads it."""

import json
import subprocess
import tempfile
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

MACHINE = {"name": "pass", "roleArn": "arn:aws:iam::000000000000:role/any",
           "definition": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})}


def call(endpoint, operation, request):
    headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    asked = urllib.request.Request(endpoint, json.dumps(request).encode(), headers)
    return json.load(urllib.request.urlopen(asked))


def check(binary):
    with tempfile.TemporaryDirectory() as folder:
        command = [binary, "local", "--port", "0", "--data", folder]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            endpoint = server.stdout.readline().split()[-1]
            arn = call(endpoint, "CreateStateMachine", MACHINE)["stateMachineArn"]
            started = call(endpoint, "StartExecution", {"stateMachineArn": arn})
            while call(endpoint, "DescribeExecution", started)["status"] == "RUNNING":
                pass
            with urllib.request.urlopen(f"{endpoint}/metrics") as answer:
                text = answer.read().decode()
        finally:
            server.kill()
            server.wait()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for family in families.values():
        assert family.documentation and family.type in ("counter", "gauge"), family
        assert family.samples, family
        labelled = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
        assert len(labelled) == len(set(labelled)), f"a sample is there twice: {labelled}"
        # Spec: Prometheus, "Metric and label naming".
        assert all(sample.name.endswith("_total") == (family.type == "counter") for sample in family.samples), family
    ended = {(sample.labels["type"], sample.labels["status"]): sample.value
             for sample in families["statewright_executions_ended"].samples}
    assert ended["STANDARD", "SUCCEEDED"] == 1 and sum(ended.values()) == 1, ended
    print(f"exposition: {len(families)} metrics")
