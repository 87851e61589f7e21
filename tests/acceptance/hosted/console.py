"""`statewright console`, fetched page by page as a browser would: of the deployment, by its endpoint and by its
stack.

    python tests/acceptance/hosted/console.py [COMMAND]

does the same with the console of a `statewright local`, without any double.
"""

import html
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ORDER = {
    "Comment": "<script>alert(1)</script>",
    "StartAt": "<b>Pick</b>",
    "States": {
        "<b>Pick</b>": {"Type": "Pass", "Result": {"picked": True}, "ResultPath": "$.made", "Next": "Ship"},
        "Ship": {"Type": "Pass", "End": True},
    },
}
FAILS = {"StartAt": "Ship", "States": {"Ship": {"Type": "Fail", "Error": "E"}}}
VIEWS = ["definition", "start", "versions", "tags"]
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'"
PATIENCE = 120


class Console:
    """A running `statewright console`, and what a browser has of it."""

    def __init__(self, command, target, environment, folder):
        home = {"HOME": str(folder), "PATH": os.environ["PATH"], "USER": "ada"}
        self.process = subprocess.Popen(
            [pathlib.Path(command).absolute(), "console", "--port", "0", *target], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**home, **environment}, cwd=folder,
        )
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), line + self.process.stderr.read()
        self.address = line.split()[-1]

    def stop(self):
        """Ends it as a user does; it must end well."""
        self.process.terminate()
        said = self.process.communicate(timeout=30)[1]
        assert self.process.returncode == 0, said
        return said

    def fetch(self, path, form=None, **headers):
        """The status, the headers and the text of an answer. Redirections are not followed."""
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.address + path, body, headers)
        try:
            with OPENER.open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def page(self, path, status=200):
        """The text of a page, which permits nothing inline."""
        found, headers, text = self.fetch(path)
        assert found == status, f"{path}: {found}\n{text}"
        assert headers["content-security-policy"].startswith(POLICY), headers
        assert text.count("<script") == 1 and "<style" not in text, path
        assert not re.search(r"<[^<>]*\s(style|on[a-z]+)=", text), path
        return text

    def token(self, path):
        return re.search(r'name="action-token" value="([0-9a-f]+)"', self.page(path))[1]


