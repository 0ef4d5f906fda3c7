"""A git repository is read without git, and nothing in it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from linter.discovery.git import GitError, Repository
from tests.config.running import pipeline

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(directory: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    names = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", *names, *arguments], cwd=directory, env=environment, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


def commit(repo: Path, files: dict[str, str], message: str = "m") -> str:
    for name, text in files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", message)
    return git(repo, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main", "repo")
    return tmp_path / "repo"


def test_revisions(repo: Path) -> None:
    first = commit(repo, {"a.tf": "1"})
    git(repo, "tag", "-a", "v1", "-m", "x")
    second = commit(repo, {"a.tf": "2"})
    git(repo, "checkout", "-qb", "side", first)
    third = commit(repo, {"b.tf": "3"})
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-edit", "side")
    git(repo, "pack-refs", "--all")
    git(repo, "gc", "-q")
    found = Repository.at(repo)
    names = ["HEAD", "@", "main", "side", "v1", "v1^{commit}", "v1^{}", "HEAD~1", "HEAD^2", "HEAD^"]
    names += ["main~2", "main^2~1", "HEAD^0", "heads/main", "refs/tags/v1", first[:8], second]
    for name in names:
        assert found.commit(name) == git(repo, "rev-parse", f"{name}^{{commit}}"), name
    for name in ("", "-x", "nowhere", "HEAD~99", "HEAD^3", "HEAD^{tree", "HEAD~9999999999", "\n"):
        with pytest.raises(GitError):
            found.commit(name)
    assert found.merge_base(second, third) == first


@pytest.mark.parametrize("packed", [False, True])
def test_what_changed_is_what_git_says(repo: Path, packed: bool) -> None:
    long = "".join(f"line {number}\n" for number in range(50))
    start = commit(
        repo,
        {
            "kept.tf": "k",
            "changed.tf": "c",
            "gone.tf": "g",
            "a/moved.tf": long,
            "exact.json": "{}" * 40,
            "é nested/x.tf": "x",
            ".gitignore": "ignored.tf\n",
        },
    )
    if packed:
        git(repo, "gc", "-q")
    (repo / "changed.tf").write_text("C")
    (repo / "gone.tf").unlink()
    git(repo, "mv", "a/moved.tf", "b.tf")
    (repo / "b.tf").write_text(long + "more\n")
    git(repo, "mv", "exact.json", "exact2.json")
    (repo / "new.tf").write_text("n")
    (repo / "ignored.tf").write_text("n")
    os.utime(repo / "kept.tf", (1, 1))
    (repo / "kept.tf").chmod(0o755)
    found = Repository.at(repo / "a" if (repo / "a").exists() else repo)
    assert found.changed_files(start) == sorted(
        ["a/moved.tf", "b.tf", "changed.tf", "exact.json", "exact2.json", "gone.tf", "new.tf"]
    )
    moves = {"a/moved.tf": "b.tf", "exact.json": "exact2.json"}
    assert found.renames(start, None) == moves
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "x")
    assert Repository.at(repo).renames(start, found.commit("HEAD")) == moves
    assert found.content(start, "é nested/x.tf") == b"x"
    assert found.content(start, "nowhere") is None


def test_a_work_tree_of_a_repository(repo: Path, tmp_path: Path) -> None:
    first = commit(repo, {"a.tf": "1"})
    git(repo, "worktree", "add", "-q", str(tmp_path / "other"))
    assert Repository.at(tmp_path / "other").commit("main") == first
    assert Repository.at(tmp_path / "other").changed_files(first) == []


def test_a_shallow_clone_says_so(repo: Path, tmp_path: Path) -> None:
    first = commit(repo, {"a.tf": "1"})
    git(repo, "checkout", "-qb", "side")
    commit(repo, {"b.tf": "1"})
    git(repo, "checkout", "-q", "main")
    commit(repo, {"c.tf": "1"})
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{repo}", "clone")
    found = Repository.at(tmp_path / "clone")
    with pytest.raises(GitError, match="shallow"):
        found.commit(first)
    with pytest.raises(GitError, match="shallow"):
        found.merge_base(found.commit("origin/side"), found.commit("origin/main"))


def test_a_partial_clone_is_not_completed(repo: Path, tmp_path: Path) -> None:
    first = commit(repo, {"a.tf": "1"})
    commit(repo, {"a.tf": "2"})
    git(repo, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repo}", "clone")
    shutil.rmtree(repo)
    found = Repository.at(tmp_path / "clone")
    assert found.changed_files(first) == ["a.tf"]
    with pytest.raises(GitError, match="partial"):
        found.export(first, tmp_path / "out")


@pytest.mark.parametrize("name", ["HEAD", "index", "config", "packed-refs"])
def test_a_damaged_repository_is_one_line(repo: Path, name: str) -> None:
    first = commit(repo, {"a.tf": "1"})
    git(repo, "pack-refs", "--all")
    (repo / ".git" / name).write_bytes(b"\x00\xff garbage\n[")
    with pytest.raises(GitError) as said:
        found = Repository.at(repo)
        found.commit("main")
        found.changed_files(first)
        found.commit("HEAD")
    assert len(str(said.value).splitlines()) == 1


def trapped(repo: Path, mark: Path) -> None:
    """Every setting of git that names a program, naming one that leaves a mark."""
    program = repo.parent / "trap.sh"
    program.write_text(f"#!/bin/sh\necho $0 $@ >> {mark}\ncat\n")
    program.chmod(0o755)
    hooks = repo / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "pre-commit", "reference-transaction"):
        (hooks / hook).write_text(f"#!/bin/sh\necho {hook} >> {mark}\n")
        (hooks / hook).chmod(0o755)
    own = repo.parent / "included"
    own.write_text(f"[core]\n\tpager = {program}\n")
    (repo / ".git" / "config").write_text(
        f"""\
