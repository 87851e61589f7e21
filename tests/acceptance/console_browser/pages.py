"""The pages, by the names of their pictures."""

from urllib.parse import quote

import workflows


# Those that are looked at on a phone, too: one of each layout.
ON_A_PHONE = ("machines", "machine-definition", "machine-start", "machine-versions", "executions", "execution-succeeded",
              "execution-failed", "execution-events", "execution-map", "visit-failed", "visit-token", "test-state", "activity", "connect")


def pages_of(scenery):
    def machine(name, view=None):
        return f"/machines/{scenery.machines[name]}" + (f"?view={view}" if view else "")

    def execution(name):
        return f"/executions/{scenery.executions[name]}"

    def visit(name, state):
        """The page of the first visit of a state."""
        events = scenery.api.events(scenery.executions[name])
        entered = next(it["id"] for it in events if it.get("stateEnteredEventDetails", {}).get("name") == state)
        return f"{execution(name)}?visit={entered}"

    def part(page, name, state):
        """A part of a visit's page by itself."""
        path, _, number = visit(name, state).rpartition("?visit=")
        return f"/{page}?execution={quote(scenery.executions[name], safe='')}&visit={number}"

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
        "execution-definition": execution("parcel-1") + "?view=definition",
        "visit-retried": visit("reservation-1", "Reserve"),
        "visit-failed": visit("parcel-1", "Ship"),
        "visit-token": visit("approval-1", "Approve"),
        "visit-activity": visit("inspection-1", "Inspect"),
        "visit-map": visit("picking-1", "PickAll"),
        "visit-hostile": visit("hostile-1", workflows.HOSTILE_STATE),
        "data-path": part("data-path", "reservation-1", "Reserve"),
        "test-recorded-state": part("test-state", "parcel-1", "Ship"),
        "map-runs": f"/map-runs?execution={quote(scenery.executions['picking-1'], safe='')}",
        "activities": "/activities",
        "activity": f"/activities/{scenery.activity}",
        "test-state": f"/test-state?machine={quote(scenery.machines['shipment'], safe='')}&state=Ship",
        "connect": "/connect",
        "not-found": "/nowhere",
    }