class Unredirected(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(Unredirected)


def page_path(section, arn):
    return f"/{section}/{urllib.parse.quote(arn, safe=':/')}"


def look_and_steer(console, machine, count_executions):
    """Opens every page of a state machine, whose definition is ORDER, and starts an execution of it."""
    name = machine.rpartition(":")[2]
    assert f">{name}</a>" in console.page("/")
    for view in VIEWS:
        text = console.page(f"{page_path('machines', machine)}?view={view}")
        assert name in text, view
    assert html.escape(ORDER["Comment"]) in console.page(page_path("machines", machine))
    console.page("/connect")
    before = count_executions(machine)
    refuse_foreign_forms(console, machine)
    assert count_executions(machine) == before, "a form that was refused has started an execution"

    form = {"machine": machine, "input": '{"shoes": "<i>2</i>"}', "name": "by-form",
            "action-token": console.token(f"{page_path('machines', machine)}?view=start")}
    status, headers, text = console.fetch("/actions/start-execution", form)
    assert status == 303, text
    page = await_text(console, headers["location"], "Succeeded")
    assert html.escape("<i>2</i>") in page and "<i>2</i>" not in page, page
    assert count_executions(machine) == before + 1
    for path in ["/executions", f"/executions?machine={machine}"]:
        assert ">by-form</a>" in await_text(console, path, "by-form")
    console.page(page_path("machines", machine + "-not"), status=404)


def refuse_foreign_forms(console, machine):
    form = {"machine": machine, "input": "{}"}
    token = {"action-token": console.token(f"{page_path('machines', machine)}?view=start")}
    action = "/actions/start-execution"
    for fields, headers in [
        (form, {}),
        ({**form, "action-token": "0" * 32}, {}),
        ({**form, **token}, {"Sec-Fetch-Site": "cross-site"}),
        ({**form, **token}, {"Origin": "https://evil.example"}),
        ({**form, **token}, {"Host": "evil.example"}),
    ]:
        status, _, text = console.fetch(action, fields, **headers)
        assert status == 403, (fields, headers, status, text)
    status, _, text = console.fetch("/", Host="evil.example")
    assert status == 403 and machine not in text, text
    api = {"X-Amz-Target": "AWSStepFunctions.ListStateMachines", "Content-Type": "application/x-amz-json-1.0"}
    status, _, text = console.fetch("/", {}, **api)
    assert status == 400 and "UnknownOperationException" in text, text


def await_text(console, path, wanted):
    """A page, once it has this text."""
    deadline = time.monotonic() + PATIENCE
    while wanted not in (text := console.page(path)):
        assert time.monotonic() < deadline, f"{path} has no {wanted}: {text}"
    return text


def the_console_shows_and_steers_a_deployment(stage):
    """By its endpoint, as a user who may call the API and nothing else."""
    from deployment import ACCOUNT, machine
    from doors import may_call, user

    keys = user(stage, "operator", may_call(stage, "/*"))
    arn = machine(stage.client, "console-order", json.dumps(ORDER))
    with tempfile.TemporaryDirectory() as folder:
        identity = {**keys, "AWS_ENDPOINT_URL": stage.double.endpoint}
        console = Console(stage.binary, ["--endpoint", stage.endpoint()], identity, folder)
        try:
            look_and_steer(console, arn, counter(stage.client))
        finally:
            said = console.stop()
        assert f"arn:aws:iam::{ACCOUNT}:user/operator at the console" in said, said


def the_console_takes_a_letter_off_the_queue(stage):
    """By a stack: what is in its dead-letter queue is shown, and moved back."""
    from deployment import boto, machine
    from double import IDENTITY
    from workflows import ended

    arn = machine(stage.client, "console-fails", json.dumps(FAILS))
    execution = stage.client.start_execution(stateMachineArn=arn, name="x")["executionArn"]
    assert ended(stage.client, execution)["status"] == "FAILED"
    queue, sqs = stage.outputs["DeadLettersUrl"], boto("sqs", stage.double)
    report = {"reason": "five <i>functions</i> died", "message": {"execution": "console-fails:x"}}
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(report))
    make_reachable_stack(stage)
    with tempfile.TemporaryDirectory() as folder:
        identity = {**IDENTITY, "AWS_ENDPOINT_URL": stage.double.endpoint}
        console = Console(stage.binary, ["--stack", "reachable"], identity, folder)
        try:
            assert "statewright proxy --stack reachable" in console.page("/connect")
            # Whoever has looked leaves it for who looks next.
            for _ in range(2):
                page = console.page("/dead-letters")
                assert f'href="{page_path("executions", execution)}"' in page, page
                assert html.escape(report["reason"]) in page and "Failed" in page, page
            form = {name: html.unescape(re.search(f'name="{name}" value="([^"]*)"', page)[1])
                    for name in ["action-token", "execution", "letter"]}
            status, headers, text = console.fetch("/actions/move-dead-letter-back", form)
            assert (status, headers["location"]) == (303, page_path("executions", execution)), text
            ended(stage.client, execution)
            assert stage.client.describe_execution(executionArn=execution)["redriveCount"] == 1
            assert "There are none." in console.page("/dead-letters")
        finally:
            console.stop()
    left = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == "0", left


def make_reachable_stack(stage):
    """A stack with the outputs of the deployment's, whose endpoint is a path of the double: not every machine
    resolves the names of its hosts."""
    from deployment import boto

    outputs = {"ApiEndpoint": stage.endpoint(), "DeadLettersUrl": stage.outputs["DeadLettersUrl"]}
    template = {"Resources": {"Any": {"Type": "AWS::SQS::Queue"}},
                "Outputs": {name: {"Value": value} for name, value in outputs.items()}}
    stacks = boto("cloudformation", stage.double)
    stacks.create_stack(StackName="reachable", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="reachable", WaiterConfig={"Delay": 1})


def counter(client):
    def count(machine):
        pages = client.get_paginator("list_executions").paginate(stateMachineArn=machine)
        return sum(len(page["executions"]) for page in pages)
    return count


def main():
    command = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/debug/statewright").absolute()
    with tempfile.TemporaryDirectory() as folder:
        local = subprocess.Popen([command, "local", "--port", "0", "--memory", "--region", "us-east-1"],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder)
        endpoint = local.stdout.readline().split()[-1]

        def call(operation, **members):
            headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}",
                       "Content-Type": "application/x-amz-json-1.0"}
            request = urllib.request.Request(endpoint, json.dumps(members).encode(), headers)
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)

        def count(machine):
            return len(call("ListExecutions", stateMachineArn=machine)["executions"])

        try:
            arn = call("CreateStateMachine", name="console-order", definition=json.dumps(ORDER),
                       roleArn="arn:aws:iam::000000000000:role/any")["stateMachineArn"]
            console = Console(command, ["--endpoint", endpoint], {}, folder)
            try:
                look_and_steer(console, arn, count)
            finally:
                said = console.stop()
            assert "ada at the console" in said, said
        finally:
            local.kill()
            local.wait()
    print("the console shows and steers")


if __name__ == "__main__":
    main()