[core]
	repositoryformatversion = 1
	bare = false
	fsmonitor = {program}
	pager = {program}
	editor = {program}
	askPass = {program}
	sshCommand = {program}
	gitProxy = {program}
	alternateRefsCommand = {program}
	hooksPath = {hooks}
	untrackedCache = true
	attributesFile = {repo}/.gitattributes
[include]
	path = {own}
[pager]
	diff = {program}
	status = true
[diff]
	external = {program}
[diff "trap"]
	textconv = {program}
	command = {program}
[filter "trap"]
	clean = {program}
	smudge = {program}
	process = {program}
	required = true
[extensions]
	partialClone = origin
[remote "origin"]
	url = ext::{program} %S
	promisor = true
	uploadpack = {program}
	partialclonefilter = blob:none
[protocol "ext"]
	allow = always
[credential]
	helper = !{program}
[gpg]
	program = {program}
[log]
	showSignature = true
[alias]
	diff = !{program}
	rev-parse = !{program}
[uploadpack]
	packObjectsHook = {program}
"""
    )


def test_nothing_that_the_repository_names_runs(repo: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    first = commit(
        repo, {"main.tf": pipeline(), ".gitattributes": "* filter=trap diff=trap text\n"}
    )
    commit(repo, {"main.tf": pipeline("q")})
    (repo / "main.tf").write_text(pipeline("r"))
    trapped(repo, mark)
    program = f"""
import sys
def refuse(event, arguments):
    if event.startswith(("subprocess", "os.exec", "os.fork", "os.posix_spawn", "os.system",
                         "os.spawn", "socket.connect", "socket.bind", "socket.getaddrinfo")):
        raise SystemError(event)
sys.addaudithook(refuse)
from linter.cli.main import run
run({["diff", first]!r} if sys.argv[1] == "diff" else ["check", "--changed-since", {first!r}])
"""
    for command in ("diff", "check"):
        done = subprocess.run(
            [sys.executable, "-c", program, command], cwd=repo, capture_output=True, text=True
        )
        assert done.returncode == 1, done
        assert not mark.exists(), mark.read_text()
    # The traps do work: git itself steps into them.
    subprocess.run(["git", "diff", first], cwd=repo, capture_output=True)
    assert mark.exists()
