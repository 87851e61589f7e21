"""The pages, by the names of their pictures."""

from urllib.parse import quote


def pages_of(scenery):
    def machine(name, view=None):
        return f"/machines/{scenery.machines[name]}" + (f"?view={view}" if view else "")

    def execution(name):
        return f"/executions/{scenery.executions[name]}"

    return {
        "machines": "/",
        "machine-definition": machine("order"),
        "machine-start": machine("order", "start"),
        "machine-versions": machine("invoice", "versions") + f"&before={scenery.machines['invoice']}:1",
        "machine-tags": machine("invoice", "tags"),
        "machine-express": machine("quote", "start"),
        "machine-hostile": machine("hostile"),
        "executions": "/executions",
        "executions-of-machine": f"/executions?machine={quote(scenery.machines['order'], safe='')}",
        "execution-succeeded": execution("order-8"),
        "execution-failed": execution("parcel-1"),
        "execution-running": execution("pause-1"),
        "execution-token": execution("approval-1"),
        "execution-activity": execution("inspection-1"),
        "execution-map": execution("picking-1"),
        "execution-nested": execution("handover-1"),
        "execution-hostile": execution("hostile-1"),
        "execution-events": execution("parcel-1") + "?view=events",
        "execution-stop": execution("pause-1") + "?view=stop",
        "activities": "/activities",
        "activity": f"/activities/{scenery.activity}",
        "test-state": f"/test-state?machine={quote(scenery.machines['shipment'], safe='')}&state=Ship",
        "connect": "/connect",
        "not-found": "/nowhere",
    }
