"""The review page in headless Chromium: accessibility, widths, print, requests, scripts.

Skipped where a browser, Playwright or axe-core is missing; CONTRIBUTING.md says how to run it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.running import pipewarden
from tests.reports.review_project import LONG_NAME, REGIONS, Page, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)


def _missing() -> str:
    if not CHROMIUM:
        return "no Chromium is installed (Debian: apt-get install chromium)"
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "Playwright is not installed (pip install playwright)"
    return ""


pytestmark = pytest.mark.skipif(bool(_missing()), reason=_missing() or "-")


def axe_core() -> str:
    """The source of axe-core: of ``PIPEWARDEN_AXE=axe.min.js``, else of the Python package."""
    named = os.environ.get("PIPEWARDEN_AXE", "")
    if named:
        return Path(named).read_text("utf-8")
    package = pytest.importorskip(
        "axe_playwright_python",
        reason="axe-core is not there (pip install axe-playwright-python, or set PIPEWARDEN_AXE)",
    )
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("review") / "project")
    file = folder.parent / "review.html"
    ran = pipewarden(
        *("report", ".", "-o", str(file), "--title", "Quarterly review", "--for", "Finance"),
        *("--what-if", "spot=all"),
        cwd=folder,
    )
    assert ran.code == 3, ran  # broken.tf
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield launched
        launched.close()


class Opened:
    """The page in a tab, with what it asked for and what it wrote to the console."""

    def __init__(self, browser: Browser, file: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.tab: Tab = self.context.new_page()
        self.requests: list[str] = []
        self.console: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("console", lambda message: self.console.append(message.text))
        self.tab.on("pageerror", lambda error: self.console.append(str(error)))
        self.tab.goto(file.as_uri())

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def unfold(tab: Tab) -> None:
    tab.evaluate("() => { for (const d of document.querySelectorAll('details')) d.open = true; }")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(browser: Browser, page_file: Path, scheme: str, width: int) -> None:
    source = axe_core()
    size = {"width": width, "height": 900}
    with Opened(browser, page_file, color_scheme=scheme, viewport=size, bypass_csp=True) as opened:
        unfold(opened.tab)
        opened.tab.evaluate(source)
        found = opened.tab.evaluate("() => axe.run()")
    assert found["passes"]
    assert [
        (item["id"], node["html"][:200], node["failureSummary"])
        for item in found["violations"]
        for node in item["nodes"]
    ] == []


CONTRASTS = """() => {
  const light = colour => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(n => n / 255)
      .map(n => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const found = [];
  for (const text of document.querySelectorAll("svg text")) {
    const box = light(getComputedStyle(text.ownerSVGElement.querySelector("rect")).fill);
    found.push([text.textContent, ratio(light(getComputedStyle(text).fill), box)]);
  }
  for (const e of document.querySelectorAll("main *, header *")) {
    if (!e.closest("svg") && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
      found.push([e.textContent.slice(0, 60),
        ratio(light(getComputedStyle(e).color), light(behind(e)))]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_above_four_and_a_half_in_text_and_drawings(
    browser: Browser, page_file: Path, scheme: str
) -> None:
    with Opened(browser, page_file, color_scheme=scheme) as opened:
        ratios = opened.tab.evaluate(CONTRASTS)
        assert opened.tab.evaluate("() => getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 22, 29)"
        )
    assert len(ratios) > 300
    assert [entry for entry in ratios if entry[1] < 4.5] == []


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_page_never_scrolls_sideways(browser: Browser, page_file: Path, width: int) -> None:
    with Opened(browser, page_file, viewport={"width": width, "height": 740}) as opened:
        unfold(opened.tab)
        assert opened.tab.evaluate("() => document.documentElement.scrollWidth") <= width
        wide = opened.tab.evaluate(
            "() => [...document.querySelectorAll('.wide')]"
            ".map(e => [e.scrollWidth > e.clientWidth, e.tabIndex])"
        )
    assert all(index == 0 for _, index in wide)
    assert any(scrolls for scrolls, _ in wide) or width > 1000


def test_nothing_is_asked_for_and_the_policy_is_kept(browser: Browser, page_file: Path) -> None:
    with Opened(browser, page_file) as opened:
        unfold(opened.tab)
        opened.tab.wait_for_timeout(300)
        assert opened.requests == [page_file.as_uri()]
        assert opened.console == []
        blocked = "() => { const i = new Image(); i.src = 'https://example.invalid/x.png'; }"
        opened.tab.evaluate(blocked)
        opened.tab.wait_for_timeout(300)
        assert any("Content Security Policy" in text for text in opened.console)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is missing (poppler-utils)")
def test_print_loses_nothing(
    browser: Browser, page_file: Path, tmp_path: Path, paper: str, scripts: bool
) -> None:
    """Every word of the page, folded parts included, is on the sheets."""
    pdf = tmp_path / "review.pdf"
    options = {"java_script_enabled": scripts, "color_scheme": "dark"}
    with Opened(browser, page_file, **options) as opened:
        opened.tab.emulate_media(media="print")
        if scripts:
            cut = opened.tab.evaluate(
                """paper => {
                  document.body.style.width = paper === "A4" ? "703px" : "725px";
                  for (const d of document.querySelectorAll("details")) d.open = true;
                  const right = document.body.getBoundingClientRect().right + 1;
                  return [...document.querySelectorAll("td, th, svg, p, li, pre, summary")]
                    .filter(e => e.getBoundingClientRect().right > right)
                    .map(e => e.outerHTML.slice(0, 200));
                }""",
                paper,
            )
            assert cut == []
            opened.tab.reload()
        opened.tab.pdf(path=str(pdf), format=paper)
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout
    printed = re.sub(r"\s+", "", text)
    plain = subprocess.run(
        ["pdftotext", "-raw", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout
    raw = re.sub(r"\s+", "", plain)
    page = Page(page_file.read_text("utf-8"))

    def there(words: str) -> bool:
        words = re.sub(r"\s+", "", words)
        return words in printed or words in raw

    heads = {head for table in page.tables for head in table.head}
    assert [head for head in heads if not there(head)] == []
    names = [row[1].text for t in page.tables if t.caption.startswith("Steps of") for row in t.body]
    assert len(names) > 10 and LONG_NAME in " ".join(names)
    assert [name for name in names if not there(name)] == []
    assert [label for label in page.labels if not there(label)] == []
    assert all(there(f"#{n} Train{r}") for n, r in enumerate(REGIONS, 5))
    places = [table for table in page.tables if table.head[:3] == ["Place", "Of", "What"]]
    found = [row[0].text for table in places for row in table.body]
    assert len(found) > 50
    assert [place for place in found if not there(place)] == []
    amounts = {a for table in page.tables for row in table.body for c in row for a in money(c.text)}
    assert [amount for amount in amounts if amount not in printed] == []


def money(text: str) -> list[str]:
    return re.findall(r"\$[\d,]+\.\d+", text)


def test_bars_keep_their_colours_in_print(browser: Browser, page_file: Path) -> None:
    with Opened(browser, page_file) as opened:
        opened.tab.emulate_media(media="print")
        found = opened.tab.evaluate(
            "() => [...document.querySelectorAll('svg.bar rect, svg.graph rect')].map(e => "
            "[getComputedStyle(e).printColorAdjust, getComputedStyle(e).fill])"
        )
    assert len(found) > 20
    assert all(adjust == "exact" and fill not in ("none", "rgb(0, 0, 0)") for adjust, fill in found)


def test_severities_are_filtered_without_scripts(browser: Browser, page_file: Path) -> None:
    with Opened(browser, page_file, java_script_enabled=False) as opened:
        tab = opened.tab
        assert tab.locator("#findings .rule.of-high").first.is_visible()
        tab.locator("#show-high").uncheck()
        assert not tab.locator("#findings .rule.of-high").first.is_visible()
        assert tab.locator("#findings .rule.of-medium").first.is_visible()
        assert not tab.locator("#search").is_visible()
        tab.locator("#findings .rule.of-medium summary").first.click()
        assert tab.locator("#findings .rule.of-medium table").first.is_visible()


def test_searching_and_sorting_work(browser: Browser, page_file: Path) -> None:
    with Opened(browser, page_file) as opened:
        tab = opened.tab
        tab.locator("#filter").fill("notebook lab")
        rows = tab.locator("#findings tbody tr:visible").all_inner_texts()
        assert rows and all("lab" in row for row in rows)
        assert tab.locator("#shown").inner_text() == f"{len(rows)} places shown"
        tab.locator("#filter").fill("")
        overview = tab.locator("section[aria-labelledby=overview] table")
        overview.locator("thead button", has_text="Month, expected").click()
        names = overview.locator("tbody th a").all_inner_texts()
        assert names[0] == "lone" and names[-1] == "forecast"
        assert overview.locator("th[aria-sort=ascending]").count() == 1
        tab.locator("a[href='#rule-1']").click()
        assert tab.locator("#rule-1 table").is_visible()
        assert opened.console == []
