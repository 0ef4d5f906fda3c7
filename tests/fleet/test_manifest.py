"""The manifest: three forms of one thing, and mistakes that are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.cli.schema_cmd import schema_of
from linter.fleet.manifest import (
    KEYS,
    PLACES,
    manifest_text,
    parse_manifest,
    read_manifest,
    refused_url,
    without_credentials,
)
from tests.e2e.running import pipewarden

HERE = Path("/somewhere")
TOML = """
[defaults]
team = "platform"

[[entries]]
name = "churn"
git = "https://github.com/acme/churn.git"
revision = "v1.2"
team = "ml"
owner = "a@acme.example"
environment = "prod"
tags = { cost-center = "42" }

[[entries]]
path = "checkouts/ads"
"""
YAML = """
defaults: {team: platform}
entries:
  - name: churn
    git: https://github.com/acme/churn.git
    revision: v1.2
    team: ml
    owner: a@acme.example
    environment: prod
    tags: {cost-center: 42}
  - path: checkouts/ads
"""
CSV = """name,git,revision,path,team,owner,environment,tags.cost-center
churn,https://github.com/acme/churn.git,v1.2,,ml,a@acme.example,prod,42
,,,checkouts/ads,platform,,,
"""


@pytest.mark.parametrize(("name", "text"), [("m.toml", TOML), ("m.yml", YAML), ("m.csv", CSV)])
def test_the_three_forms_say_the_same(name: str, text: str) -> None:
    found = parse_manifest(text, name, HERE)
    assert found.mistakes == ()
    churn, ads = found.entries
    assert (churn.name, churn.place, churn.revision) == ("churn", "git", "v1.2")
    assert (churn.team, churn.owner, churn.environment) == ("ml", "a@acme.example", "prod")
    assert churn.tags == {"cost-center": "42"}
    assert (ads.name, ads.team, ads.where) == ("ads", "platform", "/somewhere/checkouts/ads")


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("m.toml", '\n[[entries]]\npth = "a"\n', 2, "no 'pth'; did you mean path?"),
        ("m.yaml", "entries:\n- path: a\n- gti: b\n", 3, "no 'gti'; did you mean git?"),
        ("m.csv", "path,taem\na,b\n", 1, "no column 'taem'; did you mean team?"),
        ("m.toml", "entries = 3", 0, "must have a list named entries"),
        ("m.toml", "x = [", 0, "is no TOML"),
        ("m.toml", 'a = 1\nb = = "x"', 2, "is no TOML"),
        ("m.yaml", "a: }", 1, "is no YAML"),
        ("m.csv", "nothing,known\n", 1, "names the columns"),
        ("m.csv", "path\na,b,c\n", 2, "3 cells for 1 columns"),
        ("m.txt", "", 0, "ends in none of .toml"),
        ("m.yaml", "entries: [{path: a, git: b}]", 1, "has path and git"),
        ("m.yaml", "entries: [{path: a, revision: b}]", 1, "revision belongs to git"),
        ("m.yaml", "entries: [{path: a}, {path: x/a}]", 1, "a second entry is called 'a'"),
        ("m.yaml", "entries: [{git: 'https://a/b', directory: ../../x}]", 1, "leaves the repo"),
        ("m.yaml", "entries: [{git: 'https://a/b', revision: '--upload-pack=x'}]", 1, "no name of"),
        ("m.yaml", "entries: [{prefix: bucket/a}]", 1, "no URL such as s3://"),
        ("m.yaml", "entries: [{path: a, tags: [b]}]", 1, "tags must be names with texts"),
        ("m.yaml", "entrys: []", 0, "no 'entrys'; did you mean entries?"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_nearest_word(
    name: str, text: str, line: int, words: str
) -> None:
    mistakes = parse_manifest(text, name, HERE).mistakes
    assert any(words in mistake.message and mistake.line == line for mistake in mistakes), mistakes
    assert all("\n" not in str(mistake) for mistake in mistakes)


def test_what_is_right_is_kept_beside_a_mistake() -> None:
    text = "entries:\n- {path: a}\n- {psth: b}\n- {path: c}\n"
    found = parse_manifest(text, "m.yaml", HERE)
    assert [entry.name for entry in found.entries] == ["a", "c"]
    assert len(found.mistakes) == 2  # the key, and that nothing says where it is


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch /tmp/x",
        "-oProxyCommand=x",
        "ext::sh -c touch% x",
        "ext::sh",
        "fd::3",
        "ssh://-oProxyCommand=x/y",
        "ssh://a@-oProxyCommand=x/y",
        "host:-x",
        "https://a/b c",
        "https://a/\nb",
        "ftp://a/b",
        "javascript://x",
    ],
)
def test_hostile_addresses_never_come_to_git(url: str) -> None:
    assert refused_url(url)
    found = parse_manifest(json.dumps({"entries": [{"git": url}]}), "m.json", HERE)
    assert found.entries == ()
    assert found.mistakes


@pytest.mark.parametrize(
    "url",
    ["https://h/a.git", "ssh://git@h:22/a", "git@github.com:a/b.git", "file:///a", "../a", "/a/b"],
)
def test_usual_addresses_are_taken(url: str) -> None:
    assert refused_url(url) == ""
    found = parse_manifest(json.dumps({"entries": [{"git": url}]}), "m.json", HERE)
    assert len(found.entries) == 1


def test_credentials_are_not_shown() -> None:
    entry = parse_manifest("entries: [{git: 'https://u:tok@h/a/b.git'}]", "m.yaml", HERE).entries[0]
    assert entry.name == "a/b"
    assert entry.source == "https://h/a/b.git"
    assert without_credentials("s3://b/c?token=x") == "s3://b/c"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_ENTRY = st.dictionaries(st.sampled_from([*KEYS, "pth", ""]), _VALUES, max_size=5)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["m.toml", "m.yaml", "m.csv", "m.json"]), st.text(max_size=300))
def test_no_text_makes_reading_fail(name: str, text: str) -> None:
    found = parse_manifest(text, name, HERE)
    assert all("\n" not in str(mistake) for mistake in found.mistakes)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(["entries", "defaults", "x"]), _VALUES | st.lists(_ENTRY)))
def test_no_data_makes_reading_fail(data: dict[str, Any]) -> None:
    found = parse_manifest(yaml.safe_dump(data, allow_unicode=True), "m.yaml", HERE)
    for entry in found.entries:
        assert entry.place in PLACES
        assert not (entry.place == "git" and refused_url(entry.where))


_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(_WORDS, _WORDS, st.dictionaries(_WORDS, _WORDS, max_size=2)),
        max_size=4,
        unique_by=lambda row: row[0].strip(),
    ),
    st.sampled_from(["toml", "yaml"]),
)
def test_what_is_written_is_read_again(
    rows: list[tuple[str, str, dict[str, str]]], form: str
) -> None:
    entries = [
        {"name": name.strip(), "path": "/x", "team": team.strip(), "tags": tags}
        for name, team, tags in rows
        if name.strip() and team.strip()
    ]
    found = parse_manifest(manifest_text(entries, form), f"m.{form}", HERE)
    assert found.mistakes == ()
    assert [(e.name, e.team) for e in found.entries] == [(e["name"], e["team"]) for e in entries]


def test_the_schema_takes_what_is_taken_and_refuses_what_is_not() -> None:
    schema = schema_of("fleet")
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    assert not list(validator.iter_errors(yaml.safe_load(YAML)))
    for wrong in ({}, {"entries": [{"pth": "a"}]}, {"entries": [{"path": "a", "git": "b"}]}):
        assert list(validator.iter_errors(wrong))


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for name, content in (("a.toml", b"\xff\xfe"), ("b.toml", None)):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        (mistake,) = read_manifest(str(path)).mistakes
        assert name in str(mistake)


# --- discover -------------------------------------------------------------------------------------


GITHUB = [
    [
        {
            "full_name": "acme/churn",
            "clone_url": "https://github.com/acme/churn.git",
            "ssh_url": "git@github.com:acme/churn.git",
            "default_branch": "main",
            "owner": {"login": "acme"},
            "topics": ["ml", "batch"],
        },
        {"full_name": "acme/old", "clone_url": "https://github.com/acme/old.git", "archived": True},
        {"full_name": "acme/evil", "clone_url": "ext::sh -c touch% /tmp/x"},
    ]
]
GITLAB = [
    {
        "path_with_namespace": "acme/ml/churn",
        "http_url_to_repo": "https://gitlab.com/acme/ml/churn.git",
        "default_branch": "trunk",
        "namespace": {"full_path": "acme/ml"},
    },
    {"path_with_namespace": "acme/e", "http_url_to_repo": "https://g/e.git", "empty_repo": True},
]


def test_discover_reads_listings_of_forges(tmp_path: Path) -> None:
    (tmp_path / "github.json").write_text(json.dumps(GITHUB))
    (tmp_path / "gitlab.json").write_text(json.dumps(GITLAB))
    ran = pipewarden("fleet", "discover", "github.json", "-o", "m.toml", "--ssh", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "acme/old: archived" in ran.err
    assert "acme/evil: git would run a program" in ran.err
    (entry,) = read_manifest(str(tmp_path / "m.toml")).entries
    assert (entry.where, entry.revision) == ("git@github.com:acme/churn.git", "main")
    assert (entry.team, entry.tags) == ("acme", {"topics": "batch ml"})
    ran = pipewarden("fleet", "discover", "gitlab.json", "-o", "m.csv", cwd=tmp_path)
    assert ran.code == 0, ran.err
    (entry,) = read_manifest(str(tmp_path / "m.csv")).entries
    assert (entry.name, entry.team, entry.revision) == ("acme/ml/churn", "acme/ml", "trunk")


def test_discover_finds_checkouts_and_accounts(tmp_path: Path) -> None:
    (tmp_path / "code" / "team" / "one" / ".git").mkdir(parents=True)
    (tmp_path / "code" / "team" / "one" / "inner" / ".git").mkdir(parents=True)
    (tmp_path / "code" / "snapshot" / "111122223333" / "eu-west-1").mkdir(parents=True)
    (tmp_path / "code" / "snapshot" / "manifest.json").write_text("{}")
    ran = pipewarden(
        "fleet", "discover", "code", "-o", "m.yaml", "--environment", "prod", cwd=tmp_path
    )
    assert ran.code == 0, ran.err
    found = read_manifest(str(tmp_path / "m.yaml"))
    assert [(e.name, e.place, e.environment) for e in found.entries] == [
        ("snapshot/111122223333", "snapshot", "prod"),
        ("team/one", "path", "prod"),
    ]
    assert found.entries[1].where == str(tmp_path / "code" / "team" / "one")


@pytest.mark.parametrize("content", ["{", "[]", '{"a": [1, null, "x"]}'])
def test_discover_says_what_is_no_listing(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    ran = pipewarden("fleet", "discover", "x.json", "-o", "m.toml", cwd=tmp_path)
    assert ran.code == 2
    assert "x.json" in ran.err
    assert not (tmp_path / "m.toml").exists()
