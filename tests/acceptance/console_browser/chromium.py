"""Chromium, as Debian has it, and the eyes on everything that goes wrong in it."""

import contextlib
import os
import pathlib
import re
from urllib.parse import urlsplit

from playwright.sync_api import expect, sync_playwright

HERE = pathlib.Path(__file__).parent
# Text looks the same on every machine: one family of fonts, and no hints of the screen's.
ARGUMENTS = ["--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb", "--hide-scrollbars"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=20_000)


@contextlib.contextmanager
def chromium(executable):
    environment = {**os.environ, "FONTCONFIG_FILE": str(HERE / "fonts.conf")}
    # Its sandbox needs a user who is not root.
    is_root = os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, env=environment, args=ARGUMENTS, chromium_sandbox=not is_root)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """A window of the browser. Leaving it fails if the pages gave the browser any reason to complain: an
    error or a warning in the console (of scripts, or of what the Content-Security-Policy forbids), a request
    to another server, or one that failed."""

    def __init__(self, browser, pages, **options):
        options = {"viewport": DESKTOP, "color_scheme": "light", **options}
        self.context = browser.new_context(base_url=pages, locale="en-GB", timezone_id="UTC", **options)
        self.pages = pages
        self.problems, self.foreseen = [], []
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.problems.append(f"{error.page.url}: {error.error}"))
        self.context.on("request", self._requested)
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._answered)
        self.context.on("dialog", lambda dialog: self.problems.append(f"a dialog: {dialog.message}"))
        self.page = self.context.new_page()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.context.close()
        if kind is None:
            assert not self.problems, "the browser complained:\n" + "\n".join(self.problems)

    @contextlib.contextmanager
    def foreseeing(self, *texts):
        """What a page does in here may be complained of in these words."""
        self.foreseen = texts
        yield
        self.foreseen = ()

    def _complain(self, text):
        if not any(re.search(foreseen, text) for foreseen in self.foreseen):
            self.problems.append(text)

    def _heard(self, message):
        if message.type in ("error", "warning", "assert"):
            self._complain(f"{message.page and message.page.url}: {message.type}: {message.text}")

    def _requested(self, request):
        address = urlsplit(request.url)
        if address.scheme != "data" and f"{address.scheme}://{address.netloc}" != self.pages:
            self._complain(f"a request to elsewhere: {request.url}")

    def _failed(self, request):
        # A page that is left takes its requests with it.
        if request.failure != "net::ERR_ABORTED":
            self._complain(f"{request.method} {request.url}: {request.failure}")

    def _answered(self, response):
        if response.status >= 400:
            self._complain(f"{response.request.method} {response.url}: {response.status}")

    def without_news(self):
        """From the next page on, a page stays as the server has sent it."""
        def answer(route):
            if route.request.resource_type != "document":
                return route.continue_()
            response = route.fetch(max_redirects=0)
            return route.fulfill(response=response, body=response.text().replace(" data-refresh=", " data-was-refreshed="))
        self.context.route("**/*", answer)

    def open(self, path):
        self.page.goto(path, wait_until="load")
        return self.page
