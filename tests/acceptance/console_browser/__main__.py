"""The pages of the console in a browser: what they do, who can use them, and how they look.

    python tests/acceptance/console_browser BINARY [--only PART…] [--axe FILE]
    python tests/acceptance/console_browser BINARY --only journey --pages URL --endpoint URL --role ARN --gates DIR

BINARY serves both the pages and the API with `local`, unless they are named; in the part `command` it serves
the pages with `console`. FILE is axe-core's `axe.min.js`.
`UPDATE=1` takes the pictures anew.
"""

import argparse
import contextlib
import pathlib

import accessibility
import journey
import measurements
import pictures
from chromium import chromium
from target_api import Scenery, TargetApi, console, local

PARTS = ["journey", "command", "accessibility", "pictures", "measurements"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[part for part in PARTS if part != "measurements"])
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--axe", type=pathlib.Path)
    parser.add_argument("--endpoint", help="an API that is served already, by itself or by `statewright proxy`")
    parser.add_argument("--pages", help="where its pages are, if not at the same address")
    parser.add_argument("--role", default="arn:aws:iam::000000000000:role/any")
    parser.add_argument("--gates", type=pathlib.Path, help="the folder in which its functions look for files")
    parser.add_argument("--error-of-functions", metavar="NAME", help="what every error of them is called there")
    options = parser.parse_args()

    def wanted(part):
        return part in options.only

    with chromium(options.chromium) as browser:
        if wanted("journey"):
            with served(options) as (api, pages):
                journey.take(browser, Scenery(api), pages, "deployment" if options.endpoint else "local")
        if wanted("command"):
            with local(options.binary) as api, console(options.binary, api.endpoint) as pages:
                journey.take(browser, Scenery(api), pages, "local")
        if wanted("accessibility"):
            if options.axe is None:
                print("\n!!! NOT TESTED: THE RULES OF AXE-CORE (--axe).\n")
            with served(options) as (api, pages):
                scenery = Scenery(api).prepare().run()
                accessibility.check(browser, scenery, pages, options.axe and options.axe.read_text())
        if wanted("pictures"):
            with served(options) as (api, pages):
                pictures.check(browser, Scenery(api).prepare().run(), pages)
        if wanted("measurements"):
            measurements.take(browser, options.binary)


@contextlib.contextmanager
def served(options):
    """The API, and the address of its pages."""
    if options.endpoint:
        api = TargetApi(options.endpoint, options.role, options.gates, options.error_of_functions)
        yield api, options.pages or options.endpoint
    else:
        with local(options.binary) as api:
            yield api, api.endpoint


if __name__ == "__main__":
    main()
