"""What each option of ``fleet`` changes, on a fleet of one small repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden
from tests.fleet.fleets import commit, definition, repository, scan, table, write


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest with a repository to clone, and results of a scan with options."""
    folder = tmp_path_factory.mktemp("fleet")
    origin = folder / "checkouts" / "origin"
    repository(origin, 1)
    write(origin / "lone" / "p.json", definition("p"))
    commit(origin)
    manifest = write(
        folder / "fleet.json.yaml",
        json.dumps({"entries": [{"git": origin.as_uri(), "name": "origin", "team": "ml"}]}),
    )
    write(folder / "fleet.toml", 'name = "x"\n')
    ran = scan(
        manifest,
        folder / "results",
        *("--select", "IAM004", "--select", "COST001", "--select", "SUP001", "--ignore", "SUP001"),
        *("--region", "eu-west-1", "--profile", "regulated", "--work-dir", str(folder / "clones")),
        *("--open-limit", "120", "--config", "none", "--root-reports", "--fail-on", "high"),
    )
    assert ran.code == 1, ran
    return folder


def test_rules_are_chosen(fleet: Path) -> None:
    rules = {row["rule"] for row in table(fleet / "results", "findings")}
    assert rules and rules <= {"IAM004", "COST001"}


def test_the_region(fleet: Path) -> None:
    assert {row["region"] for row in table(fleet / "results", "costs")} == {"eu-west-1"}


def test_clones_go_where_it_is_said(fleet: Path) -> None:
    assert (fleet / "clones").is_dir()
    assert list((fleet / "clones").iterdir()) == []  # they are removed at the end


def test_every_root_has_its_report(fleet: Path) -> None:
    pages = list((fleet / "results").rglob("*.html"))
    assert len(pages) == len(table(fleet / "results", "roots"))


def test_quiet_and_fresh(fleet: Path) -> None:
    manifest = fleet / "fleet.json.yaml"
    options = ("--select", "IAM004", "--work-dir", str(fleet / "clones"))
    first = scan(manifest, fleet / "again", *options)
    known = scan(manifest, fleet / "again", *options)
    fresh = scan(manifest, fleet / "again", *options, "--fresh")
    quiet = scan(manifest, fleet / "again", *options, "--quiet")
    assert ": 2 scanned, 0 known" in first.out
    assert ": 0 scanned, 2 known" in known.out
    assert ": 2 scanned, 0 known" in fresh.out
    assert (quiet.out, quiet.err) == ("", "")


def test_a_configuration_and_a_limit_that_cannot_be(fleet: Path) -> None:
    manifest = fleet / "fleet.json.yaml"
    absent = scan(manifest, fleet / "never", "--config", "absent.toml")
    assert absent.code == 2 and "absent.toml" in absent.err
    files = scan(manifest, fleet / "few", "--max-files", "1", "--select", "IAM004")
    assert files.code == 3 and "--max-files" in files.out + files.err


def test_query(fleet: Path) -> None:
    def query(*words: str) -> str:
        ran = pipewarden("fleet", "query", "results", *words, cwd=fleet)
        assert ran.code == 0, ran
        return ran.out

    assert "costs-by-team" in query("--list")
    asked = query("--ask", "costs-by-team", "--format", "json")
    assert [row["team"] for row in json.loads(asked)] == ["ml"]
    assert query("--ask", "costs-by-team", "--format", "csv").startswith("team,")


def test_report_and_diff(fleet: Path) -> None:
    page = ("fleet", "report", "results", "--output", "page.html", "--title", "Our <fleet>")
    assert pipewarden(*page, cwd=fleet).code == 0
    assert "Our &lt;fleet&gt;" in (fleet / "page.html").read_text("utf-8")
    same = ("fleet", "diff", "results", "results", "--format", "json")
    assert json.loads(pipewarden(*same, cwd=fleet).out)


def test_discover(fleet: Path) -> None:
    words = ("fleet", "discover", "checkouts", "--output", "-", "--team", "t", "--format", "csv")
    ran = pipewarden(*words, "--environment", "dev", cwd=fleet)
    assert ran.code == 0
    head, row = ran.out.splitlines()[:2]
    assert dict(zip(head.split(","), row.split(","), strict=True))["environment"] == "dev"
    listing = [
        {"name": "a", "clone_url": "https://h.example/a.git", "ssh_url": "git@h.example:a.git"},
        {"name": "b", "clone_url": "https://h.example/b.git", "archived": True},
    ]
    write(fleet / "listing.json", json.dumps(listing))

    def listed(*options: str) -> str:
        return pipewarden("fleet", "discover", "listing.json", "-o", "-", *options, cwd=fleet).out

    assert "https://h.example/a.git" in listed() and "b.git" not in listed()
    assert "git@h.example:a.git" in listed("--ssh")
    assert "b.git" in listed("--archived")
