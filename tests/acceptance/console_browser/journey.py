"""What an operator does: looks at every page, starts an order and watches it, finds out why something failed
and has it go on, stops many at once, and answers a task that waits."""

import json
import re

from playwright.sync_api import expect

import workflows
from chromium import Visitor
from site_map import explore

# Notes each status that a state of a drawing has had, as the page is renewed.
WATCH_STATES = """() => {
  window.statusesSeen = {};
  const note = () => {
    for (const state of document.querySelectorAll('[data-state][data-status]')) {
      const seen = window.statusesSeen[state.dataset.state] ??= [];
      if (seen.at(-1) !== state.dataset.status) seen.push(state.dataset.status);
    }
  };
  new MutationObserver(note).observe(document.getElementById('main'), { subtree: true, childList: true, attributes: true });
  note();
}"""


def state(page, name):
    return page.locator(".graph [data-state]").filter(has=page.locator(f"title:text-is('{name}')")).first


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
    expect(page.locator("h1")).to_contain_text("order-7")
    return page


def every_page_is_opened(visitor):
    def look(page):
        assert page.locator("h1").count() == 1, f"{page.url}: not one heading"
        title = page.title()
        assert title.endswith(" · Statewright") and "taken" not in title, f"{page.url}: {title}"

    kinds = explore(visitor, look)
    for kind, addresses in sorted(kinds.items()):
        print(f"  {len(addresses):3} {kind}")
    return kinds


def take(browser, scenery, pages):
    scenery.prepare()
    with Visitor(browser, pages) as visitor:
        an_order_is_started_and_watched(visitor, scenery)
        scenery.api.open_gate("prices")
        scenery.run()
        every_page_is_opened(visitor)
    print("journey: done")
