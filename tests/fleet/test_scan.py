"""``fleet scan`` end to end, with the installed command."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from linter.fleet.tables import TABLES
from tests.e2e.running import COMMAND, Ran, pipewarden
from tests.fleet.fleets import (
    commit,
    definition,
    heavy,
    repository,
    said_columns,
    scan,
    table,
    write,
)

HOSTILE = "<script>alert(1)</script>&\u202e\"'"


class Fleet:
    """A folder with repositories, good and bad, a manifest and the results of one scan."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.results = folder, folder / "results"
        repository(folder / "good", 3)
        write(folder / "good" / "broken.tf.json", "{")
        self.commit = commit(repository(folder / "kept", 2))
        write(folder / "large" / "main.tf", "locals {}\n")
        for number in range(30):
            write(folder / "large" / f"f{number}.tf", f"locals {{ a{number} = 1 }}\n")
        write(folder / "bucket" / "p.json", definition("behind-a-prefix"))
        write(folder / "heavy" / "p.json", heavy())
        write(folder / "refused" / "p.json", definition("refused"))
        write(folder / "refused" / "pipewarden.toml", "fail_onn = 'high'\n")
        (folder / "empty").mkdir()
        self.manifest = write(
            folder / "fleet.yaml",
            json.dumps(
                {
                    "entries": [
                        {
                            "path": "good",
                            "team": HOSTILE,
                            "owner": "ada",
                            "environment": "prod",
                            "tags": {"cost-center": "=1+1"},
                        },
                        {"git": "kept", "revision": self.commit, "team": "b"},
                        {"name": "gone", "git": "kept", "revision": "no-such-branch"},
                        {"name": "nowhere", "git": "no-such-repository"},
                        {"path": "missing"},
                        {"pth": "typo"},
                        {"path": "large"},
                        {"path": "heavy"},
                        {"path": "refused"},
                        {"path": "empty"},
                        {"name": "bucket", "prefix": f"file://{folder}/bucket", "team": "b"},
                    ]
                }
            ),
        )
        self.ran = self.scan()

    def scan(self, *more: str) -> Ran:
        return scan(
            self.manifest,
            self.results,
            "--max-files",
            "20",
            "--time-limit",
            "20",
            "--memory-limit",
            "64",
            *more,
        )


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    yield Fleet(tmp_path_factory.mktemp("fleet"))


def rows(results: Path, sql: str) -> list[dict[str, Any]]:
    ran = pipewarden("fleet", "query", str(results), sql, "--format", "json")
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out, parse_float=Decimal)
    return found


def test_what_fails_is_named_and_the_rest_goes_on(fleet: Fleet) -> None:
    assert "Warning" not in fleet.ran.err
    assert fleet.ran.code == 3
    lines = fleet.ran.err.splitlines()
    for words in (
        "has no 'pth'; did you mean path?",
        "gone: ",
        "nowhere: ",
        "missing: the folder ",
        "large: .: 31 files, more than the 20 that a root may have",
        "heavy: p.json: needed more than 64 MB and was stopped",
        "refused: ",
        "empty: it is empty",
    ):
        assert any(words in line for line in lines), (words, lines)
    found = {
        (row["repository"], row["stage"], row["kind"]) for row in table(fleet.results, "failures")
    }
    assert found == {
        ("good", "read", "unread"),
        ("gone", "open", "revision"),
        ("nowhere", "open", "missing"),
        ("missing", "open", "missing"),
        ("large", "scan", "files"),
        ("heavy", "scan", "memory"),
        ("refused", "open", "settings"),
        ("empty", "open", "missing"),
    }
    status = {
        (row["repository"], row["path"]): row["status"] for row in table(fleet.results, "roots")
    }
    assert status == {
        ("good", "."): "partly",
        ("good", "infra"): "read",
        ("good", "lone/p0.json"): "read",
        ("good", "lone/p1.json"): "read",
        ("kept", "infra"): "read",
        ("kept", "lone/p0.json"): "read",
        ("bucket", "p.json"): "read",
        ("large", "."): "not",
        ("heavy", "p.json"): "not",
        **{(name, "."): "not" for name in ("gone", "nowhere", "missing", "refused", "empty")},
    }
    # What may have been the worker's fault was tried again.
    attempts = {row["repository"]: row["attempt"] for row in table(fleet.results, "timings")}
    assert (attempts["heavy"], attempts["missing"]) == (2, 1)


