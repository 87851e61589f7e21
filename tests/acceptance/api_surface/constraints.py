"""Breaks each constraint of the model in turn: required members, lengths, ranges, enumerations, patterns.

The server must name the member in a ValidationException, whatever else the request has. Sizes that a
deployment chooses (payloads) are left out, and so are members that AWS checks later, in words of its own.
"""

import re

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

# Their errors have names of their own: InvalidToken, InvalidExecutionInput, TooManyTags …
LATER = {"tags", "tagKeys", "input", "output", "context", "variables", "mock", "stateConfiguration",
         "taskToken", "resourceArn"}


def break_every_constraint(endpoint):
    client = boto3.client(
        "stepfunctions", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"max_attempts": 0}, inject_host_prefix=False, parameter_validation=False))
    wrong = []
    for operation in client.meta.service_model.operation_names:
        shape = client.meta.service_model.operation_model(operation).input_shape
        for member, request in broken_requests(shape):
            message = refusal(client, operation, request)
            if not re.search(rf"validation errors? detected: .* at '{member}' failed to satisfy", message):
                wrong.append(f"{operation}.{member}: {str(request)[:120]}: {message[:200]}")
    assert not wrong, "\n".join(wrong)


def refusal(client, operation, request):
    try:
        answer = getattr(client, xform_name(operation))(**request)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return f"no refusal but {answer}"


def broken_requests(shape):
    """Pairs of a member and a request that breaks one of its constraints."""
    for member, of in shape.members.items():
        if member in LATER:
            continue
        if member in shape.required_members:
            yield member, {}
        for value in broken_values(of):
            yield member, {member: value}


def broken_values(shape):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string":
        if shape.enum:
            yield "NONE_OF_THEM"
        if low:
            yield ""
        if high:
            yield "x" * (high + 1)
        if "pattern" in shape.metadata and not shape.enum:
            yield "é not allowed"
    elif shape.type_name in ("integer", "long", "float"):
        if low is not None:
            yield low - 1
        if high is not None:
            yield high + 1
