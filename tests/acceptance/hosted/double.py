"""AWS on this machine: ministack, whose functions reach it through the wire (`wire.py`).

It checks signatures and policies: a function may do what its role in the template says, no more.
"""

import os
import socket
import subprocess
import threading

# Serves until its standard input ends, which it does with the process that started it. To IAM, a
# request for a batch is the action on one message, and who assumes a role may be told by its tags:
# ministack knows neither.
#
# Spec: Service Authorization Reference, "Actions defined by Amazon SQS"; IAM User Guide, "IAM: Assume
# roles that have a specific tag".
PROGRAM = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
sys.argv = ["ministack"]
from ministack.core import iam_actions
of_request = iam_actions.extract_iam_action
def mended(*request):
    action = of_request(*request)
    return action.removesuffix("Batch") if action and action.startswith("sqs:") else action
iam_actions.extract_iam_action = mended
from ministack.core import iam_evaluator
from ministack.services import iam
evaluate = iam_evaluator.evaluate
def with_role_tags(context, *rest):
    if context.action == "sts:AssumeRole":
        role = iam._roles.get(context.resource_arn.rsplit("/", 1)[-1]) or {}
        for tag in role.get("Tags", []):
            context.service_context["iam:resourcetag/" + tag["Key"].lower()] = tag["Value"]
    return evaluate(context, *rest)
iam_evaluator.evaluate = with_role_tags
from ministack.app import main
main()
"""
IDENTITY = {
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """Waits until a server that does not say when it is ready takes connections."""
    for _ in range(10_000):
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise SystemExit(f"nobody answers at port {port}")


class Double:
    """A running ministack. Its log is kept for who asks why something went wrong."""

    def __init__(self, python, log, wire_port):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        environment = dict(
            os.environ, **IDENTITY, AUTH="true", BIND_HOST="127.0.0.1", GATEWAY_PORT=str(self.port),
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{wire_port}",
        )
        self.process = subprocess.Popen(
            [python, "-c", PROGRAM], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        self.log = open(log, "w")
        for line in self.process.stderr:
            self.log.write(line)
            if "Running on" in line:
                break
        else:
            raise SystemExit("ministack ended before it served")
        threading.Thread(target=self._keep, daemon=True).start()

    def _keep(self):
        for line in self.process.stderr:
            self.log.write(line)
            self.log.flush()

    def stop(self):
        self.process.kill()
        self.process.wait()
