"""Every operation on the deployment, as `tests/acceptance/api_surface` calls it on `statewright local`.

The clients reach it by a proxy that signs as a user who may call everything and pass one role.
"""

import pathlib
import sys
import tempfile

from deployment import ROLE, step_functions
from doors import may_call, may_pass, refused, user

sys.path.append(str(pathlib.Path(__file__).parent.parent / "api_surface"))

import commands
import constraints
import operations
import terraform
from modelled_client import ModelledClient


def every_operation_answers_as_its_model_says(stage, command_lines):
    """By boto3, by Terraform's calls and by the AWS CLI; and to a wrong signature none answers."""
    keys = user(stage, "surface", may_call(stage, "/*"), may_pass(ROLE))
    wrong = step_functions(stage.start_proxy({**keys, "AWS_SECRET_ACCESS_KEY": "wrong"}))
    assert refused(wrong.list_state_machines) == "InvalidSignatureException"
    proxy = stage.start_proxy(keys)
    client = ModelledClient(proxy, ROLE)
    operations.call_every_operation(client)
    client.check_that_every_operation_was_called()
    constraints.break_every_constraint(proxy)
    terraform.replay(ModelledClient(proxy, ROLE))
    with tempfile.TemporaryDirectory() as folder:
        commands.call_each_operation_by(command_lines, proxy, folder, ROLE)
