"""What an operator does: looks at every page, starts an order and watches it, finds out why something failed
and has it go on, stops many at once, and answers a task that waits."""

import json
import re

from playwright.sync_api import expect

import workflows
from chromium import Visitor
from site_map import explore

# Notes each status that a state of the drawing has had, as the page is renewed.
WATCH_STATES = """() => {
  window.statusesSeen = {};
  const note = () => {
    for (const state of document.querySelectorAll('.graph [data-state][data-status]')) {
      const seen = window.statusesSeen[state.dataset.state] ??= [];
      if (seen.at(-1) !== state.dataset.status) seen.push(state.dataset.status);
    }
  };
  new MutationObserver(note).observe(document.getElementById('main'), { subtree: true, childList: true, attributes: true });
  note();
}"""
ORDER_STATUSES = {
    "HasItems": "succeeded", "RejectOrder": "not-reached", "PriceItems": "succeeded", "PriceItem": "succeeded",
    "ReserveAndCharge": "succeeded", "ReserveStock": "retried", "ChargeCard": "caught", "SendInvoice": "succeeded",
    "Pack": "succeeded", "Confirm": "succeeded",
}
PAUSES = 20
# Of the pages of a kind, so many are opened: what is there to see is on one of them. A deployment on the double
# takes its time.
SAME_KIND_MAX = {"local": 12, "deployment": 3}


def state(page, name):
    return page.locator(f'.graph [data-state="{name}"]')


def colour(page, name):
    """How the box of a state is painted."""
    return state(page, name).locator(".box").first.evaluate("box => getComputedStyle(box).fill + getComputedStyle(box).stroke")


def an_order_is_started_and_watched(visitor, scenery):
    page = visitor.open("/")
    page.get_by_role("link", name="order", exact=True).click()
    page.get_by_role("link", name="Start", exact=True).click()
    field = page.get_by_label("Input")
    field.fill("{broken")
    expect(page.locator("#start-input-problem")).to_contain_text("This is no JSON")
    page.get_by_role("button", name="Start execution").click()
    expect(page).to_have_url(re.compile("/machines/"))
    field.fill(json.dumps(workflows.ORDER_INPUT))
    expect(page.locator("#start-input-problem")).to_be_empty()
    page.get_by_label("Name").fill("order-7")
    page.get_by_role("button", name="Start execution").click()
    expect(page.locator("h1")).to_have_text("order-7")
    page.evaluate(WATCH_STATES)
    expect(state(page, "PriceItem")).to_have_attribute("data-status", "running")
    expect(state(page, "Confirm")).to_have_attribute("data-status", "not-reached")
    colours = {name: colour(page, name) for name in ORDER_STATUSES}
    scenery.api.open_gate("prices")
    expect(page.locator("main .status").first).to_have_text("Succeeded")
    for name, status in ORDER_STATUSES.items():
        expect(state(page, name)).to_have_attribute("data-status", status)
        # The first one has ended before there is a page, and one is never reached.
        if name not in ("HasItems", "RejectOrder"):
            assert colour(page, name) != colours[name], f"{name} has kept its colour"
    seen = page.evaluate("window.statusesSeen")
    assert seen["PriceItem"][-2:] == ["running", "succeeded"] and seen["Confirm"] == ["not-reached", "succeeded"], seen
    print(f"  an order was watched: {seen}")


def a_failure_is_understood_and_redriven(visitor, scenery):
    page = visitor.open("/executions")
    page.get_by_role("link", name="parcel-2", exact=True).click()
    expect(page.locator(".notice.bad").first).to_contain_text(scenery.api.error_named("CarrierDown"))
    expect(page.locator(".notice.bad").first).to_contain_text("P2 is still here")
    expect(state(page, "Ship")).to_have_attribute("data-status", "failed")
    state(page, "Ship").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#visit-title")).to_contain_text("Ship")
    expect(page.locator("#visit .notice")).to_contain_text(scenery.api.error_named("CarrierDown"))
    expect(page.locator("#visit")).to_contain_text("parcel")
    page.locator("summary").filter(has_text="The path its data took").click()
    expect(page.locator("[data-fragment][data-fetched] .step").first).to_be_visible()
    scenery.api.open_gate("carrier")
    page.get_by_role("button", name="Redrive").click()
    expect(page.locator("main .status").first).to_have_text("Succeeded")
    expect(state(page, "Ship")).to_have_attribute("data-status", "retried")
    expect(state(page, "Notify")).to_have_attribute("data-status", "succeeded")
    described = scenery.api.call("DescribeExecution", executionArn=scenery.executions["parcel-2"])
    assert described["redriveCount"] == 1, described
    print("  a failed execution was redriven")


