"""Do the pages look as they did when somebody looked at them? `UPDATE=1` takes the pictures anew."""

import io
import os
import pathlib
import platform

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps
from PIL.PngImagePlugin import PngInfo

from chromium import DESKTOP, PHONE, Visitor
from pages import ON_A_PHONE, views_of

GOLDENS = pathlib.Path(__file__).parent.parent / "console/pictures"
# Pictures that differ are put here, with the difference.
DIFFERENCES = pathlib.Path(__file__).parents[3] / "target/console-pictures"
# A page that is longer is cut.
HEIGHT_MAX = 1500
COLOURS = 96
# Pixels are compared in squares of so many, smoothed, by what an eye sees of it: one that differs by more than
# this, of 255, in one colour is another one.
SQUARE = 4
VISIBLE = 20
# The greatest share of squares that may be others: of the same Chromium, and of another one, whose text may
# be smoothed in another way.
SHARE_MAX = 0.001
SHARE_MAX_ELSEWHERE = 0.025

# What is another one in each run is put in place of what it was, so that pages keep their layout.
#
# Times, durations and amounts of money, ids, tokens, and the port; the parts of bars are equally long.
FREEZE = """() => {
  const varying = [
    [/\\d{4}-\\d\\d-\\d\\d([ T])\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?/g, '2026-01-02$103:04:05'],
    [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '01234567-89ab-4cde-8f01-23456789abcd'],
    [/\\b1\\d{12}\\b/g, '1767323045000'], [/[\\w+/=-]{60,}/g, 'a-task-token'],
    [/\\b\\d+(\\.\\d+)? (ms|s)\\b/g, '1.00 s'], [/\\b\\d+m \\d\\ds\\b/g, '1.00 s'],
    [/127\\.0\\.0\\.1:\\d+/g, '127.0.0.1:8083'], [/\\$\\d+(\\.\\d+)?/g, '$0.01'],
  ];
  const freeze = text => varying.reduce((frozen, [what, by]) => frozen.replace(what, by), text);
  // Branches run at once, so that either may have begun first.
  const sorted = (list, items, text) => list.append(...items.sort((one, other) => text(one) < text(other) ? -1 : 1));
  for (const rows of document.querySelectorAll('table.states tbody')) sorted(rows, [...rows.children], row => row.dataset.key);
  for (const list of document.querySelectorAll('.branches')) {
    sorted(list, [...list.children], branch => branch.querySelector('[data-visit-of]').dataset.visitOf);
    [...list.children].forEach((branch, at) => branch.querySelector('.label').textContent = `Branch ${at + 1}`);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const frozen = freeze(node.data);
    if (frozen !== node.data) node.data = frozen;
  }
  for (const bar of document.querySelectorAll('svg.bar')) {
    const width = bar.viewBox.baseVal.width / bar.querySelectorAll('rect').length;
    bar.querySelectorAll('rect').forEach((part, at) => {
      part.setAttribute('x', at * width);
      part.setAttribute('width', width);
    });
  }
  for (const field of document.querySelectorAll('input, textarea')) {
    if (field.value !== freeze(field.value)) field.value = freeze(field.value);
  }
}"""


