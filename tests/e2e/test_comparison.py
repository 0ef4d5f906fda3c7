"""The benchmark against other tools: what it reads of them, and that the page is what it wrote."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.config.running import run

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "comparison.md"


@pytest.fixture(scope="module")
def peers() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        found = importlib.util.spec_from_file_location("peers", ROOT / "benchmarks" / "peers.py")
        assert found is not None
        assert found.loader is not None
        module = importlib.util.module_from_spec(found)
        sys.modules["peers"] = module
        found.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
        sys.modules.pop("peers", None)


def test_every_fault_is_planted_once(peers: ModuleType) -> None:
    for fault in peers.FAULTS:
        marks = re.findall(rf"# .*\b{fault.mark}\b", "\n".join(peers.FILES.values()))
        assert len(marks) == 1, fault.mark
        assert not peers.named(fault, [])


def test_the_page_says_of_us_what_is_so(
    peers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in peers.FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    said = list(peers.ours(run("check", "--format", "json").out))
    page = PAGE.read_text()
    for fault in peers.FAULTS:
        row = next(line for line in page.splitlines() if line.startswith(f"| {fault.title} |"))
        assert ("named" in row.split("|")[2]) == peers.named(fault, said), fault.title


def test_what_others_say_is_read(peers: ModuleType) -> None:
    fault = next(one for one in peers.FAULTS if one.mark == "bucket-open")
    line = 1 + peers.HOSTING[: peers.HOSTING.index("# bucket-open")].count("\n")
    check = {
        "file_path": "/hosting.tf",
        "file_line_range": [line, line + 2],
        "check_id": "CKV2_AWS_6",
        "check_name": "Ensure that S3 bucket has a Public Access block",
    }
    found = list(peers.checkov(json.dumps({"results": {"failed_checks": [check]}})))
    assert peers.named(fault, found)
    assert not peers.named(peers.FAULTS[0], found)
    item = {
        "ID": "AVD-AWS-0086",
        "Title": "S3 Access block should block public ACL",
        "Message": "No public access block",
        "CauseMetadata": {"StartLine": line, "EndLine": line + 2},
    }
    result = {"Target": "hosting.tf", "Misconfigurations": [item]}
    assert peers.named(fault, list(peers.trivy(json.dumps({"Results": [result]}))))
    assert list(peers.trivy(json.dumps({"Results": None}))) == []


def test_what_is_not_installed_has_no_numbers(
    peers: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    monkeypatch.setattr(peers, "peer", lambda name: Path("checkov"))
    monkeypatch.setattr(peers, "our_command", lambda: ["pipewarden"])
    monkeypatch.setattr(peers, "version", lambda command: "1.2.3")
    found, missing = peers.tools()
    assert [tool.name for tool in found] == ["pipewarden", "checkov"]
    assert missing == ["Trivy", "Infracost"]
    assert peers.infracost(Path()) == "not measured"
    for tool in found:
        tool.runs.append(peers.Run(2.0 if tool.name == "checkov" else 1.0, 1.0, 1.0, 1))
    text = peers.page(found, missing, {"Infracost": "not measured"}, 1)
    assert "Not measured, because not installed there: Trivy and Infracost." in text
    assert "| Trivy |" not in text
    assert "| checkov | 2.00 s (2.00 to 2.00) | 1.00 s (1.00 to 1.00) | 2.0 | 1.0 |" in text


def test_only_the_measured_part_of_a_page_is_written(peers: ModuleType) -> None:
    old = f"before\n{peers.START}\nold\n{peers.END}\nafter\n"
    assert peers.written(old, "new\n") == old.replace("old", "new")
    with pytest.raises(SystemExit):
        peers.written("no place", "new")


def test_the_page_is_whole_and_dated() -> None:
    text = PAGE.read_text()
    assert re.search(r"Measured on \d{4}-\d\d-\d\d by", text)
    for word in ("Planted faults", "syntax error", "Time", "Prices", "| checkov |"):
        assert word in text