def test_the_columns_are_those_that_are_documented(fleet: Fleet) -> None:
    import pyarrow.parquet as pq

    page = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text("utf-8")
    for name, columns in TABLES.items():
        paths = list((fleet.results / name).glob("*.parquet"))
        assert paths
        assert all(pq.read_schema(path).names == said_columns(name) for path in paths)
        section = page.split(f"\n### {name}\n")[1].split("\n#")[0]
        for column in columns:
            where = page if column in TABLES["roots"][:5] else section
            assert f"`{column.name}`" in where, (name, column.name)


def test_money_is_exact_and_adds_up(fleet: Fleet) -> None:
    (whole,) = rows(
        fleet.results,
        "SELECT sum(usd_month_expected) AS a, typeof(min(usd_month_expected)) AS t FROM roots",
    )
    assert whole["t"] == "DECIMAL(38,10)"
    for dataset in ("costs", "steps", "pipelines"):
        (part,) = rows(fleet.results, f"SELECT sum(usd_month_expected) AS a FROM {dataset}")
        assert part == {"a": whole["a"]}
    assert whole["a"] > 0


def test_a_root_says_what_check_says_of_it(fleet: Fleet) -> None:
    for root in table(fleet.results, "roots"):
        if root["repository"] != "good" or root["status"] != "read":
            continue
        ran = pipewarden("check", *root["paths"], "--format", "json", cwd=fleet.folder / "good")
        said = json.loads(ran.out)
        own = [row for row in table(fleet.results, "findings") if row["root"] == root["root"]]
        assert [
            (f["rule"], f["fingerprint"], f["path"], f["start"]["line"]) for f in said["findings"]
        ] == [(row["rule"], row["fingerprint"], row["path"], row["line"]) for row in own]
        assert own
        assert root["gate_passed"] == said["summary"]["gate"]["passed"]
        assert root["undecided"] == said["summary"]["unknown_checks"]


def test_revisions_and_who_it_belongs_to_are_kept(fleet: Fleet) -> None:
    of = {row["repository"]: row for row in table(fleet.results, "roots")}
    assert of["kept"]["revision"] == fleet.commit
    assert (of["good"]["owner"], of["good"]["environment"]) == ("ada", "prod")
    assert of["good"]["tags"] == [("cost-center", "=1+1")]
    run = json.loads((fleet.results / "run.json").read_text())
    assert run["status"] == "done"
    assert run["started"] <= run["ended"]
    assert run["teams"]["b"]["roots"] == 3


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_is_one_file_and_hostile_names_stay_text(fleet: Fleet) -> None:
    out = fleet.folder / "page.html"
    ran = pipewarden("fleet", "report", str(fleet.results), "-o", str(out), "--title", HOSTILE)
    assert ran.code == 0, ran.err
    text = out.read_text("utf-8")
    page = _Page()
    page.feed(text)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "\u202e" not in text
    assert any("<script>alert(1)</script>" in data for data in page.text)
    named = {attrs.get("id") for _, attrs in page.tags}
    assert {"teams", "trend", "pipelines", "savings", "rules", "worst", "failures"} <= named
    for _, attrs in page.tags:
        for name in ("src", "href"):
            assert not (attrs.get(name) or "").startswith(("http", "//", "data:", "javascript:"))
        assert not any(name.startswith("on") for name in attrs)
    for words in ("read-by-terraform", "p0", "no-such-branch", "needed more than 64 MB"):
        assert any(words in data for data in page.text), words


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM read_csv('/etc/hosts')", "disabled"),
        ("SELECT * FROM '/etc/hosts'", ""),
        ("COPY roots TO 'x.csv'", "only SELECT"),
        ("DROP TABLE roots", "only SELECT"),
        ("ATTACH 'x.db'", "only SELECT"),
        ("SET enable_external_access = true", "only SELECT"),
        ("INSTALL httpfs", "only SELECT"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELECT rul FROM findings", "rul"),
        ("SELEC", "yntax"),
        ("SELECT content FROM read_text('/etc/hosts')", "disabled"),
        ("SELECT * FROM rows", ""),
    ],
)
def test_a_query_sees_the_datasets_and_nothing_else(fleet: Fleet, sql: str, words: str) -> None:
    ran = pipewarden("fleet", "query", str(fleet.results), sql, cwd=fleet.folder)
    assert ran.code == 2
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1
    assert ran.out == ""


