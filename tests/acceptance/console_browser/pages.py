"""The pages, by the names of their pictures."""

from urllib.parse import quote

from playwright.sync_api import expect

import workflows


# Those that are looked at on a phone, too: one of each layout.
ON_A_PHONE = ("machines", "machine-definition", "machine-start", "machine-versions", "executions", "execution-succeeded",
              "execution-failed", "execution-events", "execution-map", "visit-failed", "visit-token", "test-state", "activity", "connect", "confirm-stop",
              "task-taken", "state-tested")


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
        "dead-letters": "/dead-letters",
        "test-state": f"/test-state?machine={quote(scenery.machines['shipment'], safe='')}&state=Ship",
        "connect": "/connect",
        "not-found": "/nowhere",
    }


def actions_of(scenery):
    """The pages that answer forms, each with the way to it. They come last, since some change what lists show."""
    def confirm_stop(page):
        page.goto(f"/executions?machine={quote(scenery.machines['pause'], safe='')}")
        page.get_by_label("Choose all executions of this page").check()
        page.get_by_role("button", name="Stop…").click()
        expect(page.locator("h1")).to_have_text("Stop 1 execution?")

    def task_taken(page):
        started = scenery.api.call("StartExecution", stateMachineArn=scenery.machines["inspection"], input='{"price": 12}')
        scenery.api.reached(started["executionArn"], "ActivityScheduled")
        page.goto(f"/activities/{scenery.activity}")
        page.get_by_role("button", name="Take the next task").click()
        expect(page.locator("h1")).to_have_text("Your task")

    def state_tested(page):
        page.goto(pages_of(scenery)["test-state"])
        page.get_by_label("Input", exact=True).fill('{"parcel": "P9", "gate": "never"}')
        page.get_by_label("Result of the call").fill('{"Payload": {"tracking": "T-P9"}}')
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.locator("#tested")).to_contain_text("T-P9")

    def form_of_another(page):
        page.goto(f"/executions/{scenery.executions['pause-1']}?view=stop")
        page.locator("main form input[type=hidden]").first.evaluate("field => { field.value = 'guessed'; }")
        page.get_by_role("button", name="Stop execution").click()
        expect(page.locator("h1")).to_have_text("This form is no longer valid")

    return {"confirm-stop": confirm_stop, "task-taken": task_taken, "state-tested": state_tested,
            "form-of-another": form_of_another}


def answers_of(scenery):
    """Pages that tell names made up at random, or what is done only once, each with the way to it."""
    def confirm_redrive(page):
        page.goto("/executions")
        page.get_by_label("Choose all executions of this page").check()
        page.get_by_role("button", name="Redrive…").click()
        expect(page.locator("h1")).to_contain_text("Redrive")

    def stopped(page):
        started = scenery.api.call("StartExecution", stateMachineArn=scenery.machines["pause"], input="{}")
        page.goto(f"/executions/{started['executionArn']}?view=stop")
        page.get_by_role("button", name="Stop execution").click()
        expect(page.locator("main")).to_contain_text("Aborted")

    def many_stopped(page):
        scenery.api.call("StartExecution", stateMachineArn=scenery.machines["pause"], input="{}")
        page.goto(f"/executions?machine={quote(scenery.machines['pause'], safe='')}&status=RUNNING")
        page.get_by_label("Choose all executions of this page").check()
        page.get_by_role("button", name="Stop…").click()
        page.get_by_role("button", name="Stop").last.click()
        expect(page.locator("h1")).to_contain_text("stopped")

    def express_ran(page):
        page.goto(f"/machines/{scenery.machines['quote']}?view=start")
        page.get_by_role("button", name="Start execution").last.click()
        expect(page.locator("h1")).not_to_have_text("quote")

    def nothing_found(page):
        page.goto("/executions?name=nobody")
        expect(page.locator("main")).to_contain_text("No execution is like that.")

    return {"confirm-redrive": confirm_redrive, "stopped": stopped, "many-stopped": many_stopped,
            "express-ran": express_ran, "nothing-found": nothing_found}


def long_names_of(scenery):
    """Pages with names as long as they may be, which have no place to break, each with the way to it."""
    name = "ReserveStockInTheWarehouseThatIsNearestToTheCustomerAndTellTheCarrierToFetchItNow"[:80]
    definition = {"StartAt": name, "States": {name: {
        "Type": "Parallel", "End": True, "Branches": [{"StartAt": name[:-1], "States": {name[:-1]: {
            "Type": "Pass", "Parameters": {name: name}, "End": True}}}]}}}
    machine = scenery.api.create_machine(name, definition)
    execution = scenery.api.start(machine, name, {name: name})
    scenery.api.ended(execution)
    events = scenery.api.events(execution)
    inner = next(it["id"] for it in events if it.get("stateEnteredEventDetails", {}).get("name") == name[:-1])

    def show(path):
        def unfolded(page):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })")
            page.wait_for_load_state("networkidle")
        return unfolded

    return {f"long-names-{page}": show(path) for page, path in {
        "machine": f"/machines/{machine}", "start": f"/machines/{machine}?view=start",
        "executions": f"/executions?machine={quote(machine, safe='')}", "execution": f"/executions/{execution}",
        "events": f"/executions/{execution}?view=events", "definition": f"/executions/{execution}?view=definition",
        "visit": f"/executions/{execution}?visit={inner}",
        "test": f"/test-state?execution={quote(execution, safe='')}&visit={inner}"}.items()}


def views_of(scenery, views):
    """Each page in each view: its name, the view, and a function that shows it to a visitor."""
    for view in views:
        for name, path in pages_of(scenery).items():
            yield name, view, lambda page, path=path: page.goto(path, wait_until="load")
    for view in views:
        for name, way in actions_of(scenery).items():
            yield name, view, way
