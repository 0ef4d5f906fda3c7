"""The cache: the same output as without it, whatever changed, and nobody else's results."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linter.cli.cache import plan, store
from linter.cli.cache.store import Store

ROOT = Path(__file__).parents[2]
CHURN = ROOT / "docs" / "examples" / "churn" / "main.tf"


class Tree:
    """A scanned tree with a cache of its own."""

    def __init__(self, base: Path) -> None:
        self.root = base / "repository"
        (self.root / ".git").mkdir(parents=True)
        shutil.copy(CHURN, self.root / "main.tf")
        self.cache = self.root / ".pipewarden_cache"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("PIPEWARDEN", "GITHUB"))},
            "XDG_STATE_HOME": str(base / "state"),
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *arguments: str, **environment: str) -> tuple[int, bytes, bytes]:
        done = subprocess.run(
            [sys.executable, "-m", "linter", *(arguments or ("check", "."))],
            cwd=self.root,
            env={**self.environment, **environment},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def entries(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.cache.glob("*.json")}

    def mark(self, said: str) -> None:
        """Have the genuine entries say something, so that it shows when they are used."""
        key = next((self.root.parent / "state").rglob("cache.key")).read_bytes()
        owner = Store(str(self.cache), key)
        for name, data in self.entries().items():
            entry = json.loads(data.partition(b"\n")[2])
            (self.cache / name).unlink()
            owner.keep(name[:32], {**entry, "out": said})


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_results_are_kept_where_it_is_said(tree: Tree, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    said = tree.run("check", ".", "--cache-dir", str(kept))
    assert list(kept.glob("*.json")) and not tree.cache.exists()
    assert tree.run("check", ".", "--cache-dir", str(kept)) == said


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "."),
        ("check", "main.tf", "--format", "json", "--show-unknown"),
        ("check", ".", "--format", "sarif"),
        ("cost", ".", "--format", "json"),
        ("check", "absent.tf"),
    ],
)
def test_an_answer_is_what_the_run_printed(tree: Tree, arguments: tuple[str, ...]) -> None:
    without = tree.run(*arguments, "--no-cache")
    assert not tree.cache.exists()
    assert tree.run(*arguments) == without
    assert len(tree.entries()) == 1
    assert tree.run(*arguments) == without
    tree.mark("from the cache")
    assert tree.run(*arguments) == (without[0], b"from the cache", without[2])
    assert (tree.cache / ".gitignore").read_text().endswith("*\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", ".", "--timing"),
        ("check", ".", "--output", "json:out.json"),
        ("check", ".", "--trust-config"),
        ("inspect", "."),
    ],
)
def test_what_does_more_than_print_is_run(tree: Tree, arguments: tuple[str, ...]) -> None:
    tree.run(*arguments)
    assert not tree.cache.exists()


def test_a_rule_in_python_may_look_at_anything(tree: Tree) -> None:
    rules = tree.root.parent / "rules" / "zzz"
    rules.mkdir(parents=True)
    (text,) = (ROOT / "rules" / "tag").glob("TAG001-*.yaml")
    renamed = text.read_text().replace("TAG001", "ZZZ006").replace("name: ", "name: my-", 1)
    (rules / text.name.replace("TAG001-", "ZZZ006-my-")).write_text(renamed)
    shutil.copy(ROOT / "rules" / "tag" / "tags.py", rules)
    code, _, errors = tree.run("check", ".", "--rules", str(rules.parent), "--select", "ZZZ006")
    assert code in (0, 1), errors
    assert not tree.entries()


def _insert(text: str) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        path = tree.root / "main.tf"
        path.write_text(path.read_text() + text)

    return edit


def _write(name: str, text: str) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        path = tree.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        path.write_text(text)

    return edit


def _remove(name: str) -> Callable[[Tree], None]:
    return lambda tree: (tree.root / name).unlink(missing_ok=True)


def _link(name: str, target: str) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        (tree.root / name).unlink(missing_ok=True)
        (tree.root / name).symlink_to(target)

    return edit


ROLE = """resource "aws_iam_role_policy" "more" {
  role   = aws_iam_role.pipeline.id
  policy = file("${path.module}/policy.json")
}
"""
STAR = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
ONE = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
EDITS: dict[str, Callable[[Tree], None]] = {
    "a file changes": _insert("\n# pipewarden: ignore[COST001] reason=trial\n"),
    "a file is added": _write("more.tf", ROLE),
    "a file is removed": _remove("more.tf"),
    "what a file reads is added": _write("policy.json", ONE),
    "what a file reads changes": _write("policy.json", STAR),
    "what a file reads is removed": _remove("policy.json"),
    "what a file reads is a link": _link("policy.json", "other.json"),
    "what the link leads to": _write("other.json", STAR),
    "the link leads elsewhere": _link("policy.json", "main.tf"),
    "a configuration": _write("pipewarden.toml", 'fail-on = "critical"\nignore = ["COST"]\n'),
    "another configuration": _write("pipewarden.toml", 'select = ["IAM"]\n'),
    "no configuration": _remove("pipewarden.toml"),
    "a usage file": _write("pipewarden-usage.yml", "version: 1\n"),
    "ignored by git": _write(".gitignore", "more.tf\n"),
    "not ignored": _remove(".gitignore"),
    "a module": _write("modules/m/main.tf", ROLE),
    "a variable file": _write("terraform.tfvars", 'region = "eu-west-1"\n'),
}


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=4))
def test_no_edit_is_answered_with_what_was_before(names: list[str]) -> None:
    with TemporaryDirectory() as base:
        tree = Tree(Path(os.path.realpath(base)))
        tree.run("check", ".", "--format", "json")
        for name in names:
            EDITS[name](tree)
            arguments = ("check", ".", "--format", "json")
            assert tree.run(*arguments) == tree.run(*arguments, "--no-cache"), name


@pytest.mark.parametrize("name", sorted(EDITS))
def test_every_kind_of_edit_is_noticed(tree: Tree, name: str) -> None:
    """After each edit the run is done again, unless the edit changes nothing that is asked."""
    for before in ("a file is added", "what a file reads is added", "what the link leads to"):
        if before != name:
            EDITS[before](tree)
    if name in ("a file is removed", "what a file reads is removed", "not ignored"):
        EDITS["ignored by git"](tree)
    if name == "no configuration":
        EDITS["a configuration"](tree)
    if name == "not ignored":
        EDITS["ignored by git"](tree)
    tree.run("check", ".", "-q")
    tree.mark("stale")
    EDITS[name](tree)
    assert tree.run("check", ".", "-q") == tree.run("check", ".", "-q", "--no-cache")


@pytest.mark.parametrize(
    "environment",
    [{"TF_VAR_region": "eu-west-1"}, {"PIPEWARDEN_FAIL_ON": "never"}, {"COLUMNS": "60"}],
)
def test_the_environment_counts(tree: Tree, environment: dict[str, str]) -> None:
    tree.run()
    tree.mark("stale")
    assert b"stale" not in tree.run("check", ".", **environment)[1]


def test_every_variable_that_is_read_counts() -> None:
    """What the code asks of the environment is part of the name of a result, or refuses one."""
    asked: set[str] = set()
    for package in ("linter", "pricing", "rules"):
        for path in (ROOT / package).rglob("*.py"):
            relative = path.relative_to(ROOT).as_posix()
            if relative.startswith(("linter/rendering", "linter/account", "linter/forge")):
                continue
            text = path.read_text()
            asked.update(re.findall(r'environ(?:ment)?(?:\.get\(|\[)\s*"([A-Z_]+)"', text))
            asked.update(re.findall(r'env(?:\.get\(|\[)\s*"([A-Z_]+)"', text))
    assert len(asked) > 5
    unknown = {
        name
        for name in asked
        if name not in plan._VARIABLES
        and not name.startswith(plan._PREFIXES)
        and name not in ("GITHUB_STEP_SUMMARY", "GITHUB_API_URL")
    }
    assert not unknown


def test_what_others_wrote_is_not_believed(tree: Tree) -> None:
    """A change brings entries that say that all is well: it does not know the secret."""
    honest = tree.run()
    name, data = next(iter(tree.entries().items()))
    body = json.loads(data.partition(b"\n")[2])
    forger = Store(str(tree.cache), b"x" * 64)
    (tree.cache / name).unlink()
    forger.keep(name[:32], {**body, "out": "no findings", "code": 0})
    (tree.cache / name).write_bytes(
        data.partition(b"\n")[0] + b"\n" + json.dumps({**body, "code": 0}).encode()
    )
    assert tree.run() == honest


@pytest.mark.parametrize(
    "damage", [b"", b"\x80\x04cos\nsystem\n.", b"[" * 100_000, b"{}\n{}", b"\xff" * 50]
)
def test_a_damaged_entry_is_made_anew(tree: Tree, damage: bytes) -> None:
    honest = tree.run()
    (name,) = tree.entries()
    whole = tree.entries()[name]
    for data in (damage, whole[:-7], whole.replace(b'"code"', b'"kode"')):
        (tree.cache / name).write_bytes(data)
        assert tree.run() == honest
        assert len(tree.entries()) == 1


def test_entries_are_not_swapped(tree: Tree) -> None:
    tree.run("check", ".")
    tree.mark("of another command")
    (name,) = tree.entries()
    honest = tree.run("cost", ".")
    (other,) = set(tree.entries()) - {name}
    shutil.copy(tree.cache / name, tree.cache / other)
    assert tree.run("cost", ".") == honest


def test_a_link_is_no_cache(tree: Tree) -> None:
    elsewhere = tree.root.parent / "elsewhere"
    elsewhere.mkdir()
    tree.cache.symlink_to(elsewhere)
    assert tree.run() == tree.run("check", ".", "--no-cache")
    assert not list(elsewhere.iterdir())


def test_the_secret_can_be_given(tree: Tree) -> None:
    """Jobs that share a directory and a secret share results; without it they do not."""
    shared = {"PIPEWARDEN_CACHE_KEY": "a secret of the organisation"}
    tree.run("check", ".", **shared)
    state = tree.root.parent / "state"
    assert not state.exists()
    assert len(tree.entries()) == 1
    tree.run("check", ".", **shared)
    assert len(tree.entries()) == 1
    tree.run("check", ".", PIPEWARDEN_CACHE_KEY="another secret, of a fork")
    assert len(tree.entries()) == 2
    tree.run("check", ".", PIPEWARDEN_CACHE_KEY="short")
    assert len(tree.entries()) == 2


def test_a_secret_that_others_can_read_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv(plan.SECRET, raising=False)
    made = store.secret()
    assert made is not None
    assert store.secret() == made
    (tmp_path / "pipewarden" / "cache.key").chmod(0o644)
    assert store.secret() is None


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(store, "MAX_ENTRIES", 3)
    yield


def test_the_oldest_go(tmp_path: Path, few: None) -> None:
    kept = Store(str(tmp_path / "cache"), b"k" * 64)
    assert kept.prepare()
    names = [kept.name(number) for number in range(5)]
    for number, name in enumerate(names):
        kept.keep(name, number)
        for path in (tmp_path / "cache").glob(f"{name}*"):
            os.utime(path, (number, number))
        if number == 2:
            ((file, _),) = kept.entries(names[0])
            kept.used(file)  # now
    assert [data for name in names for _, data in kept.entries(name)] == [0, 3, 4]


def test_the_cache_is_not_scanned(tree: Tree) -> None:
    first = tree.run("check", ".", "--format", "json", "--no-cache")
    tree.run()
    shutil.copy(tree.root / "main.tf", tree.cache / "main.tf")
    assert tree.run("check", ".", "--format", "json", "--no-cache") == first