def test_the_usual_questions_are_answered(fleet: Fleet) -> None:
    import io
    from contextlib import redirect_stderr, redirect_stdout

    from linter.fleet.query import QUESTIONS, ask, connect
    from linter.fleet.text import answer_text

    connection = connect(fleet.results)
    for question in QUESTIONS.values():
        answer = ask(connection, question.sql)
        for form in ("table", "csv", "json"):
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                assert answer_text(answer.columns, answer.rows, form).endswith("\n")
    asked = ("fleet", "query", str(fleet.results), "--ask")
    assert "cost-center,'=1+1," in pipewarden(*asked, "costs-by-tag", "--format", "csv").out
    assert pipewarden(*asked, "rule").err.endswith("did you mean rules?\n")
    assert "uncached: " in pipewarden("fleet", "query", str(fleet.results), "--list").out


def test_the_second_run_scans_what_changed_and_a_diff_says_it(fleet: Fleet) -> None:
    before = fleet.folder / "before"
    shutil.copytree(fleet.results, before)
    write(fleet.folder / "good" / "lone" / "p2.json", definition("p2", machine="ml.m5.24xlarge"))
    (fleet.folder / "good" / "lone" / "p0.json").unlink()
    (fleet.folder / "good" / "broken.tf.json").unlink()
    ran = fleet.scan()
    assert ran.code == 3
    assert " 3 known" in ran.out
    roots = [row for row in table(fleet.results, "roots") if row["repository"] == "good"]
    assert sorted(row["path"] for row in roots) == ["infra", "lone/p1.json", "lone/p2.json"]
    met = {row["root"] for row in table(fleet.results, "roots")}
    for name in TABLES:
        own = table(fleet.results, name)
        assert {row["root"] for row in own} <= met
    everything = [tuple(map(str, row.values())) for row in table(fleet.results, "pipelines")]
    assert len(everything) == len(set(everything))
    ran = pipewarden("fleet", "diff", str(before), str(fleet.results))
    assert ran.code == 0, ran.err
    assert "worse" in ran.out or "mixed" in ran.out
    said = json.loads(
        pipewarden("fleet", "diff", str(before), str(fleet.results), "--format", "json").out
    )
    of = {team["team"]: team for team in said["teams"]}
    assert of["b"]["verdict"] == "same"
    assert of[HOSTILE]["usd_month"]["after"] > of[HOSTILE]["usd_month"]["before"]
    out = fleet.folder / "trend.html"
    assert pipewarden("fleet", "report", str(fleet.results), "-o", str(out)).code == 0
    assert "Runs that came to their end" in out.read_text("utf-8")


def test_results_of_another_version_are_named(fleet: Fleet) -> None:
    other = fleet.folder / "other"
    shutil.copytree(fleet.results, other, dirs_exist_ok=True)
    run = json.loads((other / "run.json").read_text())
    write(other / "run.json", {**run, "schema": 99, "tool": "9.9"})
    for command in (
        ("query", str(other), "SELECT 1"),
        ("report", str(other), "-o", "-"),
        ("diff", str(fleet.results), str(other)),
        ("scan", str(fleet.manifest), "-o", str(other)),
    ):
        ran = pipewarden("fleet", *command)
        assert ran.code == 2
        assert "has results of schema 99, by pipewarden 9.9" in ran.err
    ran = pipewarden("fleet", "query", str(fleet.folder), "SELECT 1")
    assert ran.code == 2
    assert "holds no results of a fleet" in ran.err
    ran = scan(fleet.manifest, fleet.folder)
    assert ran.code == 2
    assert "holds something else" in ran.err


