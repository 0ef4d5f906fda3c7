"""The page in a real browser: no console error, sorting and filtering work. Skipped without one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.running import INPUTS, pipewarden

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
pytestmark = pytest.mark.skipif(not BROWSER, reason="no Chromium is installed")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom"),
]


def dom(page: Path, tmp_path: Path) -> tuple[str, list[str]]:
    """The document after its scripts have run, and what they wrote to the console."""
    done = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_scripts_run_without_errors_and_do_their_work(tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    pipewarden("report", "mixed", "-o", str(page))
    text = page.read_text("utf-8")
    act = """<script>
      document.querySelector("#findings th:nth-child(2) button").click();
      filter.value = "iam016"; filter.dispatchEvent(new Event("input"));
    </script></body>"""
    driven = tmp_path / "driven.html"
    driven.write_text(text.replace("</body>", act), "utf-8")
    shown, console = dom(driven, tmp_path)
    assert console == []
    table = shown.partition('id="findings"')[2].partition("</table>")[0]
    assert 'aria-sort="ascending"' in table
    body = table.partition("<tbody>")[2]
    rows = re.findall(r"<tr( hidden=\"\")?>.*?<td>(\w+\d{3})<br>", body, re.DOTALL)
    ids = [rule for _, rule in rows]
    assert ids == sorted(ids)
    assert {rule for hidden, rule in rows if not hidden} == {"IAM016"}
    assert "1 shown" in shown


def test_it_can_be_read_without_scripts(tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    pipewarden("report", "mixed", "-o", str(page))
    text = page.read_text("utf-8")
    bare = tmp_path / "bare.html"
    bare.write_text(re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL), "utf-8")
    shown, console = dom(bare, tmp_path)
    assert console == []
    assert "IAM016" in shown
    assert "<svg" in shown
    assert INPUTS.name not in shown
