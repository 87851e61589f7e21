"""Can everybody use the pages: by keyboard, on a phone, with a screen reader, in the light and in the dark?"""

from chromium import DESKTOP, PHONE, Visitor
from pages import answers_of, long_names_of, views_of

SEVERE = ("serious", "critical")
# Most presses of the Tab key by which a page is walked through.
TABS_MAX = 250

# The elements that Tab must reach: they are numbered, so that each can be told.
FOCUSABLE = """() => {
  const wanted = 'a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, ' +
                 'summary, [tabindex="0"]';
  const seen = [...document.querySelectorAll(wanted)].filter(it => it.checkVisibility({ visibilityProperty: true }));
  seen.forEach((it, index) => it.setAttribute('data-tab-test', index));
  return seen.length;
}"""
# Which one has the focus, and whether one sees it: an outline, or the border of a state's box.
FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const box = it.querySelector?.('.box');
  const style = getComputedStyle(it);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  const framed = Boolean(it.dataset.state && box && parseFloat(getComputedStyle(box).strokeWidth) >= 2.5);
  return { index: it.getAttribute('data-tab-test'), visible: outlined || framed,
           text: it.outerHTML.slice(0, 120) };
}"""


def check_rules(page, axe, name):
    """What axe-core finds that keeps people out."""
    page.evaluate(axe)
    results = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    found = [violation for violation in results["violations"] if violation["impact"] in SEVERE]
    assert results["passes"], "axe-core looked at nothing"
    return [f"{name}: {violation['id']} ({violation['impact']}): {violation['help']}\n" + "\n".join(
        f"    {node['html'][:160]}\n    {(node['failureSummary'] or '').splitlines()[-1].strip()}" for node in violation["nodes"][:4])
        for violation in found]


def check_keyboard(page, name):
    """What Tab does not reach, and what does not show that it is reached."""
    count = page.evaluate(FOCUSABLE)
    if count > TABS_MAX:
        return []
    reached, problems, last = set(), [], None
    page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    # A field of a date has several stops.
    for _ in range(2 * count + 10):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            continue
        if focused["index"] in reached and focused["index"] != last:
            break
        last = focused["index"]
        reached.add(focused["index"])
        if not focused["visible"]:
            problems.append(f"{name}: the focus is not seen on {focused['text']}")
    missing = [index for index in range(count) if str(index) not in reached]
    for index in missing[:5]:
        text = page.locator(f'[data-tab-test="{index}"]').evaluate("it => it.outerHTML.slice(0, 160)")
        problems.append(f"{name}: Tab does not reach {text}")
    return problems


def check_width(page, name):
    sizes = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if sizes[0] <= sizes[1]:
        return []
    widest = page.evaluate("""() => [...document.querySelectorAll('main *')].filter(
        it => it.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(it => it.outerHTML.slice(0, 120))""")
    return [f"{name}: {sizes[0]} pixels wide where there are {sizes[1]}: {widest}"]


VIEWS = [(scheme, viewport) for scheme in ("light", "dark") for viewport in (DESKTOP, PHONE)]


def check(browser, scenery, pages, axe):
    problems, count = [], 0
    answers = [(name, view, way) for view in VIEWS for name, way in answers_of(scenery).items()]
    long_names = [(name, ("light", PHONE), way) for name, way in long_names_of(scenery).items()]
    for name, (scheme, viewport), show in [*views_of(scenery, VIEWS), *answers, *long_names]:
        label = f"{name}, {scheme}, {viewport['width']} px"
        with Visitor(browser, pages, color_scheme=scheme, viewport=viewport) as visitor:
            visitor.without_news()
            with visitor.foreseeing("404", "403"):
                show(visitor.page)
                visitor.page.wait_for_load_state()
            count += 1
            problems += check_width(visitor.page, label)
            if axe:
                problems += check_rules(visitor.page, axe, label)
            # What Tab reaches is the same in the dark.
            if scheme == "light":
                problems += check_keyboard(visitor.page, label)
    for problem in problems:
        print(problem)
    assert not problems, f"{len(problems)} barriers"
    print(f"accessibility: {count} views of pages")
