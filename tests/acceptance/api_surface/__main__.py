"""Calls every operation of botocore's Step Functions model on `statewright local`, and replays Terraform.

    python3 tests/acceptance/api_surface BINARY [--cli AWS…] [--javascript FOLDER --node NODE]

botocore checks each request against the model; `modelled_client` checks each answer against it, too:
unknown members, missing required ones, values that are none of an enumeration, errors that the model
does not list for the operation. `constraints` breaks each constraint of the requests. Each AWS is an
AWS CLI, of version 1 or 2, which calls every operation as well; and so does the SDK for JavaScript, in a
copy of the folder `javascript` where `npm ci` has run.
"""

import argparse
import os
import signal
import subprocess
import tempfile

import commands
import constraints
import operations
import terraform
from modelled_client import ModelledClient


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--cli", nargs="+", default=[], metavar="AWS")
    parser.add_argument("--javascript", metavar="FOLDER")
    parser.add_argument("--node", default="node")
    options = parser.parse_args()
    command = [options.binary, "local", "--port", "0", "--memory"]
    environment = dict(os.environ, AWS_REGION="us-east-1")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        endpoint = server.stdout.readline().split()[-1]
        client = ModelledClient(endpoint)
        operations.call_every_operation(client)
        client.check_that_every_operation_was_called()
        constraints.break_every_constraint(endpoint)
        terraform.replay(ModelledClient(endpoint))
        with tempfile.TemporaryDirectory() as folder:
            commands.call_each_operation_by(options.cli, endpoint, folder)
        if options.javascript:
            script = os.path.join(options.javascript, "surface.mjs")
            subprocess.run([options.node, script, endpoint], check=True)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    print("every operation answers as its model says")


if __name__ == "__main__":
    main()
