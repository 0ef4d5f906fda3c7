"""``pipewarden comment`` against services on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Ran, pipewarden
from tests.forge.server import Service, serving

TOKEN = "tok-3f9aa1c7e5"
MARKER = "<!-- pipewarden diff -->"
BODY = (
    f"{MARKER}\n## pipewarden: passed\n\n<details open><summary>New (1)</summary>\n\n</details>\n"
)
LINK = "[//]: # (pipewarden diff)"


def made(kind: str, number: int, author: str, text: str) -> dict[str, Any]:
    """A comment as the service gives it."""
    if kind == "bitbucket":
        return {"id": number, "user": {"uuid": author}, "content": {"raw": text}}
    field, name = ("user", "login") if kind == "github" else ("author", "username")
    return {"id": number, field: {name: author}, "body": text}


USERS: dict[str, dict[str, Any] | None] = {
    "github": None,
    "gitlab": {"username": "me"},
    "bitbucket": {"uuid": "{me}"},
}
ME = {"github": "github-actions[bot]", "gitlab": "me", "bitbucket": "{me}"}
MARKERS = {"github": MARKER, "gitlab": MARKER, "bitbucket": LINK}
COMMENTS = {
    "github": "/repos/o/r/issues/7/comments",
    "gitlab": "/projects/12/merge_requests/7/notes",
    "bitbucket": "/repositories/o/r/pullrequests/7/comments",
}
SINGLE = {**COMMENTS, "github": "/repos/o/r/issues/comments"}
UPDATE = {"github": "PATCH", "gitlab": "PUT", "bitbucket": "PUT"}
KINDS = list(COMMENTS)


def environment(kind: str, url: str) -> dict[str, str]:
    return {
        "github": {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_REF": "refs/pull/7/merge",
        },
        "gitlab": {
            "GITLAB_TOKEN": TOKEN,
            "CI_API_V4_URL": url,
            "CI_PROJECT_ID": "12",
            "CI_MERGE_REQUEST_IID": "7",
        },
        "bitbucket": {
            "BITBUCKET_TOKEN": TOKEN,
            "BITBUCKET_API_URL": url,
            "BITBUCKET_REPO_FULL_NAME": "o/r",
            "BITBUCKET_PR_ID": "7",
        },
    }[kind]


def run(kind: str, service: Service, *arguments: str, body: str = BODY, **changed: str) -> Ran:
    given = {**environment(kind, service.url), **changed}
    option = {"github": "--github", "gitlab": "--gitlab", "bitbucket": "--bitbucket"}[kind]
    done = pipewarden("comment", option, *arguments, stdin=body.encode(), **given)
    assert TOKEN not in done.out + done.err
    return done


def service_of(kind: str) -> Service:
    return Service(USERS[kind], wrapped=kind == "bitbucket")


def sent(kind: str, data: dict[str, Any]) -> str:
    text = data["content"]["raw"] if kind == "bitbucket" else data["body"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_comment_is_posted(kind: str) -> None:
    with serving(service_of(kind)) as service:
        service.comments = [made(kind, 1, "somebody", f"{MARKERS[kind]}\nx")]
        done = run(kind, service)
    assert (done.code, done.err) == (0, "Comment posted.\n")
    [(method, path, data)] = service.written
    assert (method, path) == ("POST", COMMENTS[kind])
    assert sent(kind, data).startswith(f"{MARKERS[kind]}\n## pipewarden: passed\n")
    assert ("<details" in sent(kind, data)) is (kind != "bitbucket")


@pytest.mark.parametrize("kind", KINDS)
def test_only_our_own_is_replaced_on_whatever_page(kind: str) -> None:
    with serving(service_of(kind)) as service:
        service.comments = [made(kind, n, "somebody", f"{MARKERS[kind]}\nx") for n in range(1, 231)]
        service.comments.append(made(kind, 231, ME[kind], "something else\n" + MARKERS[kind]))
        service.comments.append(made(kind, 232, ME[kind], f"{MARKERS[kind]}\r\nold"))
        done = run(kind, service)
    assert (done.code, done.err) == (0, "Comment updated.\n")
    assert [entry[:2] for entry in service.written] == [(UPDATE[kind], f"{SINGLE[kind]}/232")]


def test_the_comment_of_check_is_another_one() -> None:
    with serving(service_of("github")) as service:
        service.comments = [made("github", 1, ME["github"], "<!-- pipewarden -->\nx")]
        assert run("github", service).err == "Comment posted.\n"
        assert run("github", service, body="<!-- pipewarden -->\ny").err == "Comment updated.\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (401, {}, "the token is not valid"),
        (403, {}, "it needs "),
        (403, {"X-RateLimit-Remaining": "0"}, "too many requests; run it again later"),
        (404, {}, "not visible to the token"),
        (429, {"Retry-After": "17"}, "run it again after 17 seconds"),
        (302, {"Location": "http://127.0.0.1:1/"}, "redirected, which is not followed"),
        (500, {}, "the server refused or failed"),
    ],
)
def test_refusals_say_what_to_do(
    kind: str, status: int, headers: dict[str, str], said: str
) -> None:
    with serving(service_of(kind)) as service:
        service.refusals["POST", COMMENTS[kind]] = (status, headers)
        done = run(kind, service)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert f"HTTP {status}" in done.err and said in done.err


def test_a_token_that_is_not_valid_is_no_token_without_a_user() -> None:
    with serving(service_of("github")) as service:
        service.refusals["GET", "/user"] = (401, {})
        done = run("github", service)
    assert done.code == 2 and "the token is not valid" in done.err
    assert service.seen == [("GET", "/user")]


@pytest.mark.parametrize("kind", ["gitlab", "bitbucket"])
def test_who_the_token_is_can_be_given(kind: str) -> None:
    with serving(service_of(kind)) as service:
        service.user = None
        service.comments = [made(kind, 5, "bot", f"{MARKERS[kind]}\nx")]
        refused = run(kind, service)
        done = run(kind, service, "--author", "bot")
    assert refused.code == 2 and "--author" in refused.err
    assert done.err == "Comment updated.\n"


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("github", {"GITHUB_TOKEN": ""}, "the environment has no GITHUB_TOKEN or GH_TOKEN"),
        ("github", {"GITHUB_REF": "refs/heads/main"}, "--number"),
        ("github", {"GITHUB_REPOSITORY": "../user"}, "GITHUB_REPOSITORY"),
        ("github", {"GITHUB_API_URL": "http://api.example.com"}, "must begin with https://"),
        ("github", {"GITHUB_API_URL": "https://u:p@h"}, "must hold no user"),
        ("github", {"GITHUB_API_URL": "https://h:x"}, "is no address"),
        ("github", {"GITHUB_API_URL": "file:///etc/passwd"}, "is no address"),
        ("github", {"GITHUB_TOKEN": f"{TOKEN}\nX-Other: 1"}, "characters that no token has"),
        ("gitlab", {"CI_API_V4_URL": ""}, "CI_API_V4_URL"),
        ("gitlab", {"CI_PROJECT_ID": "1/2"}, "CI_PROJECT_ID"),
        ("bitbucket", {"BITBUCKET_PR_ID": ""}, "BITBUCKET_PR_ID names no pull request"),
    ],
)
def test_variables_that_are_wrong(kind: str, changed: dict[str, str], said: str) -> None:
    with serving(service_of(kind)) as service:
        done = run(kind, service, **changed)
    assert done.code == 2 and said in done.err
    assert done.err.count("\n") == 1
    assert not service.seen


def test_a_number_that_is_given_counts() -> None:
    with serving(service_of("github")) as service:
        done = run("github", service, "--number", "9", GITHUB_REF="refs/heads/main")
    assert done.code == 0
    assert service.written[0][1] == "/repos/o/r/issues/9/comments"


def test_a_token_goes_where_it_belongs() -> None:
    with serving(service_of("gitlab")) as service:
        run("gitlab", service)
    assert {headers["Private-Token"] for headers in service.headers} == {TOKEN}


@pytest.mark.parametrize("body", ["", "text\n", f"x\n{MARKER}\n", "<!-- pipewarden diff --> x"])
def test_only_what_we_wrote_is_posted(body: str, tmp_path: Path) -> None:
    file = tmp_path / "body.md"
    file.write_text(body)
    with serving(service_of("github")) as service:
        done = run("github", service, "--body", str(file))
    assert done.code == 2 and "diff --format markdown" in done.err
    assert not service.seen


def test_a_service_must_be_named_and_reached() -> None:
    assert "--github, --gitlab or --bitbucket" in pipewarden("comment").err
    gone = {**environment("github", "http://127.0.0.1:1")}
    done = pipewarden("comment", "--github", stdin=BODY.encode(), **gone)
    assert done.code == 2 and "cannot be reached" in done.err


def test_the_real_report_is_taken(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text('resource "aws_s3_bucket" "x" {}\n')
    report = pipewarden("diff", "a", "b", "--format", "markdown", cwd=tmp_path)
    with serving(service_of("github")) as service:
        assert run("github", service, body=report.out).code == 0
    assert service.written[0][2]["body"] == report.out
