"""The baseline: a counted multiset by file and fingerprint."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.core.files import WriteError, write_atomic
from linter.gate import baseline
from linter.policy.model import Verdict
from tests.gate.gate_helpers import finding


def test_one_new_finding_in_the_same_file_is_the_only_one_left(tmp_path: Path) -> None:
    old = [finding("a.tf", 1, fingerprint="x"), finding("a.tf", 2, fingerprint="y")]
    baseline.save(tmp_path / "b.json", baseline.create(old, "team/"))
    loaded = baseline.load(tmp_path / "b.json")
    now = [finding("a.tf", n, fingerprint=f) for n, f in ((9, "x"), (3, "y"), (4, "z"))]
    assert baseline.apply(loaded, now, "team/") == []
    assert [f.baselined for f in now] == [True, True, False]


def test_the_same_fingerprint_in_another_file_is_new() -> None:
    made = baseline.create([finding("a.tf", 1, fingerprint="x")])
    other = finding("b/a.tf", 1, fingerprint="x")
    (stale,) = baseline.apply(made, [other])
    assert not other.baselined
    assert stale.path == "a.tf"


def test_counts_are_respected_and_stale_ones_reported() -> None:
    made = baseline.create([finding("a.tf", n, fingerprint="x") for n in (1, 2)])
    three = [finding("a.tf", n, fingerprint="x") for n in (1, 2, 3)]
    assert baseline.apply(made, three) == []
    assert [f.baselined for f in three] == [True, True, False]
    (stale,) = baseline.apply(made, three[:1])
    assert stale.count == 1


def test_suppressed_and_undecided_findings_are_not_baselined() -> None:
    hidden = finding("a.tf", 1)
    hidden.suppressed = True
    assert baseline.create([hidden, finding("a.tf", 2, verdict=Verdict.UNKNOWN)]).total == 0


def test_prune_never_adds_and_update_says_what_it_adds() -> None:
    made = baseline.create([finding("a.tf", 1, fingerprint=f) for f in "xy"])
    now = [finding("a.tf", 1, fingerprint=f) for f in "yz"]
    pruned, change = baseline.prune(made, now)
    assert (change.added, change.removed, pruned.total) == (0, 1, 1)
    updated, change = baseline.update(made, now)
    assert (change.added, change.removed, updated.total) == (1, 1, 2)


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abcd"), max_size=8))
def test_what_is_baselined_and_what_is_stale_add_up(old: list[str], now: list[str]) -> None:
    made = baseline.create([finding("a", 1, fingerprint=f) for f in old])
    found = [finding("a", 1, fingerprint=f) for f in now]
    stale = baseline.apply(made, found)
    covered = sum(f.baselined for f in found)
    assert covered + sum(entry.count for entry in stale) == len(old)
    assert baseline.prune(made, found)[0].total == covered
    assert baseline.update(made, found)[0].total == len(now)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"version": 1, "findings": [{"path": "a', ":1:"),
        ("", "not valid JSON"),
        ("[]", "no list named findings"),
        ('{"version": 7, "findings": []}', "version 7"),
        ('{"version": 1, "findings": [1]}', "findings[0] is not an entry"),
        ("[" * 100_000, "not"),
    ],
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(baseline.BaselineError) as caught:
        baseline.load(file)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(baseline.BaselineError, match="no such file"):
        baseline.load(tmp_path / "none.json")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(baseline.BaselineError, match="not UTF-8"):
        baseline.load(tmp_path / "b.json")


def test_writing_is_atomic_and_keeps_mode_and_links(tmp_path: Path) -> None:
    file, link = tmp_path / "f.json", tmp_path / "link.json"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    write_atomic(link, "new\n")
    assert link.is_symlink()
    assert file.read_text() == "new\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f.json", "link.json"]


def test_unwritable_places_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for target in (tmp_path, tmp_path / "no" / "x", tmp_path / "file" / "x", "a\0b"):
        with pytest.raises(WriteError) as caught:
            write_atomic(target, "text")
        assert "cannot be written" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
