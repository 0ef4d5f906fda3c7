"""Discovery finds what is ours, skips loudly, and never leaves the tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from linter.discovery.walk import decode, discover, read_text


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def found(root: Path, *paths: str) -> list[str]:
    return [f.path for f in discover(paths or (".",), working_directory=root).files]


def test_finds_by_suffix_in_a_stable_order_and_skips_tool_directories(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.tf": "",
            "a.json": "",
            "x.py": "",
            "m/c.yaml": "",
            ".terraform/d.tf": "",
            "node_modules/e.json": "",
        },
    )
    assert found(tmp_path) == ["a.json", "b.tf", "m/c.yaml"]
    assert found(tmp_path, "m", "m/c.yaml", "b.tf") == ["m/c.yaml", "b.tf"]


def test_honours_gitignore_with_negation_and_depth(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(
        tmp_path,
        {
            ".gitignore": "*.json\nbuild/\n",
            "a.json": "",
            "build/x.tf": "",
            "k/b.json": "",
            "k/.gitignore": "!b.json\n",
            "k/c.json": "",
            "main.tf": "",
        },
    )
    assert found(tmp_path) == ["main.tf", "k/b.json"]
    assert found(tmp_path / "k") == ["b.json"]


def test_exclude_patterns(tmp_path: Path) -> None:
    write(tmp_path, {"a/x.tf": "", "b/x.tf": ""})
    result = discover(["."], exclude=["b/"], working_directory=tmp_path)
    assert [f.path for f in result.files] == ["a/x.tf"]


def test_links_out_of_the_tree_and_circles_are_named_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, {"real.tf": "", "d/inner.tf": ""})
    write(tmp_path, {"secret.tf": ""})
    os.symlink(tmp_path / "secret.tf", root / "leak.tf")
    os.symlink(root / "loop.tf", root / "loop.tf")
    os.symlink(root, root / "d" / "up")
    os.symlink(root / "real.tf", root / "same.tf")
    result = discover(["."], working_directory=root)
    assert [f.path for f in result.files] == ["real.tf", "same.tf", "d/inner.tf"]
    assert {s.path: s.reason for s in result.skipped} == {
        "leak.tf": "a symbolic link that leaves the scanned tree",
        "loop.tf": "a symbolic link that leads nowhere or in a circle",
    }


def test_missing_path_and_device_are_one_line_each(tmp_path: Path) -> None:
    result = discover(["nope", "/dev/null"], working_directory=tmp_path)
    assert [s.reason for s in result.skipped] == ["no such file or directory", "not a regular file"]


def test_boundary_is_the_repository_else_the_target(tmp_path: Path) -> None:
    write(tmp_path, {"repo/infra/main.tf": "", "plain/main.tf": ""})
    (tmp_path / "repo" / ".git").mkdir()
    assert discover(["repo/infra"], working_directory=tmp_path).boundary == tmp_path / "repo"
    assert discover(["plain"], working_directory=tmp_path).boundary == tmp_path / "plain"


@pytest.mark.parametrize(
    ("data", "text", "reason"),
    [
        (b"\xef\xbb\xbfa", "a", ""),
        ("é".encode("utf-16"), "é", ""),
        (b"ok\r\n", "ok\r\n", ""),
        (b"\x7fELF\x00\x01", "", "a binary file, not text"),
        (b"a\nb\xff", "", "not valid UTF-8 at line 2, byte 2: save the file as UTF-8"),
    ],
)
def test_decoding(data: bytes, text: str, reason: str) -> None:
    assert decode(data) == (text, reason)


def test_reading_a_directory_that_appeared_in_place_of_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": "x"})
    file = discover(["."], working_directory=tmp_path).files[0]
    (tmp_path / "a.tf").unlink()
    (tmp_path / "a.tf").mkdir()
    text, reason = read_text(file)
    assert (text, reason) == ("", "is a directory")
