"""A boto3 client whose answers are checked against the service model."""

import json

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

# Errors of every operation of AWS JSON services, which the model lists nowhere.
GENERIC = {"ValidationException"}
# Of the state machines that a client creates: `local` never assumes it.
ROLE = "arn:aws:iam::000000000000:role/any"


class ModelledClient:
    def __init__(self, endpoint, role=ROLE):
        self.role = role
        self.client = boto3.client(
            "stepfunctions", endpoint_url=endpoint, region_name="us-east-1",
            aws_access_key_id="any", aws_secret_access_key="any",
            config=Config(read_timeout=70, retries={"max_attempts": 0}, inject_host_prefix=False),
        )
        self.model = self.client.meta.service_model
        self.called = set()
        self.client.meta.events.register("before-parse.sfn", self._check_answer)

    def __call__(self, operation, **request):
        """Calls an operation that must succeed."""
        self.called.add(operation)
        answer = getattr(self.client, xform_name(operation))(**request)
        del answer["ResponseMetadata"]
        return answer

    def refused(self, operation, error, **request):
        """Calls an operation that must be refused with this error. Returns the error's members."""
        try:
            answer = self(operation, **request)
        except ClientError as refusal:
            code = refusal.response["Error"]["Code"]
            assert code == error, f"{operation}: {code} and not {error}: {refusal}"
            modelled = {shape.name for shape in self.model.operation_model(operation).error_shapes}
            assert code in modelled | GENERIC, f"{operation}: {code} is not modelled"
            return refusal.response
        raise AssertionError(f"{operation} is not refused with {error}: {answer}")

    def check_that_every_operation_was_called(self):
        missing = set(self.model.operation_names) - self.called
        assert not missing, f"not called: {sorted(missing)}"

    def _check_answer(self, operation_model, response_dict, **_):
        if response_dict["status_code"] == 200:
            body = json.loads(response_dict["body"])
            check_value(operation_model.output_shape, body, operation_model.name)


def check_value(shape, value, at):
    kinds = {"structure": dict, "map": dict, "list": list, "string": str, "boolean": bool,
             "timestamp": (int, float), "float": (int, float), "double": (int, float),
             "integer": int, "long": int}
    assert isinstance(value, kinds[shape.type_name]), f"{at} is no {shape.type_name}: {value!r}"
    if shape.type_name == "structure":
        unknown = value.keys() - shape.members.keys()
        assert not unknown, f"{at} has unknown members: {sorted(unknown)}"
        missing = set(shape.required_members) - value.keys()
        assert not missing, f"{at} lacks {sorted(missing)}"
        for name, inner in value.items():
            check_value(shape.members[name], inner, f"{at}.{name}")
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            check_value(shape.member, inner, f"{at}[{index}]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            check_value(shape.value, inner, f"{at}.{name}")
    elif shape.type_name == "string" and shape.enum:
        assert value in shape.enum, f"{at} is none of {shape.enum}: {value!r}"
