"""State machines that invoke their functions asynchronously."""

import json

from deployment import ROLE, boto
from workflows import ended, history, started, task

INVOKE = {
    "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "ResultPath": "$.invoked",
    "Parameters": {"FunctionName": "echo", "Payload.$": "$.order"},
    "ResultSelector": {"payload.$": "$.Payload", "status.$": "$.StatusCode"}, "Next": "Failing"}
ORDER = {
    "StartAt": "ByArn",
    "States": {
        "ByArn": task("echo", InputPath="$", ResultPath="$.byArn", Next="Invoke"),
        "Invoke": INVOKE,
        "Failing": task("failing", End=True, ResultPath="$.failed", Catch=[
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.caught", "Next": "Done"}]),
        "Done": {"Type": "Succeed"},
    },
}
TAGS = [{"key": "statewright:functions", "value": "asynchronous"}]


def functions_answer_later(stage):
    """What they answer, how they fail, and the history are those of functions that are waited for."""
    queue = stage.outputs["AnswersQueueArn"].rpartition(":")[2]
    stage.wire.answers = boto("sqs", stage.double).get_queue_url(QueueName=queue)["QueueUrl"]
    outcomes = []
    for name, tags in [("waits", []), ("answered", TAGS)]:
        arn = stage.client.create_state_machine(
            name=name, definition=json.dumps(ORDER), roleArn=ROLE, tags=tags)["stateMachineArn"]
        execution = started(stage.client, arn, "one", {"order": {"id": 7}})
        described = ended(stage.client, execution)
        assert described["status"] == "SUCCEEDED", described
        output = json.loads(described["output"])
        output["caught"]["Cause"] = None  # It has the id of a request.
        outcomes.append((output, [event["type"] for event in history(stage.client, execution)]))
    assert outcomes[0] == outcomes[1], outcomes
    invocations = boto("dynamodb", stage.double).scan(
        TableName=stage.outputs["TableName"], FilterExpression="begins_with(pk, :lambda)",
        ExpressionAttributeValues={":lambda": {"S": "job#lambda/"}}, Select="COUNT")
    assert invocations["Count"] == 3, "the tagged machine invokes asynchronously, and no other"
