"""``exclude`` holds for walks, for hooks and for the callers a hook brings; a name beats it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.running import findings, pipeline, run, write


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("pattern", ["vendor/**", "vendor", "vendor/", "**/vendor/**", "*.tf"])
def test_an_excluded_file_is_passed_over_by_a_hook(here: Path, pattern: str) -> None:
    write(here, {"pipewarden.toml": f'exclude = ["{pattern}"]\n', "vendor/main.tf": pipeline()})
    ran = run("check", "--hook", "vendor/main.tf")
    assert (ran.code, "0 findings" in ran.out or "No findings" in ran.out) == (0, True), ran.out
    assert run("fix", "--hook", "vendor/main.tf").code == 0


def test_a_file_that_somebody_names_is_read_with_its_module(here: Path) -> None:
    write(
        here,
        {
            "pipewarden.toml": 'exclude = ["vendor/**"]\n',
            "vendor/main.tf": pipeline(instance="local.kind"),
            "vendor/locals.tf": 'locals {\n  kind = "ml.p3.2xlarge"\n}\n',
        },
    )
    assert any(f["rule"] == "COST009" for f in findings("vendor/main.tf"))


def test_what_is_excluded_beside_a_named_file_stays_out(here: Path) -> None:
    write(
        here,
        {
            "pipewarden.toml": 'exclude = ["*_override.tf"]\n',
            "main.tf": pipeline("a"),
            "b_override.tf": pipeline("b"),
        },
    )
    assert run("cost", "--format", "json", "main.tf").json["pipelines"][0]["name"] == "a"
    assert len(run("cost", "--format", "json", ".").json["pipelines"]) == 1


CALLED = {
    "modules/m/main.tf": 'variable "root" {}\n'
    'resource "aws_sagemaker_notebook_instance" "n" {\n  name = "n"\n  root_access = var.root\n'
    '  instance_type = "ml.t3.medium"\n  role_arn = "arn:aws:iam::111122223333:role/x"\n}\n',
    **{
        f"{name}/main.tf": 'module "m" {\n  source = "../modules/m"\n  root = "Enabled"\n}\n'
        for name in ("live", "old")
    },
}


def test_callers_that_a_hook_brings_respect_exclude(here: Path) -> None:
    write(here, {**CALLED, "pipewarden.toml": 'exclude = ["/old/"]\n'})
    excluded = str(findings("--hook", "modules/m/main.tf"))
    assert "live/main.tf" in excluded
    assert "old/main.tf" not in excluded
    (here / "pipewarden.toml").unlink()
    assert "old/main.tf" in str(findings("--hook", "modules/m/main.tf"))
    flag = findings("--hook", "--exclude", "old", "modules/m/main.tf")
    assert "old/main.tf" not in str(flag)


def test_a_configuration_in_an_excluded_directory_brings_nothing_back(here: Path) -> None:
    write(
        here,
        {
            "pipewarden.toml": 'exclude = ["vendor/**"]\n',
            "vendor/x/pipewarden.toml": "exclude = []\n",
            "vendor/x/main.tf": pipeline(),
            "main.tf": pipeline("own"),
        },
    )
    assert {f["path"] for f in findings(".")} == {"main.tf"}
    assert findings("--hook", "vendor/x/main.tf") == []


def test_a_pattern_that_takes_back_is_heard(here: Path) -> None:
    write(
        here,
        {
            "pipewarden.toml": 'exclude = ["vendor/*", "!vendor/keep.tf"]\n',
            "vendor/keep.tf": pipeline("a"),
            "vendor/drop.tf": pipeline("b"),
        },
    )
    assert {f["path"] for f in findings(".")} == {"vendor/keep.tf"}
    assert {f["path"] for f in findings("--hook", "vendor/keep.tf", "vendor/drop.tf")} == {
        "vendor/keep.tf"
    }


def test_each_configuration_excludes_below_itself(here: Path) -> None:
    write(
        here,
        {
            "a/pipewarden.toml": 'exclude = ["/gen/"]\n',
            **{f"{name}/gen/main.tf": pipeline() for name in "ab"},
            "a/sub/gen/main.tf": pipeline(),
        },
    )
    assert {f["path"] for f in findings(".")} == {"a/sub/gen/main.tf", "b/gen/main.tf"}


def test_the_environment_and_flags_exclude_from_the_working_directory(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, {"a/pipewarden.toml": "", "a/x.tf": pipeline("x"), "a/y.tf": pipeline("y")})
    monkeypatch.setenv("PIPEWARDEN_EXCLUDE", "/a/x.tf")
    assert {f["path"] for f in findings(".")} == {"a/y.tf"}
