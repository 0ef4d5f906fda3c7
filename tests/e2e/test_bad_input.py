"""Input that cannot be read: one clear line, the documented exit code, the rest still scanned."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden

POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",'
    ' "Action": "sagemaker:*", "Resource": "*"}]}'
)


def lines(text: str, word: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if word in line]


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("empty.json", b"", "empty.json:1:1 The text is empty where JSON is expected"),
        ("main.tf", b"\x00\x01binary", "main.tf not read: a binary file, not text"),
        (
            "cut.json",
            b'{"Version": "2020-12-01", "Steps": [',
            "cut.json:1:37 The JSON text ends before its last value is complete",
        ),
        (
            "latin.tf",
            b'resource "a" "b" {\n  name = "\xe9"\n}\n',
            "latin.tf not read: not valid UTF-8 at line 2, byte 11: save the file as UTF-8",
        ),
        (
            "deep.json",
            b'{"Version": "2020-12-01", "Steps": ' + b"[" * 200_000,
            "deep.json:1:535 JSON nested deeper than 500 levels is not read",
        ),
        (
            "deep.tf",
            b"locals {\n  a = " + b"[" * 200_000 + b"\n}\n",
            "deep.tf:2:207 Expression nested deeper than 200 levels is not read",
        ),
        ("words.tf", b"this is not Terraform at all\n", "words.tf:1:29 Invalid block definition"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, data: bytes, line: str) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "policy.json").write_text(POLICY)
    alone = pipewarden("check", name, cwd=tmp_path)
    assert alone.code == 3
    found = lines(alone.out, name)
    assert any(text.startswith(line) for text in found), found
    whole = pipewarden("check", ".", "--select", "IAM003", "--select", "IAM002", cwd=tmp_path)
    assert "IAM002" in whole.out
    assert whole.code == (1 if name == "empty.json" else 3)


def test_rules_are_separated_by_commas(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(POLICY)
    one = pipewarden("check", ".", "--select", "IAM003,IAM002", "-q", cwd=tmp_path)
    two = pipewarden("check", ".", "--select", "IAM003", "--select", "IAM002", "-q", cwd=tmp_path)
    assert one.out == two.out
    assert "IAM002" in one.out
    without = pipewarden(
        "check", ".", "--select", "IAM003", "--ignore", "IAM003, IAM002", cwd=tmp_path
    )
    assert "IAM003" not in without.out


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    ran = pipewarden("check", "nowhere.tf", cwd=tmp_path)
    assert ran.code == 3
    assert "nowhere.tf not read: no such file or directory" in ran.out


def test_an_empty_directory_is_not_a_pass(tmp_path: Path) -> None:
    ran = pipewarden("check", cwd=tmp_path)
    assert ran.code == 3
    assert "nothing was found to scan" in ran.out


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    text = (
        'resource "aws_iam_policy" "p" {\n  policy = jsonencode({\n'
        '    Statement = [{ Effect = "Allow", Action = "sagemaker:*", Resource = "*" }]\n  })\n}\n'
    )
    rules = ("--select", "IAM002", "-q")
    (tmp_path / "main.tf").write_bytes(text.encode())
    plain = pipewarden("check", ".", *rules, cwd=tmp_path)
    (tmp_path / "main.tf").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert pipewarden("check", ".", *rules, cwd=tmp_path) == plain
    assert "3:47" in plain.out


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links and modes of POSIX")
def test_links_that_loop_or_leave_are_named_not_followed(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tmp_path / "outside.tf").write_text('resource "aws_iam_role" "secret" {}\n')
    (tree / "loop.tf").symlink_to(tree / "loop.tf")
    (tree / "out.tf").symlink_to(tmp_path / "outside.tf")
    (tree / "up").symlink_to(tree)
    ran = pipewarden("check", "tree", cwd=tmp_path)
    assert ran.code == 3
    assert "tree/loop.tf not read: a symbolic link that leads nowhere or in a circle" in ran.out
    assert "secret" not in ran.out
    assert "tree/out.tf not read" in ran.out


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="the superuser reads every file"
)
def test_a_file_without_read_permission(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {}\n")
    (tmp_path / "main.tf").chmod(0)
    ran = pipewarden("check", ".", cwd=tmp_path)
    assert ran.code == 3
    assert "main.tf not read: permission denied" in ran.out


def test_hostile_text_is_escaped(tmp_path: Path) -> None:
    name = "p\\u001b[31m\\u202ered<script>"
    (tmp_path / "p.json").write_text(
        f'{{"Version": "2020-12-01", "Steps": [{{"Name": "{name}", "Type": "Training"}}]}}'
    )
    for format_ in ("text", "sarif", "junit", "gitlab", "github", "rdjson", "markdown", "jsonl"):
        ran = pipewarden("check", ".", "--format", format_, cwd=tmp_path)
        assert "\x1b" not in ran.out, format_
        assert "\u202e" not in ran.out, format_


def test_an_output_that_cannot_be_written_is_said_and_the_rest_is_printed(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(POLICY)
    ran = pipewarden(
        *("check", ".", "--output", "sarif:none/out.sarif", "--output", "text"), cwd=tmp_path
    )
    assert ran.code == 2
    assert ran.err == "none/out.sarif: cannot be written: no such file or directory\n"
    assert "IAM002" in ran.out
