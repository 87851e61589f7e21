"""How fast the pages are, and what they cost the server: of a release build, on a machine that does nothing
else. Nothing here fails, since a machine may be slow or busy; the figures are for people."""

import http.client
import os
import pathlib
import threading
import time
from urllib.parse import quote, urlsplit

import workflows
from chromium import Visitor
from target_api import local

ITERATIONS = 10_000
LIVE_PAGES = 50
SECONDS = 10
TICKS = os.sysconf("SC_CLK_TCK")


def take(browser, binary):
    with local(binary, "--limits", "open") as api:
        definition, value = workflows.repeated(ITERATIONS)
        began = time.monotonic()
        machine = api.create_machine("repeated", definition)
        many = api.start(machine, "many", value)
        assert api.ended(many)["status"] == "SUCCEEDED"
        print(f"{ITERATIONS} iterations ran in {time.monotonic() - began:.1f} s")
        open_a_long_execution(browser, api, many)
        render_a_hundred(api)
        watch_live_pages(api)


def open_a_long_execution(browser, api, execution):
    path = f"/executions/{execution}"
    for view in ("", "?view=events"):
        with Visitor(browser, api.endpoint) as visitor:
            timings = [opened(visitor.open(path + view)) for _ in range(3)]
        (answered, loaded, size, elements), again = timings[0], min(timing[1] for timing in timings[1:])
        print(f"an execution of {ITERATIONS} iterations, {view or 'overview'}: answered in {answered:.0f} ms and loaded in "
              f"{loaded:.0f} ms the first time, then in {again:.0f} ms; {size / 1000:.0f} kB, {elements} elements")
    with Visitor(browser, api.endpoint) as visitor:
        page = visitor.open(path)
        pages = page.locator(".timeline details").filter(has_text="iterations").first
        unfolded = in_milliseconds(lambda: (pages.locator("summary").first.click(),
                                            page.locator(".timeline summary.row").nth(99).wait_for()))
        later = page.locator(".timeline summary").filter(has_text="9,901").first
        further = in_milliseconds(lambda: (later.click(), page.locator(".timeline summary.row").nth(199).wait_for()))
        scrolled = in_milliseconds(lambda: page.evaluate("""() => new Promise(done => {
            window.scrollTo(0, document.body.scrollHeight);
            requestAnimationFrame(() => requestAnimationFrame(done));
        })"""))
        assert page.evaluate("scrollY") > 1000, "the page does not scroll"
    print(f"its iterations were unfolded in {unfolded:.0f} ms, the last hundred in {further:.0f} ms, and scrolled to the end "
          f"in {scrolled:.0f} ms")


def opened(page):
    """Milliseconds until the answer was there and until the page was, its bytes and its elements."""
    return page.evaluate("""() => {
        const it = performance.getEntriesByType('navigation')[0];
        return [it.responseEnd, it.loadEventEnd, it.decodedBodySize, document.querySelectorAll('*').length];
    }""")


def in_milliseconds(work):
    began = time.monotonic()
    work()
    return (time.monotonic() - began) * 1000


def render_a_hundred(api):
    """The list of a hundred executions."""
    pause = api.create_machine("paused", workflows.PAUSE)
    for index in range(100):
        api.start(pause, f"pause-{index}", {})
    connection = http.client.HTTPConnection(urlsplit(api.endpoint).netloc)
    path = f"/executions?machine={quote(pause, safe='')}"
    connection.request("GET", path)
    rows = connection.getresponse().read().count(b"<tr data-key=")
    best = min(timed_request(connection, path)[0] for _ in range(20))
    print(f"a page of {rows} executions is answered in {best * 1000:.1f} ms")


def timed_request(connection, path, version=None):
    headers = {"If-None-Match": version} if version else {}
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return time.perf_counter() - began, answer.status, answer.getheader("ETag")


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def watch_live_pages(api):
    """What `local` uses of a core while so many pages ask for news each second, as console.js does."""
    pause = api.create_machine("watched", workflows.PAUSE)
    execution = api.start(pause, "watched", {})
    paths = {"an execution that runs": f"/executions/{execution}", "the list of executions": "/executions",
             "the list of state machines": "/"}
    for what, path in paths.items():
        share = share_of_a_core(api, path)
        print(f"{LIVE_PAGES} live pages of {what}: {share:.1%} of a core")


def share_of_a_core(api, path):
    stop, failures = threading.Event(), []

    def poll(index):
        connection = http.client.HTTPConnection(urlsplit(api.endpoint).netloc)
        version = None
        stop.wait(index / LIVE_PAGES)
        while not stop.is_set():
            _, status, version = timed_request(connection, path, version)
            if status not in (200, 304):
                failures.append(status)
            stop.wait(1)

    threads = [threading.Thread(target=poll, args=[index]) for index in range(LIVE_PAGES)]
    for thread in threads:
        thread.start()
    stop.wait(2)
    began, used = time.monotonic(), processor_seconds(api.process)
    stop.wait(SECONDS)
    share = (processor_seconds(api.process) - used) / (time.monotonic() - began)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return share
