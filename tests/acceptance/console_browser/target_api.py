"""A server of the API, and what a test makes there."""

import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import workflows

HERE = pathlib.Path(__file__).parent
FUNCTIONS = HERE / "functions/template.yaml"
# Seconds between two questions for something that will come.
PAUSE = 0.02


class TargetApi:
    """The Step Functions API at an address that takes requests without a signature."""

    def __init__(self, endpoint, role, gates, error_of_functions=None):
        """`error_of_functions` is the name of every error there, if it is not what the function raises."""
        self.endpoint, self.role, self.gates, self.error_of_functions = endpoint, role, gates, error_of_functions

    def call(self, operation, **members):
        headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        request = urllib.request.Request(self.endpoint, json.dumps(members).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{operation}: {error.code} {error.read().decode()}") from error

    def create_machine(self, name, definition, **members):
        text = definition if isinstance(definition, str) else json.dumps(definition, indent=2)
        for error in ("WarehouseBusy", "BelowCardMinimum"):
            text = text.replace(f'["{error}"]', json.dumps([self.error_named(error)]))
        created = self.call("CreateStateMachine", name=name, definition=text, roleArn=self.role, **members)
        return created["stateMachineArn"]

    def start(self, machine, name, value):
        return self.call("StartExecution", stateMachineArn=machine, name=name, input=json.dumps(value))["executionArn"]

    def status(self, execution):
        return self.call("DescribeExecution", executionArn=execution)["status"]

    def ended(self, execution):
        """The execution, once it has ended."""
        while (described := self.call("DescribeExecution", executionArn=execution))["status"] == "RUNNING":
            time.sleep(PAUSE)
        return described

    def events(self, execution):
        return self.call("GetExecutionHistory", executionArn=execution, maxResults=1000)["events"]

    def reached(self, execution, event):
        """Waits until the history has an event of this type."""
        while all(it["type"] != event for it in self.events(execution)):
            time.sleep(PAUSE)

    def error_named(self, raised):
        return self.error_of_functions or raised

    def open_gate(self, name):
        (self.gates / name).touch()


@contextlib.contextmanager
def local(binary, *options):
    """`statewright local` in memory, with the functions of the workflows."""
    with tempfile.TemporaryDirectory() as folder:
        gates = pathlib.Path(folder)
        command = [binary, "local", "--port", "0", "--memory", "--template", FUNCTIONS, "--pass-env", "GATES", *options]
        environment = {**os.environ, "GATES": folder, "USER": "ada", "AWS_REGION": "us-east-1"}
        log = open(gates / "local.log", "w")
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=folder)
        try:
            endpoint = server.stdout.readline().split()[-1]
            api = TargetApi(endpoint, "arn:aws:iam::000000000000:role/any", gates)
            api.process = server.pid
            yield api
        except BaseException:
            if server.poll() is not None:
                print(f"local has ended by itself: {server.returncode}")
            print((gates / "local.log").read_text()[-5_000:])
            raise
        finally:
            server.terminate()
            server.wait()
            log.close()


@contextlib.contextmanager
def console(binary, endpoint):
    """The address of the pages of `statewright console`, which shows what is at an endpoint."""
    command = [binary, "console", "--port", "0", "--endpoint", endpoint]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              env={**os.environ, "USER": "ada", "AWS_REGION": "us-east-1"})
    try:
        yield server.stdout.readline().split()[-1]
    finally:
        server.terminate()
        server.wait()


class Scenery:
    """State machines, and executions of them that have ended or wait: the same in every run, but for times
    and ids."""

    def __init__(self, api):
        self.api, self.machines, self.executions = api, {}, {}

    def prepare(self):
        api = self.api
        self.activity = activity = api.call("CreateActivity", name="inspector")["activityArn"]
        for name, definition in [("order", workflows.ORDER), ("shipment", workflows.SHIPMENT),
                                 ("pause", workflows.PAUSE), ("approval", workflows.APPROVAL),
                                 ("picking", workflows.PICKING), ("reservation", workflows.RESERVATION),
                                 ("hostile", workflows.HOSTILE), ("inspection", workflows.inspection(activity))]:
            self.machines[name] = api.create_machine(name, definition)
        self.machines["quote"] = api.create_machine("quote", workflows.QUOTE, type="EXPRESS")
        self.make_versions()
        self.machines["handover"] = api.create_machine("handover", workflows.nested(self.machines["invoice"]))
        return self

    def make_versions(self):
        api = self.api
        tags = [{"key": "team", "value": "billing"}, {"key": "cost-centre", "value": "4711"}]
        arn = api.create_machine("invoice", workflows.invoice(19), tags=tags)
        self.machines["invoice"] = arn
        published = []
        for rate in (7, 21):
            definition = json.dumps(workflows.invoice(rate))
            api.call("UpdateStateMachine", stateMachineArn=arn, definition=definition)
            version = api.call("PublishStateMachineVersion", stateMachineArn=arn, description=f"{rate} %")
            published.append(version["stateMachineVersionArn"])
        routes = [{"stateMachineVersionArn": version, "weight": weight} for version, weight in zip(published, (90, 10))]
        alias = api.call("CreateStateMachineAlias", name="live", routingConfiguration=routes)
        self.machines["invoice:live"] = alias["stateMachineAliasArn"]

    def run(self):
        """Runs executions one by one, so that lists have an order."""
        hostile = {"error": workflows.HOSTILE_TEXT[:80], "cause": workflows.HOSTILE_TEXT,
                   workflows.HOSTILE_TEXT: workflows.HOSTILE_TEXT}
        for machine, name, value in [
                ("order", "order-8", workflows.QUICK_INPUT), ("order", "order-9", {"orderId": "9", "items": []}),
                ("shipment", "parcel-1", {"parcel": "P1", "gate": "never"}),
                ("reservation", "reservation-1", {"orderId": "8", "lines": [1]}),
                ("picking", "picking-1", {"items": list(range(30))}),
                ("handover", "handover-1", {}), ("invoice:live", "invoice-1", {}), ("hostile", "hostile-1", hostile)]:
            time.sleep(PAUSE)
            self.executions[name] = self.api.start(self.machines[machine], name, value)
            self.api.ended(self.executions[name])
        for machine, name, event in [("pause", "pause-1", "WaitStateEntered"), ("approval", "approval-1", "TaskSubmitted"),
                                     ("inspection", "inspection-1", "ActivityScheduled")]:
            time.sleep(PAUSE)
            self.executions[name] = self.api.start(self.machines[machine], name, {"price": 10})
            self.api.reached(self.executions[name], event)
        return self