def take(page):
    """A picture of the whole page, with few colours, so that it is small."""
    page.evaluate("document.fonts.ready")
    page.evaluate(FREEZE)
    height = min(page.evaluate("document.documentElement.scrollHeight"), HEIGHT_MAX)
    size = page.viewport_size
    clip = {"x": 0, "y": 0, "width": size["width"], "height": max(height, size["height"] // 2)}
    shot = page.screenshot(full_page=True, clip=clip, animations="disabled", caret="hide")
    return Image.open(io.BytesIO(shot)).convert("RGB")


def quantised(picture):
    return picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def squares(picture, size):
    """A picture as an eye sees it that looks for what has changed."""
    padded = Image.new("RGB", size, (255, 0, 255))
    padded.paste(picture, (0, 0))
    small = padded.resize((max(size[0] // SQUARE, 1), max(size[1] // SQUARE, 1)), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(0.7))


def difference(one, other):
    """The share of the squares that differ visibly, and where they are."""
    size = (max(one.width, other.width), max(one.height, other.height))
    red, green, blue = ImageChops.difference(squares(one, size), squares(other, size)).split()
    greatest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    differing = greatest.point(lambda level: 255 if level > VISIBLE else 0)
    return differing.histogram()[255] / (differing.width * differing.height), differing


def check_that_changes_are_seen(golden, graph):
    """Of a picture of a page with a drawing at this box: inverted colours, everything a little lower, no
    drawing, and a small thing more."""
    assert difference(golden, golden.copy())[0] == 0
    blank, dotted = golden.copy(), golden.copy()
    paper = golden.getpixel((graph["x"] + 4, graph["y"] + graph["height"] / 2))
    box = (graph["x"] + 4, graph["y"] + 4, graph["x"] + graph["width"] - 4, graph["y"] + graph["height"] - 4)
    ImageDraw.Draw(blank).rectangle(box, fill=paper)
    ImageDraw.Draw(dotted).rectangle((40, 300, 110, 330), fill=(255, 0, 0))
    for what, changed, allowed in [("has other colours", ImageOps.invert(golden), SHARE_MAX_ELSEWHERE),
                                   ("is lower", ImageChops.offset(golden, 0, 24), SHARE_MAX_ELSEWHERE),
                                   ("lacks its drawing", blank, SHARE_MAX_ELSEWHERE),
                                   ("has a button more", dotted, SHARE_MAX)]:
        share = difference(golden, changed)[0]
        assert share > allowed, f"a picture that {what} differs by {share:.2%} only"


def version_of(browser):
    """Its major version, and the system, whose libraries smooth its text."""
    system = platform.freedesktop_os_release()
    return f"{browser.version.partition('.')[0]} of {system['NAME']} {system.get('VERSION_ID', '')}"


def compare(name, picture, chromium):
    """Nothing if a picture is as its golden, else what is wrong; with UPDATE, the golden is made so."""
    path = GOLDENS / f"{name}.png"
    golden = Image.open(path) if path.exists() else None
    share, where = difference(golden.convert("RGB"), picture) if golden else (1.0, None)
    taken_by = golden.text.get("Chromium") if golden else chromium
    allowed = SHARE_MAX if taken_by == chromium else SHARE_MAX_ELSEWHERE
    if share <= allowed:
        return None
    if os.environ.get("UPDATE"):
        GOLDENS.mkdir(parents=True, exist_ok=True)
        information = PngInfo()
        information.add_text("Chromium", chromium)
        quantised(picture).save(path, optimize=True, pnginfo=information)
        return None
    DIFFERENCES.mkdir(parents=True, exist_ok=True)
    picture.save(DIFFERENCES / f"{name}.png")
    if where:
        where.resize(picture.size).save(DIFFERENCES / f"{name}.difference.png")
    return f"{name}: {share:.2%} of it differs, and {allowed:.2%} may"


VIEWS = {"light": DESKTOP, "dark": DESKTOP, "phone": PHONE}


def check(browser, scenery, pages):
    chromium, problems, taken = version_of(browser), [], []
    for name, view, show in views_of(scenery, VIEWS):
        if view == "phone" and name not in ON_A_PHONE:
            continue
        scheme = "dark" if view == "dark" else "light"
        with Visitor(browser, pages, reduced_motion="reduce", viewport=VIEWS[view], color_scheme=scheme) as visitor:
            visitor.without_news()
            with visitor.foreseeing("404", "403"):
                show(visitor.page)
                visitor.page.wait_for_load_state()
            picture = take(visitor.page)
            taken.append(f"{name}.{view}")
            problems += filter(None, [compare(taken[-1], picture, chromium)])
            if taken[-1] == "machine-definition.light":
                check_that_changes_are_seen(picture, visitor.page.locator(".graph").bounding_box())
    known = {path.stem for path in GOLDENS.glob("*.png")}
    problems += [f"{name}: there is no such page" for name in sorted(known - set(taken))]
    by = {Image.open(path).text.get("Chromium") for path in GOLDENS.glob("*.png")} - {chromium}
    if by:
        print(f"the pictures were taken by Chromium {', '.join(sorted(by))}, and this is {chromium}: up to "
              f"{SHARE_MAX_ELSEWHERE:.1%} of each may differ")
    for problem in problems:
        print(problem)
    assert not problems, f"{len(problems)} pictures differ; look at {DIFFERENCES}, and take them anew with UPDATE=1"
    print(f"pictures: {len(taken)}")