def test_a_root_that_takes_too_long_is_stopped_and_the_gate_can_fail(tmp_path: Path) -> None:
    write(tmp_path / "long" / "p.json", definition("long", 3_000))
    write(tmp_path / "short" / "main.tf", "locals {}\n")
    repository(tmp_path / "short" / "r", 1)
    manifest = write(tmp_path / "m.csv", "path,team\nlong,a\nshort,b\n")
    ran = scan(
        manifest, tmp_path / "r", "--time-limit", "1.5", "--fail-on", "low", "--root-reports"
    )
    assert "long: p.json: took longer than 1.5 s and was stopped" in ran.err
    assert ran.code == 3  # what was not read counts more than the gate
    reports = list((tmp_path / "r" / "reports").glob("*.html"))
    read = [row["root"] for row in table(tmp_path / "r", "roots") if row["status"] != "not"]
    assert sorted(path.stem for path in reports) == sorted(read)
    out = tmp_path / "page.html"
    pipewarden("fleet", "report", str(tmp_path / "r"), "-o", str(out))
    page = _Page()
    page.feed(out.read_text("utf-8"))
    links = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    assert any((tmp_path / link).is_file() for link in links if not link.startswith("#"))
    write(tmp_path / "m.csv", "path,team\nshort,b\n")
    assert scan(manifest, tmp_path / "r2", "--fail-on", "low").code == 1
    assert scan(manifest, tmp_path / "r2").code == 0


def test_interrupted_it_keeps_what_is_done(tmp_path: Path) -> None:
    for number in range(30):
        repository(tmp_path / f"r{number}", 2)
    listed = "".join(f"r{number}\n" for number in range(30))
    manifest = write(tmp_path / "m.csv", f"path\n{listed}")
    results = tmp_path / "results"
    process = subprocess.Popen(
        [COMMAND, "fleet", "scan", str(manifest), "-o", str(results), "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_roots(process.pid)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert "Traceback" not in err
    assert out.startswith("Interrupted. ")
    kept = len(table(results, "roots"))
    assert 0 < kept < 60
    ran = scan(manifest, results, "--workers", "2")
    assert ran.code == 0, ran.err
    assert f" {kept} known" in ran.out
    assert len(table(results, "roots")) == 60


def wait_for_roots(process: int) -> int:
    """Wait until some roots have been scanned; gives a warm process."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for warm in child_of(process, "fleet_child"):
            with suppress(OSError):
                fields = Path(f"/proc/{warm}/stat").read_text().rpartition(")")[2].split()
                if int(fields[13]) > 60:  # hundredths of a second that its children took
                    return warm
        time.sleep(0.02)
    raise AssertionError("nothing was scanned")


def child_of(process: int, word: str) -> list[int]:
    """The processes below one whose command line has a word."""
    below: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        below.setdefault(parent, []).append(int(path.parent.name))
    found, waiting = [], [process]
    while waiting:
        current = waiting.pop()
        waiting += below.get(current, [])
        try:
            if word in Path(f"/proc/{current}/cmdline").read_text():
                found.append(current)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("module", ["distributed", "pyarrow", "duckdb"])
def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path, module: str) -> None:
    import sys

    manifest = write(tmp_path / "m.csv", "path\n.\n")
    arguments = (
        ["fleet", "query", "x", "SELECT 1"]
        if module == "duckdb"
        else ["fleet", "scan", str(manifest), "-o", "x"]
    )
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        f"from linter.cli.main import run; run({arguments!r})"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"Error: fleet needs {module}: pip install 'pipewarden[fleet]'\n"
