"""The AWS CLI in the place of `ModelledClient`: each call is a command with the options of its manual."""

import json
import os
import pathlib
import re
import subprocess

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from modelled_client import GENERIC, ROLE, check_value

MODEL = pathlib.Path("stepfunctions/2016-11-23")
# The CLI has a global option of this name.
RENAMED = {("SendTaskSuccess", "output"): "task-output"}


class CommandLine:
    def __init__(self, aws, endpoint, folder, role=ROLE):
        self.aws, self.endpoint, self.role = aws, endpoint, role
        self.model = ServiceModel(Loader().load_service_model("stepfunctions", "service-2"))
        self.called = set()
        config = pathlib.Path(folder) / "config"
        config.write_text("[default]\nregion = us-east-1\noutput = json\ncli_timestamp_format = wire\n")
        self.environment = dict(
            os.environ, AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any", AWS_CONFIG_FILE=str(config),
            AWS_DISABLE_HOST_PREFIX_INJECTION="true", AWS_PAGER="")
        printed = subprocess.run([aws, "--version"], capture_output=True, text=True, check=True).stdout
        self.version = printed.split()[0]
        if self.version.startswith("aws-cli/2"):
            self.environment["AWS_DATA_PATH"] = str(models_of_today(folder))

    def __call__(self, operation, **request):
        """Calls an operation that must succeed."""
        done = self._run(operation, request)
        assert done.returncode == 0, f"{done.args}: {done.stdout}{done.stderr}"
        answer = json.loads(done.stdout) if done.stdout.strip() else {}
        check_value(self.model.operation_model(operation).output_shape, answer, operation)
        return answer

    def refused(self, operation, error, **request):
        """Calls an operation that must be refused with this error."""
        done = self._run(operation, request)
        found = re.search(rf"\((\w+)\) when calling the {operation} operation: ", done.stderr)
        assert done.returncode != 0 and found, f"{done.args}: {done.stdout}{done.stderr}"
        assert found[1] == error, f"{operation}: {found[1]} and not {error}: {done.stderr}"
        modelled = {shape.name for shape in self.model.operation_model(operation).error_shapes}
        assert error in modelled | GENERIC, f"{operation}: {error} is not modelled"

    def in_pages(self, operation, **request):
        """Every page of a list, as the CLI follows them: one item each."""
        return self(operation, **request, page_size=1)

    def check_that_every_operation_was_called(self):
        missing = set(self.model.operation_names) - self.called
        assert not missing, f"not called: {sorted(missing)}"

    def _run(self, operation, request):
        self.called.add(operation)
        command = [self.aws, "stepfunctions", xform_name(operation, "-"), "--endpoint-url", self.endpoint]
        for member, value in request.items():
            option = RENAMED.get((operation, member), xform_name(member, "-").replace("_", "-"))
            if isinstance(value, bool):
                command.append(f"--{option}" if value else f"--no-{option}")
            else:
                text = value if isinstance(value, str) else json.dumps(value)
                command += [f"--{option}", text]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True)


def models_of_today(folder):
    """A folder for AWS_DATA_PATH, where a CLI finds a newer model than its own: botocore's of this Python.

    The version 2 that Debian 12 packages is of 2023, and knows 26 operations. It has no setting that leaves
    out host prefixes, so the model has none.
    """
    target = pathlib.Path(folder) / "models" / MODEL
    target.mkdir(parents=True)
    loader = Loader()
    for name in ["service-2", "paginators-1", "endpoint-rule-set-1"]:
        model = loader.load_data(str(MODEL / name))
        for operation in model.get("operations", {}).values():
            operation.pop("endpoint", None)
        (target / f"{name}.json").write_text(json.dumps(model))
    return target.parent.parent