def a_page_without_news_says_so(visitor, scenery):
    execution = f"/executions/{scenery.executions['pause-1']}"
    page = visitor.open(execution)
    expect(page.locator("main")).to_have_attribute("data-refresh", re.compile("[0-9]"))

    def answer(status, path):
        def fulfilled(route):
            route.fulfill(response=route.fetch(url=visitor.pages + path), status=status)
        return fulfilled

    offline = page.locator("body[data-offline]")
    with visitor.foreseeing("502", "404"):
        page.route("**/executions/*", answer(502, "/connect"))
        expect(offline).to_have_count(1)
        expect(page.locator("h1")).to_have_text("pause-1")
        page.unroute_all()
        expect(offline).to_have_count(0)
        page.route("**/executions/*", answer(404, f"{execution}-gone"))
        expect(page.locator(".notice.bad")).to_contain_text("ExecutionDoesNotExist")
        expect(offline).to_have_count(0)
        assert page.locator("main[data-refresh]").count() == 0, "it asks for what is gone"
    page.unroute_all()
    print("  a page without news said so")


def one_is_stopped(visitor, scenery):
    page = visitor.open(f"/executions/{scenery.executions['pause-1']}")
    page.get_by_role("link", name="Stop…").click()
    page.get_by_label("Error").fill("Enough")
    page.get_by_role("button", name="Stop execution").click()
    expect(page.locator("main .status").first).to_have_text("Aborted")
    described = scenery.api.call("DescribeExecution", executionArn=scenery.executions["pause-1"])
    assert described["error"] == "Enough" and "Stopped by " in described["cause"], described
    print("  an execution was stopped")


def twenty_are_stopped(visitor, scenery):
    for index in range(PAUSES):
        scenery.api.start(scenery.machines["pause"], f"bulk-{index}", {})
    page = visitor.open("/")
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Executions").click()
    page.get_by_label("Name contains").fill("bulk-")
    page.get_by_label("Status").select_option("RUNNING")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator("[data-choose]")).to_have_count(PAUSES)
    stop = page.get_by_role("button", name="Stop…")
    expect(stop).to_be_disabled()
    page.get_by_label("Choose all executions of this page").check()
    expect(page.locator("[data-chosen]")).to_have_text(str(PAUSES))
    stop.click()
    expect(page.locator("h1")).to_have_text(f"Stop {PAUSES} executions?")
    page.go_back()
    # At once: the next news would count them anyway.
    counted = page.locator("[data-chosen]").text_content()
    assert counted == str(PAUSES) and stop.is_enabled(), f"{counted} are chosen on the way back"
    stop.click()
    expect(page.locator("h1")).to_have_text(f"Stop {PAUSES} executions?")
    page.get_by_role("button", name=f"Stop {PAUSES} executions").click()
    expect(page.locator("h1")).to_have_text(f"{PAUSES} executions stopped")
    page.get_by_role("link", name="Back to the executions").click()
    expect(page.locator("main")).to_contain_text("No execution is like that")
    listed = scenery.api.call("ListExecutions", stateMachineArn=scenery.machines["pause"], statusFilter="ABORTED")
    stopped = [it for it in listed["executions"] if it["name"].startswith("bulk-")]
    assert len(stopped) == PAUSES, listed
    print(f"  {PAUSES} executions were stopped at once")


def a_worker_s_task_is_answered(visitor, scenery):
    page = visitor.open("/")
    page.get_by_role("link", name="Activities").click()
    page.get_by_role("link", name="inspector", exact=True).click()
    page.get_by_role("button", name="Take the next task").click()
    expect(page.get_by_label("Output")).to_have_value("{}")
    page.get_by_label("Output").fill('{"inspected": true}')
    page.get_by_role("button", name="Send success").click()
    expect(page.locator("h1")).to_have_text("inspector")
    ended = scenery.api.ended(scenery.executions["inspection-1"])
    assert json.loads(ended["output"]) == {"inspected": True}, ended
    print("  a task of an activity was taken and answered")


