"""The commands for every day (`statewright start`, `list`, `history`, …) at three targets: the deployment
by its own endpoint and by `statewright proxy`, and an endpoint of Step Functions that is not ours."""

import json
import os
import pathlib
import subprocess
import tempfile

from deployment import ROLE, STACK, boto
from doors import may_call, may_pass, user
from double import IDENTITY

CHOICE = {
    "StartAt": "HasItems",
    "States": {
        "HasItems": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.items[0]", "IsPresent": True, "Next": "Ship"}],
            "Default": "Reject",
        },
        "Ship": {"Type": "Pass", "Result": {"shipped": True}, "End": True},
        "Reject": {"Type": "Fail", "Error": "EmptyOrder", "Cause": "There is nothing to ship."},
    },
}
PAUSE = {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 600, "End": True}}}


def approval(activity):
    return {"StartAt": "Approve", "States": {
        "Approve": {"Type": "Task", "Resource": activity, "TimeoutSeconds": 300, "End": True}}}


class Commands:
    """The command, speaking to one target as one identity, in a folder of its own. What it makes is called
    after the target, since two targets may be doors of one deployment."""

    def __init__(self, binary, target, identity, folder, prefix=""):
        self.binary, self.target, self.folder, self.prefix = binary, target, folder, prefix
        self.environment = {"HOME": str(folder), "PATH": os.environ["PATH"], **identity}

    def run(self, *words, code=0, stdin=""):
        """What the command prints to standard output, once its exit code was looked at."""
        words = [str(pathlib.Path(self.binary).absolute()), *words[:1], *self.target, *words[1:]]
        done = subprocess.run(words, input=stdin, text=True, capture_output=True, timeout=120,
                              env=self.environment, cwd=self.folder)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if code == 0 else done.stdout + done.stderr

    def lines(self, *words, **more):
        return [json.loads(line) for line in self.run(*words, "--json", **more).splitlines()]

    def named(self, name):
        return self.prefix + name

    def write(self, name, definition):
        file = self.named(name) + ".asl.json"
        (self.folder / file).write_text(json.dumps(definition))
        return file


def use_each(commands, is_ours):
    order = commands.write("order", CHOICE)
    pause = commands.write("pause", PAUSE)
    created = commands.run("deploy", order, pause, "--role", ROLE)
    assert created.count("created arn:") == 2, created
    assert "updated arn:" in commands.run("deploy", order, "--role", ROLE)
    names = {machine["name"] for machine in commands.lines("machines")}
    assert {commands.named("order"), commands.named("pause")} <= names, names

    ended = commands.run("start", commands.named("order"), "--name", "a1", "--wait", "--input", '{"items": [1]}')
    assert json.loads(ended) == {"shipped": True}
    failed = commands.run("start", commands.named("order"), "--name", "a2", "--wait", code=1)
    assert "FAILED: EmptyOrder: There is nothing to ship." in failed, failed
    paused = commands.run("start", commands.named("pause"), "--name", "p1").strip()

    listed = {line["name"] for line in commands.lines("list", commands.named("order"), "--since", "1h")}
    assert listed == {"a1", "a2"}, listed
    wanted = commands.lines("list", commands.named("order"), "--status", "FAILED", "--error", "EmptyOrder")
    assert [execution["name"] for execution in wanted] == ["a2"], wanted
    wanted = commands.lines("list", commands.named("order"), "--input", "{% $states.input.items[0] = 1 %}")
    assert [execution["name"] for execution in wanted] == ["a1"], wanted
    described, = commands.lines("describe", commands.named("order:a2"))
    assert (described["status"], described["error"]) == ("FAILED", "EmptyOrder"), described
    described, = commands.lines("describe", commands.named("order"))
    assert json.loads(described["definition"]) == CHOICE

    events = commands.run("history", commands.named("order:a1"), "--follow")
    assert "ExecutionStarted" in events and events.rstrip().splitlines()[-1].split()[-2:] == [
        "ExecutionSucceeded", '{"shipped":true}'], events
    of_state = commands.lines("history", commands.named("order:a1"), "--state", "Ship")
    assert [event["type"] for event in of_state] == ["PassStateEntered", "PassStateExited"]

    stopped = commands.run("stop", "-", "--cause", "enough", stdin=paused + "\n")
    assert stopped == f"stopped {paused}\n", stopped
    described, = commands.lines("describe", paused)
    assert (described["status"], described["cause"]) == ("ABORTED", "enough"), described
    if is_ours:
        assert "redriven" in commands.run("redrive", commands.named("order:a2"))
        assert "ExecutionRedriven" in commands.run("history", commands.named("order:a2"), "--follow", code=1)

    work_at_activity(commands)
    exported = commands.run("export", commands.named("order"), "--executions", "--history")
    kinds = [list(json.loads(line)) for line in exported.splitlines()]
    assert kinds == [["stateMachine", "tags"]] + 2 * [["execution", "events"]], kinds
    assert "updated" in commands.run("import", "-", "--role", ROLE, stdin=exported)


def work_at_activity(commands):
    activity = commands.run("activity", "create", commands.named("approve")).strip()
    assert activity in commands.run("activity", "list")
    commands.run("deploy", commands.write("approval", approval(activity)), "--role", ROLE)
    commands.run("start", commands.named("approval"), "--name", "b1", "--input", '{"price": 10}')
    task = json.loads(commands.run("activity", "poll", commands.named("approve")))
    assert json.loads(task["input"]) == {"price": 10}
    commands.run("token", "heartbeat", task["taskToken"])
    commands.run("token", "success", task["taskToken"], "--output", '{"approved": true}')
    assert "ExecutionSucceeded" in commands.run("history", commands.named("approval:b1"), "--follow")
    commands.run("start", commands.named("approval"), "--name", "b2", "--input", '{"price": 11}')
    commands.run("activity", "work", commands.named("approve"), "--tasks", "1", "--", "cat")
    events = commands.run("history", commands.named("approval:b2"), "--follow")
    assert events.rstrip().endswith('ExecutionSucceeded            {"price":11}'), events
    commands.run("activity", "delete", commands.named("approve"))


def the_commands_for_every_day_work_everywhere(stage):
    keys = user(stage, "everyday", may_call(stage, "/*"), may_pass(ROLE))
    targets = {
        "deployment-": (stage.endpoint(), keys, True),
        "proxy-": (stage.start_proxy(keys), IDENTITY, True),
        "foreign-": (stage.double.endpoint, IDENTITY, False),
    }
    for prefix, (endpoint, identity, is_ours) in targets.items():
        with tempfile.TemporaryDirectory() as folder:
            target = ["--endpoint", endpoint]
            use_each(Commands(stage.binary, target, identity, pathlib.Path(folder), prefix), is_ours)


def the_dead_letters_are_listed_by_stack(stage):
    """What is in the queue, as the command finds it by the outputs of the stack."""
    report = {"reason": "five functions died of it", "message": {"execution": "order:x"}}
    queue = stage.outputs["DeadLettersUrl"]
    boto("sqs", stage.double).send_message(QueueUrl=queue, MessageBody=json.dumps(report))
    with tempfile.TemporaryDirectory() as folder:
        identity = {**IDENTITY, "AWS_ENDPOINT_URL": stage.double.endpoint}
        commands = Commands(stage.binary, ["--stack", STACK], identity, pathlib.Path(folder))
        assert report in commands.lines("dead-letters")
    boto("sqs", stage.double).purge_queue(QueueUrl=queue)
