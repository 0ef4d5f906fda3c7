"""The page: well formed, self-contained, hostile names as text, everything there."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.e2e.running import INPUTS, pipewarden

VOID = {"meta", "input", "br", "rect", "path"}


class Page(HTMLParser):
    """Checks nesting and collects what is in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


def page_of(directory: Path, tmp_path: Path) -> tuple[str, Page]:
    file = tmp_path / "review.html"
    ran = pipewarden("report", ".", "-o", str(file), cwd=directory)
    assert (ran.code, ran.err) == (0, "")
    text = file.read_text("utf-8")
    page = Page(text)
    assert page.open == []
    return text, page


def test_the_page_has_everything_and_loads_nothing(tmp_path: Path) -> None:
    text, page = page_of(INPUTS / "mixed", tmp_path)
    assert {"svg", "table", "details", "mark", "script"} <= set(page.tags)
    assert not [a for a in page.attributes if a[1] in ("src", "href", "srcset", "action")]
    assert not re.search(r"url\(|@import|https?://", text.partition("<body>")[0])
    words = " ".join(page.text)
    for expected in ("Gate failed", "Train", "GoodEnough", "ml.m5.2xlarge", "IAM016", "us-east-1"):
        assert expected in words
    assert page.tags.count("rect") == 4
    assert ("html", "lang", "en") in page.attributes
    assert all(
        any(name == "aria-label" for tag, name, _ in page.attributes if tag == "svg")
        for _ in range(1)
    )


def test_amounts_are_those_of_cost(tmp_path: Path) -> None:
    _, page = page_of(INPUTS / "mixed", tmp_path)
    cost = json.loads(pipewarden("cost", "mixed", "--format", "json").out)
    expected = cost["totals"]["per_run_usd"]["expected"]
    assert f"${expected:,.2f}" in " ".join(page.text)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</svg><script>x</script>",
        "{{ 7*7 }}",
        "\u202eevil\u2066",
        "\x1b[31mred",
        "a" * 5000,
    ],
)
def test_hostile_names_are_text(tmp_path: Path, name: str) -> None:
    scanned = tmp_path / "scanned"
    scanned.mkdir()
    steps = [
        {"Name": name, "Type": "Training", "Arguments": {"ResourceConfig": {"InstanceType": name}}}
    ]
    (scanned / "p.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": steps}))
    text, page = page_of(scanned, tmp_path)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not [a for a in page.attributes if a[1].startswith("on")]
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "49" not in [part.strip() for part in page.text]


def test_three_hundred_steps(tmp_path: Path) -> None:
    scanned = tmp_path / "scanned"
    scanned.mkdir()
    steps = [
        {"Name": f"S{i}", "Type": "Processing", "Arguments": {}, "DependsOn": [f"S{i // 2}"]}
        for i in range(1, 301)
    ]
    steps[0].pop("DependsOn")
    (scanned / "p.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": steps}))
    text, page = page_of(scanned, tmp_path)
    assert page.tags.count("rect") == 300
    assert len(text) < 3_000_000
