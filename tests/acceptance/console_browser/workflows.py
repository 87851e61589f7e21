"""The state machines that the pages show: one for each thing that there is to see."""

import json
import pathlib

ORDER = (pathlib.Path(__file__).parent.parent / "examples/order.asl.json").read_text()
ORDER_INPUT = {"orderId": "7", "items": [{"sku": "watched", "quantity": 2, "price": 5},
                                         {"sku": "lamp", "quantity": 1, "price": 3}]}
QUICK_INPUT = {"orderId": "8", "items": [{"sku": "lamp", "quantity": 3, "price": 9}]}
# What nobody may take for markup.
HOSTILE_TEXT = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
HOSTILE_STATE = "<b onmouseover=alert(1)>\"'&amp;"


def invoke(function, payload, **fields):
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": function, "Payload": payload}, **fields}


SHIPMENT = {
    "Comment": "Labels a parcel and hands it to the carrier.", "QueryLanguage": "JSONata", "StartAt": "Label",
    "States": {
        "Label": {"Type": "Pass", "Assign": {"label": "{% 'L-' & $states.input.parcel %}"}, "Next": "Ship"},
        "Ship": invoke("ship-parcel", "{% $states.input %}", Output="{% $states.result.Payload %}", Next="Notify"),
        "Notify": {"Type": "Pass", "Output": "{% $merge([$states.input, {'label': $label}]) %}", "End": True},
    },
}
PAUSE = {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 3600, "End": True}}}
APPROVAL = {
    "QueryLanguage": "JSONata", "StartAt": "Approve",
    "States": {
        "Approve": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": {"FunctionName": "ask-approval", "Payload": {
                "taskToken": "{% $states.context.Task.Token %}", "price": "{% $states.input.price %}"}},
            "TimeoutSeconds": 3600, "Next": "Approved"},
        "Approved": {"Type": "Succeed"},
    },
}
PICKING = {
    "Comment": "Picks the items of an order, one iteration for each.", "StartAt": "PickAll",
    "States": {
        "PickAll": {
            "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "Next": "Pack",
            "ItemProcessor": {"StartAt": "IsHeavy", "States": {
                "IsHeavy": {"Type": "Choice", "Default": "Pick",
                            "Choices": [{"Variable": "$", "NumericGreaterThan": 28, "Next": "PickByTwo"}]},
                "Pick": {"Type": "Pass", "End": True},
                "PickByTwo": {"Type": "Pass", "End": True}}},
        },
        "Pack": {"Type": "Succeed"},
    },
}
QUOTE = {"StartAt": "Quote", "States": {"Quote": {"Type": "Pass", "Result": {"price": 42}, "End": True}}}
HOSTILE = {
    "Comment": HOSTILE_TEXT, "StartAt": HOSTILE_STATE,
    "States": {HOSTILE_STATE: {"Type": "Fail", "ErrorPath": "$.error", "CausePath": "$.cause"}},
}
RESERVATION = {
    "QueryLanguage": "JSONata", "StartAt": "Reserve",
    "States": {"Reserve": invoke(
        "reserve-stock", "{% $merge([$states.input, {'attempt': $states.context.State.RetryCount}]) %}",
        Retry=[{"ErrorEquals": ["WarehouseBusy"], "IntervalSeconds": 1, "MaxAttempts": 3}],
        Output="{% $states.result.Payload %}", End=True)},
}
HANDOVER = {
    "StartAt": "Close",
    # It begins before the execution that it starts, also by the milliseconds that lists are sorted by.
    "States": {"Close": {"Type": "Wait", "Seconds": 1, "Next": "Invoice"}, "Invoice": {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True,
        "Parameters": {"StateMachineArn": "invoice", "Input": {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"}}}},
}


def inspection(activity):
    return {"StartAt": "Inspect", "States": {
        "Inspect": {"Type": "Task", "Resource": activity, "TimeoutSeconds": 3600, "End": True}}}


def invoice(rate):
    """Revisions of one definition, to be compared."""
    return {"StartAt": "Tax", "States": {
        "Tax": {"Type": "Pass", "Result": {"rate": rate}, "Next": "Send"}, "Send": {"Type": "Succeed"}}}


def nested(invoice_arn):
    definition = json.loads(json.dumps(HANDOVER))
    definition["States"]["Invoice"]["Parameters"]["StateMachineArn"] = invoice_arn
    return definition


def repeated(iterations):
    """A Map of so many iterations."""
    return {"StartAt": "Each", "States": {"Each": {
        "Type": "Map", "ItemsPath": "$.items", "End": True, "ResultPath": None,
        "ItemProcessor": {"StartAt": "Step", "States": {"Step": {"Type": "Pass", "End": True}}}}}}, {
            "items": list(range(iterations))}
