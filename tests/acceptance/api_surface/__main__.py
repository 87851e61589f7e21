"""Calls every operation of botocore's Step Functions model on `statewright local`, and replays Terraform.

    python3 tests/acceptance/api_surface BINARY

botocore checks each request against the model; `modelled_client` checks each answer against it, too:
unknown members, missing required ones, values that are none of an enumeration, errors that the model
does not list for the operation. `constraints` breaks each constraint of the requests.
"""

import os
import signal
import subprocess
import sys

import constraints
import operations
import terraform
from modelled_client import ModelledClient


def main(binary):
    command = [binary, "local", "--port", "0", "--memory"]
    environment = dict(os.environ, AWS_REGION="us-east-1")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        endpoint = server.stdout.readline().split()[-1]
        client = ModelledClient(endpoint)
        operations.call_every_operation(client)
        client.check_that_every_operation_was_called()
        constraints.break_every_constraint(endpoint)
        terraform.replay(ModelledClient(endpoint))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    print("every operation answers as its model says")


if __name__ == "__main__":
    main(sys.argv[1])
