"""The pages of `statewright console` about the deployment, in a browser: what tests/acceptance/console_browser
does with those of `local`."""

import json
import os
import pathlib
import subprocess

from deployment import ROLE, ROLE_NAME, boto, deploy_function
from double import IDENTITY

BROWSER = pathlib.Path(__file__).parent.parent / "console_browser"
FUNCTIONS = ["price_item", "reserve_stock", "charge_card", "ship_parcel", "ask_approval"]
# What ministack calls whatever a function raises.
ERROR = "Runtime.HandlerError"


def the_console_shows_the_deployment(stage, python):
    """`python` has the packages of the browser's test."""
    gates = stage.folder / "gates"
    gates.mkdir()
    for function in FUNCTIONS:
        deploy_function(stage.double, function.replace("_", "-"), f"functions.{function}",
                        BROWSER / "functions/handlers/functions.py", GATES=str(gates))
    allow = {"Effect": "Allow", "Action": ["states:StartExecution", "states:DescribeExecution"], "Resource": "*"}
    boto("iam", stage.double).put_role_policy(
        RoleName=ROLE_NAME, PolicyName="nested",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    server = subprocess.Popen(
        [stage.binary, "console", "--port", "0", "--endpoint", stage.endpoint()],
        env={**os.environ, **IDENTITY, "AWS_ENDPOINT_URL": stage.double.endpoint},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        pages = server.stdout.readline().split()[-1]
        subprocess.run(
            [python, BROWSER, stage.binary, "--only", "journey", "--endpoint", stage.proxy, "--pages", pages,
             "--role", ROLE, "--gates", gates, "--error-of-functions", ERROR], check=True)
    finally:
        server.kill()
        server.wait()
