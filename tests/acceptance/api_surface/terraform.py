"""The calls of Terraform's provider for AWS, in its order: plan, create, read, update, import, delete.

From the public source of hashicorp/terraform-provider-aws, `internal/service/sfn`: what each resource
and data source calls and what it expects of the answers, not its code.
"""

import json

FIRST = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
SECOND = json.dumps({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})


def replay(client):
    machine, versions = state_machine(client)
    alias(client, machine, versions)
    activity(client)
    data_sources(client, machine)
    delete_machine(client, machine)


def plan_machine(client, definition):
    """A plan validates the definition and takes anything but OK for an error."""
    assert client("ValidateStateMachineDefinition", definition=definition, type="STANDARD")["result"] == "OK"


def read_machine(client, machine):
    """A refresh: errors of any of these calls are fatal."""
    described = client("DescribeStateMachine", stateMachineArn=machine)
    listed = client("ListStateMachineVersions", stateMachineArn=machine)["stateMachineVersions"]
    tags = client("ListTagsForResource", resourceArn=machine)["tags"]
    return described, [it["stateMachineVersionArn"] for it in listed], tags


def state_machine(client):
    plan_machine(client, FIRST)
    settings = {
        "loggingConfiguration": {"includeExecutionData": False, "level": "OFF"},
        "tracingConfiguration": {"enabled": False},
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    created = client("CreateStateMachine", name="terraform", definition=FIRST, roleArn=client.role, publish=True,
                     type="STANDARD", tags=[{"key": "Name", "value": "terraform"}], **settings)
    machine = created["stateMachineArn"]
    described, versions, tags = read_machine(client, machine)
    assert versions == [created["stateMachineVersionArn"]], versions
    assert tags == [{"key": "Name", "value": "terraform"}]
    # The next plan is empty only if everything reads back as it was written.
    for name, value in dict(settings, definition=FIRST, roleArn=client.role, type="STANDARD").items():
        assert described[name] == value, (name, described[name])
    plan_machine(client, SECOND)
    client("UpdateStateMachine", stateMachineArn=machine, definition=SECOND, roleArn=client.role, publish=True,
           versionDescription="", tracingConfiguration={"enabled": True})
    client("TagResource", resourceArn=machine, tags=[{"key": "Stage", "value": "test"}])
    client("UntagResource", resourceArn=machine, tagKeys=["Name"])
    described, versions, tags = read_machine(client, machine)
    assert (described["definition"], described["tracingConfiguration"]) == (SECOND, {"enabled": True})
    assert versions == [f"{machine}:2", f"{machine}:1"], versions
    assert tags == [{"key": "Stage", "value": "test"}]
    # An import reads by the ARN alone, and sees the same.
    assert read_machine(client, machine) == (described, versions, tags)
    return machine, versions


def alias(client, machine, versions):
    newest, oldest = versions
    routes = [{"stateMachineVersionArn": newest, "weight": 100}]
    arn = client("CreateStateMachineAlias", name="terraform", description="",
                 routingConfiguration=routes)["stateMachineAliasArn"]
    described = client("DescribeStateMachineAlias", stateMachineAliasArn=arn)
    assert (described["name"], described["routingConfiguration"]) == ("terraform", routes), described
    routes = [{"stateMachineVersionArn": newest, "weight": 100},
              {"stateMachineVersionArn": oldest, "weight": 0}]
    client("UpdateStateMachineAlias", stateMachineAliasArn=arn, description="both",
           routingConfiguration=routes)
    described = client("DescribeStateMachineAlias", stateMachineAliasArn=arn)
    assert (described["description"], described["routingConfiguration"]) == ("both", routes), described
    # The data source lists, finds the name at the end of an ARN, and describes.
    listed = client("ListStateMachineAliases", stateMachineArn=machine)["stateMachineAliases"]
    assert [it["stateMachineAliasArn"] for it in listed] == [arn]
    client("DeleteStateMachineAlias", stateMachineAliasArn=arn)
    client.refused("DescribeStateMachineAlias", "ResourceNotFound", stateMachineAliasArn=arn)


def activity(client):
    created = client("CreateActivity", name="terraform", tags=[{"key": "a", "value": "1"}])
    arn = created["activityArn"]
    assert client("DescribeActivity", activityArn=arn)["creationDate"] == created["creationDate"]
    assert client("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "a", "value": "1"}]
    assert arn in [it["activityArn"] for it in client("ListActivities")["activities"]]
    client("DeleteActivity", activityArn=arn)
    client.refused("DescribeActivity", "ActivityDoesNotExist", activityArn=arn)


def data_sources(client, machine):
    names = [it["name"] for it in client("ListStateMachines")["stateMachines"]]
    assert names.count("terraform") == 1
    described, versions, _ = read_machine(client, machine)
    assert described["status"] == "ACTIVE" and len(versions) == 2


def delete_machine(client, machine):
    """A deletion waits until the machine cannot be described."""
    client("DeleteStateMachine", stateMachineArn=machine)
    client.refused("DescribeStateMachine", "StateMachineDoesNotExist", stateMachineArn=machine)
    assert client("ListStateMachineVersions", stateMachineArn=machine)["stateMachineVersions"] == []
