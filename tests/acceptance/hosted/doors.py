"""IAM before the API: who may do what, by policies of least privilege and by signatures."""

import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from deployment import ACCOUNT, ROLE, STACK, boto, machine, step_functions
from workflows import CANARY, chain, ended


def user(stage, name, *statements):
    """The credentials of a user with this policy."""
    iam = boto("iam", stage.double)
    iam.create_user(UserName=name)
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_REGION": "us-east-1"}


def may_call(stage, *paths):
    api = stage.api_host.partition(".")[0]
    resource = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api}/$default/POST"
    return {"Effect": "Allow", "Action": "execute-api:Invoke",
            "Resource": [resource + path for path in paths]}


def may_pass(role):
    return {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}


def refused(call, **request):
    try:
        answer = call(**request)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status < 500, error
        return error.response["Error"]["Code"]
    raise AssertionError(f"{request} was answered: {answer}")


class SignedAnHourAgo(SigV4Auth):
    """Signs as of an hour ago: the request is one that somebody has kept."""

    def _modify_request_before_signing(self, request):
        then = datetime.now(timezone.utc) - timedelta(hours=1)
        request.context["timestamp"] = then.strftime("%Y%m%dT%H%M%SZ")
        super()._modify_request_before_signing(request)


def sent(stage, keys, path, operation, body, alter=lambda request: None, signature=SigV4Auth):
    """The status of a request that was signed for API Gateway, and altered after that."""
    endpoint = stage.endpoint()
    headers = {"Content-Type": "application/x-amz-json-1.0",
               "X-Amz-Target": f"AWSStepFunctions.{operation}"}
    request = AWSRequest("POST", endpoint + path, data=json.dumps(body), headers=headers)
    if keys:
        pair = Credentials(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
        signature(pair, "execute-api", "us-east-1").add_auth(request)
    alter(request)
    plain = urllib.request.Request(request.url, request.data.encode(), dict(request.headers.items()),
                                   method="POST")
    try:
        with urllib.request.urlopen(plain) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def a_scoped_policy_opens_one_operation_on_one_machine(stage):
    """A starter of one state machine starts that one, and does nothing else."""
    orders = machine(stage.client, "orders", json.dumps(chain(1)))
    payments = machine(stage.client, "payments", json.dumps(chain(1)))
    keys = user(stage, "starter", may_call(
        stage, "/StartExecution/orders", "/DescribeExecution/orders"))
    starter = step_functions(stage.start_proxy(keys))
    started = starter.start_execution(
        stateMachineArn=orders, input=json.dumps({"secret": CANARY}))
    assert ended(starter, started["executionArn"])["status"] == "SUCCEEDED"
    other = stage.client.start_execution(stateMachineArn=payments)["executionArn"]
    for call, request in [
        (starter.start_execution, {"stateMachineArn": payments}),
        (starter.describe_execution, {"executionArn": other}),
        (starter.stop_execution, {"executionArn": started["executionArn"]}),
        (starter.delete_state_machine, {"stateMachineArn": orders}),
        (starter.list_state_machines, {}),
    ]:
        assert refused(call, **request) == "AccessDeniedException", request
    # The path that it may call, and a body of another: IAM permits it, and the API does not.
    for path, operation, body in [
        ("/StartExecution/orders", "StartExecution", {"stateMachineArn": payments}),
        ("/StartExecution/orders", "DeleteStateMachine", {"stateMachineArn": orders}),
        ("/", "StartExecution", {"stateMachineArn": orders}),
    ]:
        status, answer = sent(stage, keys, path, operation, body)
        assert status in (400, 403), (path, status, answer)
        assert "AccessDenied" in answer or "not authorized" in answer, answer
    executions = stage.client.list_executions(stateMachineArn=payments)["executions"]
    assert [found["executionArn"] for found in executions] == [other], executions


def what_was_not_signed_so_is_refused(stage):
    """No signature, another secret, an altered body or path, and a request of long ago."""
    orders = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:orders"
    keys = user(stage, "signer", may_call(stage, "/*"))
    own = ("/ListExecutions/orders", "ListExecutions", {"stateMachineArn": orders})
    assert sent(stage, keys, *own)[0] == 200

    def alter_body(request):
        request.data = request.data.replace("orders", "payments")

    def alter_path(request):
        request.url = request.url.replace("ListExecutions", "StartExecution")

    wrong = {**keys, "AWS_SECRET_ACCESS_KEY": "wrong"}
    for attack in [
        sent(stage, None, *own),
        sent(stage, wrong, *own),
        sent(stage, keys, *own, alter=alter_body),
        sent(stage, keys, *own, alter=alter_path),
        sent(stage, keys, *own, signature=SignedAnHourAgo),
    ]:
        assert attack[0] in (400, 401, 403), attack


def who_may_not_pass_a_role_deploys_nothing_with_it(stage):
    """`iam:PassRole` decides who gives a machine its role, by update as well."""
    admin = f"arn:aws:iam::{ACCOUNT}:role/admin"
    keys = user(stage, "deployer", may_pass(ROLE), may_call(
        stage, "/CreateStateMachine/*", "/UpdateStateMachine/*", "/DescribeStateMachine/*"))
    deployer = step_functions(stage.start_proxy(keys))
    definition = json.dumps(chain(1))
    request = {"name": "deployed", "definition": definition}
    assert refused(deployer.create_state_machine, **request, roleArn=admin) == "AccessDeniedException"
    arn = deployer.create_state_machine(**request, roleArn=ROLE)["stateMachineArn"]
    update = {"stateMachineArn": arn, "definition": json.dumps(chain(2))}
    deployer.update_state_machine(**update)
    assert refused(deployer.update_state_machine, stateMachineArn=arn, roleArn=admin) \
        == "AccessDeniedException"
    stage.client.update_state_machine(stateMachineArn=arn, roleArn=admin)
    assert refused(deployer.update_state_machine, **update) == "AccessDeniedException"


def objects(text):
    """The JSON objects in a text; the double puts other words between them."""
    at = text.find("{")
    while at >= 0:
        try:
            value, end = json.JSONDecoder().raw_decode(text, at)
            yield value
        except ValueError:
            end = at + 1
        at = text.find("{", end)


def the_log_says_who_did_what(stage):
    """The access log names principal, operation and machine, and no payload."""
    events = boto("logs", stage.double).filter_log_events(logGroupName=f"/aws/lambda/{STACK}-api")
    log = "\n".join(event["message"] for event in events["events"])
    entries = [entry for entry in objects(log) if entry.get("target") == "access"]
    own = [entry for entry in entries if entry["principal"].endswith(":user/starter")]
    done = {(entry["operation"], entry.get("resource"), entry["status"]) for entry in own}
    assert {("StartExecution", "orders", 200), ("StartExecution", "payments", 400)} <= done, done
    refused_as = {entry.get("exception") for entry in own if entry["status"] == 400}
    assert refused_as == {"AccessDeniedException"}, refused_as
    assert CANARY not in log, "a payload is in the log"


DOORS = [
    a_scoped_policy_opens_one_operation_on_one_machine,
    what_was_not_signed_so_is_refused,
    who_may_not_pass_a_role_deploys_nothing_with_it,
    the_log_says_who_did_what,
]
