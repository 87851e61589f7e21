"""A deployment of the built template on the double, by the README's own commands, and its clients."""

import io
import json
import os
import pathlib
import subprocess
import zipfile

import boto3
from botocore.config import Config

from double import IDENTITY

STACK = "statewright"
ACCOUNT = "000000000000"
ROLE_NAME = "statewright-tests"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
HANDLERS = pathlib.Path(__file__).parent.parent / "functions/handlers"


class Stage:
    """What every test acts on."""

    def __init__(self, build, double, wire, folder, binary):
        self.build, self.double, self.wire, self.folder = build, double, wire, folder
        self.binary, self.proxies = binary, []
        self.client = None
        boto("s3", double).create_bucket(Bucket="artefacts")

    def deploy(self, parameters):
        """Deploys with these parameters; all others stay as they are, or have their defaults."""
        parameters = {"Architecture": "x86_64", **parameters}
        self.outputs = deploy(self.build, self.double, parameters)
        self.api_host = self.outputs["ApiEndpoint"].partition("://")[2]
        if self.client is None:
            self.proxy = self.start_proxy(IDENTITY)
            self.client = step_functions(self.proxy)

    def endpoint(self):
        """The HTTP API, by a path of the double: not every machine resolves names of its hosts."""
        return f"{self.double.endpoint}/_aws/execute-api/{self.api_host.partition('.')[0]}/$default"

    def start_proxy(self, identity):
        """The address of a `statewright proxy` that signs as this identity."""
        process = subprocess.Popen(
            [self.binary, "proxy", "--port", "0", "--endpoint", self.endpoint()],
            env={**os.environ, **identity}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )
        self.proxies.append(process)
        return process.stdout.readline().split()[-1]

    def stop(self):
        for process in self.proxies:
            process.kill()
            process.wait()


def deploy(build, double, parameters):
    """`sam deploy`, as the README has it; gives the outputs of the stack."""
    environment = dict(
        os.environ, **IDENTITY, AWS_ENDPOINT_URL=double.endpoint, SAM_CLI_TELEMETRY="0",
    )
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    subprocess.run(
        ["sam", "deploy", "--template-file", build / "template.yaml", "--stack-name", STACK,
         "--s3-bucket", "artefacts", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
         "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--parameter-overrides",
         *overrides],
        check=True, env=environment,
    )
    mend_numbers(double)
    stack, = boto("cloudformation", double).describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def mend_numbers(double):
    """CloudFormation makes a number of a parameter where a property is one; ministack leaves a text."""
    lambdas = boto("lambda", double)
    for mapping in lambdas.list_event_source_mappings()["EventSourceMappings"]:
        bound = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        scaling = {"ScalingConfig": {"MaximumConcurrency": int(bound)}} if bound else {}
        lambdas.update_event_source_mapping(
            UUID=mapping["UUID"], BatchSize=int(mapping["BatchSize"]), **scaling,
        )
    task = f"{STACK}-task"
    timeout = lambdas.get_function_configuration(FunctionName=task)["Timeout"]
    lambdas.update_function_configuration(FunctionName=task, Timeout=int(timeout))


def boto(service, double):
    """A client of the double itself."""
    return boto3.client(
        service, endpoint_url=double.endpoint, region_name="us-east-1",
        aws_access_key_id="any", aws_secret_access_key="any",
    )


def step_functions(proxy):
    """An unmodified client of the deployment, through a proxy."""
    return boto3.client(
        "stepfunctions", endpoint_url=proxy,
        region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any",
        config=Config(inject_host_prefix=False, retries={"max_attempts": 1}, read_timeout=60),
    )


def create_role(double, trusted):
    """The role of every state machine: it may call functions, and trusts those who perform tasks."""
    def policy(*statements):
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    iam = boto("iam", double)
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": trusted}}
    by_lambda = {"Effect": "Allow", "Action": "sts:AssumeRole",
                 "Principal": {"Service": "lambda.amazonaws.com"}}
    iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=policy(assume, by_lambda),
                    Tags=[{"Key": "statewright", "Value": "true"}])
    call = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="call", PolicyDocument=policy(call))


def deploy_function(double, name, handler, source, **environment):
    """A Lambda function whose code is one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(source, source.name)
    boto("lambda", double).create_function(
        FunctionName=name, Runtime="python3.12", Handler=handler, Role=ROLE, Timeout=30,
        Environment={"Variables": environment}, Code={"ZipFile": packed.getvalue()})


def machine(client, name, definition):
    """The ARN of a new state machine."""
    return client.create_state_machine(name=name, definition=definition, roleArn=ROLE)[
        "stateMachineArn"]
