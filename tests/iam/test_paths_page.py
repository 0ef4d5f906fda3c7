"""``iam explain --paths --format html``: one page, whole, safe, and readable without a drawing."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

from tests.e2e.running import pipewarden

MAIN = """
resource "aws_iam_role" "admin" {
  name               = "admin"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = aws_iam_user.ana.arn }
      Action    = "sts:AssumeRole"
    }]
  })
}
resource "aws_iam_role_policy_attachment" "admin" {
  role       = aws_iam_role.admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_iam_user" "ana" { name = "%s" }
resource "aws_iam_user_policy" "ana" {
  user   = aws_iam_user.ana.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "<b>x</b>", Effect = "Allow", Action = "sts:AssumeRole", Resource = "*" }]
  })
}
"""


class Outline(HTMLParser):
    """Tags in order, ids, and what is loaded from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "aria-labelledby":
                self.labels.append(value or "")
            elif name in ("src", "href", "srcset", "data"):
                self.loaded.append(value or "")


def page(folder: Path, name: str = "ana") -> str:
    (folder / "main.tf").write_text(MAIN % name)
    ran = pipewarden("iam", "explain", ".", "--paths", "--format", "html", cwd=folder)
    assert ran.code == 0, ran.err
    return ran.out


def test_every_way_is_a_list_of_steps(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "<title>Ways to an administrator</title>" in text
    assert "becomes an administrator in 1 step" in text
    assert re.search(r"ana → .*admin", text)
    assert "main.tf:" in text
    outline = Outline(text)
    assert outline.tags.count("h1") == 1 and "ol" in outline.tags
    assert set(outline.labels) <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))


def test_nothing_is_loaded_and_nothing_runs(tmp_path: Path) -> None:
    text = page(tmp_path)
    outline = Outline(text)
    assert outline.loaded == []
    assert "script" not in outline.tags
    assert "default-src 'none'" in unescape(text)


def test_names_are_text(tmp_path: Path) -> None:
    text = page(tmp_path, name="<script>alert(1)</script>")
    assert "<script" not in text
    assert "<b>x</b>" not in text


def test_a_scan_without_ways_says_so(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy = "{}"\n}\n'
    )
    ran = pipewarden("iam", "explain", ".", "--paths", "--format", "html", cwd=tmp_path)
    assert "No way to an administrator of the scan was found." in ran.out
    assert "The scan shows none." in ran.out


def test_html_needs_paths(tmp_path: Path) -> None:
    ran = pipewarden("iam", "explain", ".", "--format", "html", cwd=tmp_path)
    assert ran.code == 2
    assert "--format html draws paths: add --paths." in ran.err
