"""The example fulfilment.asl.json: what it needs from the services, its carrier, its worker, its effects."""

import base64
import contextlib
import http.server
import json
import pathlib
import threading

EXAMPLE = pathlib.Path(__file__).parent.parent / "examples/fulfilment.asl.json"


class Carrier(http.server.BaseHTTPRequestHandler):
    """The carrier's API: it wants basic authentication, if from anybody, and is busy at first."""

    identity = b"shop:secret"
    requests = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        expected = self.identity and "Basic " + base64.b64encode(self.identity).decode()
        status = 401 if self.headers["Authorization"] != expected else 503 if not self.requests else 200
        self.requests.append((self.path, body, status))
        answer = json.dumps({"shipment": "S-1"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def carrier():
    """Serves the carrier's API; gives its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def prepare(client):
    """Creates what the workflow uses, with the client of each service, and returns its input."""
    client("dynamodb").create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    client("ecs").create_cluster(clusterName="warehouse")
    client("ecs").register_task_definition(
        family="pack", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[{"name": "pack", "image": "pack", "memory": 128}])
    ec2 = client("ec2")
    return {
        "orderId": "42",
        "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
        "securityGroups": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
        "queueUrl": client("sqs").create_queue(QueueName="approved")["QueueUrl"],
        "topicArn": client("sns").create_topic(Name="approved")["TopicArn"],
    }


def approve(states, activity):
    """The worker of the approval, who approves one order."""
    while not (task := states.get_activity_task(activityArn=activity, workerName="anna")).get("taskToken"):
        pass
    order = json.loads(task["input"])
    assert order == {"orderId": "42", "packed": "STOPPED"}, order
    states.send_task_success(taskToken=task["taskToken"], output=json.dumps({"by": "anna"}))


def check(client, given, ended):
    """What the workflow answered, and what it has done in the services."""
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == {
        "orderId": "42", "approvedBy": "anna", "shipment": "S-1"}, ended["output"]
    item = client("dynamodb").get_item(TableName="orders", Key={"id": {"S": "42"}})["Item"]
    assert item == {"id": {"S": "42"}, "state": {"S": "sent"}, "shipment": {"S": "S-1"}}, item
    message = client("sqs").receive_message(QueueUrl=given["queueUrl"])["Messages"][0]
    assert json.loads(message["Body"]) == {"orderId": "42", "approvedBy": "anna"}, message
    asked = ("/shipments", {"order": "42"})
    assert Carrier.requests == [(*asked, 503), (*asked, 200)], Carrier.requests
