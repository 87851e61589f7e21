"""Every kind of page, as links lead to them."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

# What is served beside the pages, and is none.
NO_PAGES = re.compile(r"^/(health|metrics|assets/.*)$")


def kind_of(address):
    """`/machines/*?view=start` of the address of any state machine's start form."""
    address = urlsplit(address)
    path = re.sub(r"/arn(:|%3A).*", "/*", unquote(address.path))
    fields = sorted(f"{name}={value}" if name in ("view", "status") else name
                    for name, value in parse_qsl(address.query))
    return path + ("?" + "&".join(fields) if fields else "")


def links_of(page):
    """The paths of the pages to which this one leads."""
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    own = urlsplit(page.url)
    for href in hrefs:
        address = urlsplit(href)
        if address.netloc == own.netloc and not NO_PAGES.match(address.path):
            yield address.path + ("?" + address.query if address.query else "")


def explore(visitor, look, same_kind_max):
    """Follows links from the first page, so many of each kind, and has `look` look at each page. Gives the
    kinds, and an address of each."""
    waiting, known, kinds = ["/"], {"/"}, {}
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        if len(kinds.setdefault(kind, [])) >= same_kind_max:
            continue
        kinds[kind].append(address)
        page = visitor.open(address)
        look(page)
        for link in links_of(page):
            if link not in known:
                known.add(link)
                waiting.append(link)
    return kinds