def a_token_is_answered(visitor, scenery):
    """A state that waits for its token, answered on the page of its execution."""
    page = visitor.open(f"/executions/{scenery.executions['approval-1']}")
    state(page, "Approve").click()
    page.get_by_label("Output").fill('{"approved": "by hand"}')
    page.get_by_role("button", name="Send success").click()
    ended = scenery.api.ended(scenery.executions["approval-1"])
    assert json.loads(ended["output"]) == {"approved": "by hand"}, ended
    page.get_by_role("link", name="Overview").first.click()
    expect(page.locator("main .status").first).to_have_text("Succeeded")
    print("  a token was answered")


def a_state_is_tested(visitor, scenery):
    page = visitor.open(f"/machines/{scenery.machines['shipment']}")
    page.locator("summary").filter(has_text="Test a state").click()
    page.get_by_role("link", name="Ship", exact=True).click()
    page.get_by_label("Input", exact=True).fill('{"parcel": "P9", "gate": "never"}')
    page.get_by_label("Result of the call").fill('{"Payload": {"tracking": "T-P9"}}')
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator("#tested")).to_contain_text("T-P9")
    print("  a state was tested")


def markup_in_data_is_text(visitor, scenery):
    page = visitor.open(f"/executions/{scenery.executions['hostile-1']}")
    expect(page.locator(".notice.bad").first).to_contain_text(workflows.HOSTILE_TEXT)
    assert page.locator("main img, main script, main b").count() == 0


def data_is_searched_and_copied(visitor, scenery):
    page = visitor.open(f"/executions/{scenery.executions['picking-1']}")
    figure = page.locator("figure[data-label='Input']")
    shown = figure.locator(".tree li:visible").count()
    figure.get_by_label("Search in Input").fill("no such value")
    expect(figure.locator(".tree li:visible")).to_have_count(0)
    expect(figure).to_have_attribute("data-unfound", "")
    figure.get_by_label("Search in Input").fill("")
    expect(figure.locator(".tree li:visible")).to_have_count(shown)
    expect(page.locator("[data-unfound]")).to_have_count(0)
    copy = figure.get_by_role("button").filter(has_text="Cop")
    copy.dblclick()
    expect(copy).to_have_text("Copied")
    expect(copy).to_have_text("Copy")


def every_page_is_opened(visitor, target):
    def look(page):
        assert page.locator("h1").count() == 1, f"{page.url}: not one heading"
        title = page.title()
        assert title.endswith(" · Statewright") and "taken" not in title, f"{page.url}: {title}"

    kinds = explore(visitor, look, SAME_KIND_MAX[target])
    for kind, addresses in sorted(kinds.items()):
        print(f"  {len(addresses):3} {kind}")
    return kinds


def iterations_are_unfolded(visitor, scenery):
    page = visitor.open(f"/executions/{scenery.executions['picking-1']}")
    timeline = page.locator(".timeline")
    timeline.locator("summary").filter(has_text="30 iterations").click()
    iteration = timeline.locator("summary.row").filter(has_text="Iteration 29")
    expect(timeline.locator("summary.row")).to_have_count(30)
    iteration.click()
    expect(timeline.get_by_role("link", name="PickByTwo")).to_be_visible()
    print("  the iterations of a Map were unfolded")


def take(browser, scenery, pages, target):
    scenery.prepare()
    with Visitor(browser, pages) as visitor:
        an_order_is_started_and_watched(visitor, scenery)
        scenery.run()
        scenery.executions["parcel-2"] = scenery.api.start(
            scenery.machines["shipment"], "parcel-2", {"parcel": "P2", "gate": "carrier"})
        scenery.api.ended(scenery.executions["parcel-2"])
        a_failure_is_understood_and_redriven(visitor, scenery)
        a_page_without_news_says_so(visitor, scenery)
        one_is_stopped(visitor, scenery)
        twenty_are_stopped(visitor, scenery)
        a_token_is_answered(visitor, scenery)
        a_worker_s_task_is_answered(visitor, scenery)
        a_state_is_tested(visitor, scenery)
        iterations_are_unfolded(visitor, scenery)
        markup_in_data_is_text(visitor, scenery)
        data_is_searched_and_copied(visitor, scenery)
        every_page_is_opened(visitor, target)
    print("journey: done")
