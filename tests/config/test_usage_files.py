"""A usage file describes the project it lies beside, from wherever that is priced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.running import pipeline, run, write


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def usage(runs: int, *names: str, steps: str = "") -> str:
    return "version: 1\npipelines:\n" + "".join(
        f"  {name}:\n    runs_per_month: {runs}\n{steps}" for name in names
    )


def runs_of(*paths: str) -> dict[str, int]:
    ran = run("cost", "--format", "json", *paths)
    assert ran.code == 0, ran.err
    return {item["name"]: item["runs_per_month"] for item in ran.json["pipelines"]}


def test_it_is_found_from_the_directory_above_and_from_below(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"p/main.tf": pipeline(), "p/pipewarden-usage.yml": usage(300, "p")}
    write(here, files)
    assert runs_of("p") == runs_of("p/main.tf") == runs_of(".") == {"p": 300}
    monkeypatch.chdir(here / "p")
    assert runs_of() == {"p": 300}
    (here / "p" / "deep").mkdir()
    monkeypatch.chdir(here / "p" / "deep")
    assert runs_of("..") == {"p": 300}


def test_the_nearest_one_counts_and_each_is_for_its_part(here: Path) -> None:
    write(
        here,
        {
            "pipewarden-usage.yml": usage(10, "a", "b", "c"),
            "a/main.tf": pipeline("a"),
            "b/main.tf": pipeline("b"),
            "b/pipewarden-usage.yml": usage(20, "b"),
            "c/deep/main.tf": pipeline("c"),
        },
    )
    assert runs_of("a") == {"a": 10}
    assert runs_of("b") == {"b": 20}
    assert runs_of("c", "b") == runs_of("b", "c") == {"b": 20, "c": 10}
    ran = run("cost", ".")
    assert ran.code == 0
    assert ran.err == (
        "pipewarden-usage.yml:5:3: warning: without effect, another usage file describes this\n"
    )


def test_a_name_of_a_sibling_breaks_nothing_and_a_wrong_one_does(here: Path) -> None:
    write(
        here,
        {
            "pipewarden-usage.yml": usage(10, "a", "b"),
            "a/main.tf": pipeline("a"),
            "b/main.tf": pipeline("b"),
        },
    )
    assert runs_of("a") == {"a": 10}
    (here / "pipewarden-usage.yml").write_text(usage(10, "a", "bb"))
    assert runs_of("a") == {"a": 10}
    whole = run("cost", ".")
    assert whole.code == 2
    assert whole.err.startswith("pipewarden-usage.yml:5:3: there is no pipeline 'bb'")
    named = run("cost", "--usage", "pipewarden-usage.yml", "a")
    assert named.code == 2


def test_a_wrong_step_of_a_pipeline_that_is_there_is_refused_wherever_it_is_scanned(
    here: Path,
) -> None:
    steps = "    steps:\n      Trian: {minutes: 5}\n"
    write(
        here,
        {"pipewarden-usage.yml": usage(10, "a", "b", steps=steps), "a/main.tf": pipeline("a")},
    )
    ran = run("cost", "a")
    assert ran.code == 2
    assert "pipeline 'a' has no step 'Trian'" in ran.err
    assert "'b'" not in ran.err


def test_the_search_ends_at_the_root_of_the_repository(here: Path) -> None:
    (here / "pipewarden-usage.yml").write_text(usage(300, "p"))
    write(here / "repo", {"main.tf": pipeline()})
    assert runs_of("repo") == {"p": 30}


def test_a_configuration_names_one_for_all_below_it(here: Path) -> None:
    write(
        here,
        {
            "a/pipewarden.toml": 'usage-file = "measured.yml"\n',
            "a/measured.yml": usage(50, "p", "other"),
            "a/x/main.tf": pipeline("p"),
            "a/x/pipewarden-usage.yml": usage(60, "p"),
            "a/y/main.tf": pipeline("other"),
        },
    )
    assert runs_of("a/x") == {"p": 50}
    assert runs_of(".") == {"p": 50, "other": 50}


def test_a_module_is_described_beside_the_root_that_calls_it(here: Path) -> None:
    write(
        here,
        {
            "root/main.tf": 'module "m" {\n  source = "../m"\n}\n',
            "root/pipewarden-usage.yml": usage(70, "p"),
            "m/main.tf": pipeline("p"),
        },
    )
    assert runs_of(".") == {"p": 70}


def test_rules_about_prices_and_budgets_read_the_same_file(here: Path) -> None:
    write(
        here,
        {
            "p/main.tf": pipeline(),
            "p/pipewarden-usage.yml": usage(3000, "p"),
            "pipewarden.toml": 'fail-on = "never"\n[budgets]\nper-month-usd = 100\n',
        },
    )
    assert run("check", "p").code == 1
    (here / "p" / "pipewarden-usage.yml").unlink()
    assert run("check", "p").code == 0


def test_a_bad_file_is_one_line_with_its_place(here: Path) -> None:
    write(here, {"p/main.tf": pipeline(), "p/pipewarden-usage.yml": "version: 2\n"})
    ran = run("cost", "p")
    assert ran.code == 2
    assert ran.err.startswith("p/pipewarden-usage.yml:1:1: ")
