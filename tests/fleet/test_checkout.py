"""From an entry to a folder: git, prefixes, and what is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pytest

from linter.fleet.checkout import CheckoutError, checked_out
from tests.fleet.fleets import commit, write


def entry(place: str, where: str, revision: str = "", directory: str = "") -> dict[str, Any]:
    return {"place": place, "where": where, "revision": revision, "directory": directory}


def fetched(tmp_path: Path, one: dict[str, Any], revision: str = "") -> dict[str, str]:
    """The files of an entry, and under ``""`` its revision."""
    with checked_out(one, str(tmp_path / "work"), 60, revision) as found:
        top = Path(found.directory)
        files = [p for p in top.rglob("*") if p.is_file() and ".git" not in p.parts]
        return {p.relative_to(top).as_posix(): p.read_text() for p in files} | {"": found.revision}


@pytest.fixture
def origin(tmp_path: Path) -> tuple[Path, str, str]:
    """A repository with two commits: its folder and both."""
    folder = tmp_path / "origin"
    write(folder / "a.txt", "1")
    write(folder / "sub" / "b.txt", "1")
    first = commit(folder)
    write(folder / "a.txt", "2")
    return folder, first, commit(folder)


def test_revisions_are_branches_and_commits(tmp_path: Path, origin: tuple[Path, str, str]) -> None:
    folder, first, second = origin
    assert fetched(tmp_path, entry("git", str(folder)))["a.txt"] == "2"
    branch = fetched(tmp_path, entry("git", f"file://{folder}", "main"))
    assert (branch["a.txt"], branch[""]) == ("2", second)
    assert fetched(tmp_path, entry("git", str(folder), first))["a.txt"] == "1"
    assert fetched(tmp_path, entry("git", str(folder), first[:10]))[""] == first
    assert list(fetched(tmp_path, entry("git", str(folder), "", "sub"))) == ["b.txt", ""]


def test_a_task_gets_the_commit_that_was_opened(
    tmp_path: Path, origin: tuple[Path, str, str]
) -> None:
    folder, first, _ = origin
    # Another machine, that fetches when the branch has moved on.
    assert fetched(tmp_path, entry("git", str(folder), "main"), first)["a.txt"] == "1"


@pytest.mark.parametrize(
    ("one", "kind", "words"),
    [
        (entry("git", "{origin}", "nowhere"), "revision", "has no revision nowhere"),
        (entry("git", "{origin}", "0" * 40), "revision", "has no revision 0000"),
        (entry("git", "/no/such/place"), "missing", "cannot be reached"),
        (entry("git", "{origin}", "", "no-such"), "missing", "has no folder no-such"),
        (entry("git", "--upload-pack=touch {tmp}/owned"), "missing", "starts with a dash"),
        (entry("git", "ext::touch {tmp}/owned"), "missing", "program"),
        (entry("path", "/no/such/place"), "missing", "does not exist"),
        (entry("path", "{origin}/a.txt"), "missing", "is a file"),
        (entry("snapshot", "/no/such/place"), "missing", "the snapshot"),
        (entry("prefix", "memory://empty"), "missing", "memory://empty"),
        (entry("prefix", "s3://bucket/a"), "missing", "pip install s3fs"),
        (entry("prefix", "nothing://a"), "missing", "nothing://a cannot be read"),
    ],
)
def test_what_is_not_there_is_named(
    tmp_path: Path, origin: tuple[Path, str, str], one: dict[str, Any], kind: str, words: str
) -> None:
    one["where"] = one["where"].format(origin=origin[0], tmp=tmp_path)
    if one["where"].startswith("s3:"):
        try:
            import s3fs  # noqa: F401

            pytest.skip("s3fs is installed: nothing is missing")
        except ImportError:
            pass
    with pytest.raises(CheckoutError) as raised:
        fetched(tmp_path, one)
    assert raised.value.kind == kind
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "owned").exists()


def test_credentials_are_in_no_message(tmp_path: Path) -> None:
    one = entry("git", "http://user:tok-3n@127.0.0.1:9/a.git")
    with pytest.raises(CheckoutError) as raised:
        fetched(tmp_path, one)
    assert "tok-3n" not in str(raised.value)


def test_hooks_and_links_of_a_repository_do_nothing(
    tmp_path: Path, origin: tuple[Path, str, str]
) -> None:
    folder, _, _ = origin
    (folder / "out").symlink_to(tmp_path)
    commit(folder)
    with pytest.raises(CheckoutError, match="has no folder out"):
        fetched(tmp_path, entry("git", str(folder), "", "out"))


def test_a_prefix_is_copied_and_leaves_its_folder_never(tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    for name in ("p.json", "inner/main.tf", "picture.png"):
        files.pipe(f"/bucket/prod/{name}", b"{}")
    files.pipe("/bucket/other/q.json", b"{}")
    found = fetched(tmp_path, entry("prefix", "memory://bucket/prod"))
    assert found == {"p.json": "{}", "inner/main.tf": "{}", "": ""}
    one = fetched(tmp_path, entry("prefix", "memory://bucket/other/q.json"))
    assert one == {"q.json": "{}", "": ""}


def test_old_clones_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linter.fleet.checkout.MAX_KEPT", 2)
    files = fsspec.filesystem("memory")
    for number in range(5):
        files.pipe(f"/many/{number}/p.json", b"{}")
        fetched(tmp_path, entry("prefix", f"memory://many/{number}"))
    kept = [path for path in (tmp_path / "work").iterdir() if path.is_dir()]
    assert len(kept) == 3
    assert (tmp_path / "work").stat().st_mode & 0o777 == 0o700
