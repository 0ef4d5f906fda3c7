"""One comment on a pull request: found again by its marker and its author, and replaced.

Anybody may write a comment that begins with the marker; only one of the token's own user is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from linter.core.record import record
from linter.core.regex import lazy_regex
from linter.forge.http import MAX_PAGES, Api, ForgeError, checked_url

MARKER = lazy_regex(r"<!-- (pipewarden(?: [a-z]+)?) -->\Z")
"""First lines that our writers of comments begin with."""
_PAGE = 100


@record
class Forge:
    """How one service takes comments.

    ``own`` tells whether a comment is of the token's user, ``text`` what one says.
    """

    api: Api
    comments: str
    """Path of a pull request's comments, from the API's address."""
    single: str
    """Path of one comment, with ``{}`` for its number."""
    update: str
    """HTTP method that replaces a comment."""
    own: Callable[[Any], bool]
    text: Callable[[Any], str]
    body: Callable[[str], dict[str, Any]]
    written: Callable[[str], str]
    """What our Markdown is for this service."""
    page_size: str
    """Name of the parameter that says how many comments a page has."""


def publish(forge: Forge, body: str) -> str:
    """Write the comment, in place of an earlier one; ``"updated"`` or ``"posted"``.

    Raises:
        ForgeError: it could not be.
    """
    text = forge.written(body)
    marker = text.split("\n", 1)[0]
    for comment in _comments(forge):
        if not _text(comment, forge.text).startswith(marker + "\n") or not forge.own(comment):
            continue
        number = comment.get("id")
        if isinstance(number, int):
            forge.api.send(forge.update, forge.single.format(number), forge.body(text))
            return "updated"
    forge.api.send("POST", forge.comments, forge.body(text))
    return "posted"


def _text(comment: Any, of: Callable[[Any], str]) -> str:
    # Services store what was sent with the line breaks that they like.
    return of(comment).replace("\r\n", "\n") + "\n"


def _comments(forge: Forge) -> Iterator[dict[str, Any]]:
    for page in range(1, MAX_PAGES + 1):
        answer = forge.api.get(f"{forge.comments}?{forge.page_size}={_PAGE}&page={page}")
        more = isinstance(answer, dict) and bool(answer.get("next"))
        items = answer.get("values") if isinstance(answer, dict) else answer
        if not isinstance(items, list):
            raise ForgeError("the service's answer is no list of comments")
        yield from (item for item in items if isinstance(item, dict))
        if not more and (isinstance(answer, dict) or len(items) < _PAGE):
            return
    raise ForgeError(f"the pull request has more than {MAX_PAGES} pages of comments")


def github(environment: Mapping[str, str], author: str, number: str) -> Forge:
    """By ``GITHUB_*``: https://docs.github.com/en/rest/issues/comments.

    Raises:
        ForgeError: a variable is missing or wrong.
    """
    token = _needed(environment, "GITHUB_TOKEN", "GH_TOKEN")
    base = checked_url(
        environment.get("GITHUB_API_URL") or "https://api.github.com", "GITHUB_API_URL"
    )
    repository = _matching(environment, "GITHUB_REPOSITORY", r"[\w.-]+/[\w.-]+")
    if not number:
        number = _needed_number(environment, "GITHUB_REF", r"refs/pull/(\d+)/(?:merge|head)")
    api = Api(
        base,
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        "pull-requests: write (a fork's token has none)",
    )
    # A job's own token has no user that could be asked for; it writes as this one.
    name = author or _user(api, "login") or "github-actions[bot]"
    issues = f"/repos/{repository}/issues"
    return Forge(
        api,
        f"{issues}/{number}/comments",
        f"{issues}/comments/{{}}",
        "PATCH",
        lambda comment: _inside(comment, "user", "login") == name,
        lambda comment: _string(comment.get("body")),
        lambda text: {"body": text},
        lambda text: text,
        "per_page",
    )


def gitlab(environment: Mapping[str, str], author: str, number: str) -> Forge:
    """By ``CI_*``: https://docs.gitlab.com/api/notes/#merge-requests.

    A job's own token (``CI_JOB_TOKEN``) may not write notes.

    Raises:
        ForgeError: a variable is missing or wrong.
    """
    token = _needed(environment, "GITLAB_TOKEN")
    base = checked_url(_needed(environment, "CI_API_V4_URL"), "CI_API_V4_URL")
    project = _matching(environment, "CI_PROJECT_ID", r"\d+")
    number = number or _needed_number(environment, "CI_MERGE_REQUEST_IID", r"(\d+)")
    api = Api(base, {"PRIVATE-TOKEN": token}, "the scope api and the role Reporter or more")
    name = author or _user(api, "username")
    if not name:
        raise ForgeError("GitLab does not say whose the token is; name its user with --author")
    notes = f"/projects/{project}/merge_requests/{number}/notes"
    return Forge(
        api,
        notes,
        f"{notes}/{{}}",
        "PUT",
        lambda comment: _inside(comment, "author", "username") == name,
        lambda comment: _string(comment.get("body")),
        lambda text: {"body": text},
        lambda text: text,
        "per_page",
    )


def bitbucket(environment: Mapping[str, str], author: str, number: str) -> Forge:
    """By ``BITBUCKET_*``, Bitbucket Cloud:
    https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/.

    Raises:
        ForgeError: a variable is missing or wrong.
    """
    token = _needed(environment, "BITBUCKET_TOKEN")
    base = checked_url(
        environment.get("BITBUCKET_API_URL") or "https://api.bitbucket.org/2.0",
        "BITBUCKET_API_URL",
    )
    repository = _matching(environment, "BITBUCKET_REPO_FULL_NAME", r"[\w.-]+/[\w.-]+")
    number = number or _needed_number(environment, "BITBUCKET_PR_ID", r"(\d+)")
    api = Api(base, {"Authorization": f"Bearer {token}"}, "the scope pullrequest:write")
    name = author or _user(api, "uuid")
    if not name:
        raise ForgeError(
            "Bitbucket does not say whose the token is (a repository's token may not ask);"
            " give the uuid of its user with --author"
        )
    comments = f"/repositories/{repository}/pullrequests/{number}/comments"
    return Forge(
        api,
        comments,
        f"{comments}/{{}}",
        "PUT",
        lambda comment: not comment.get("deleted") and _inside(comment, "user", "uuid") == name,
        lambda comment: _string(_inside(comment, "content", "raw")),
        lambda text: {"content": {"raw": text}},
        _without_html,
        "pagelen",
    )


def _without_html(text: str) -> str:
    """Bitbucket shows HTML as text: the marker becomes a link definition, sections headings.

    Only lines that our writer makes are changed; HTML from scanned files is escaped by it.
    """
    first, _, rest = text.partition("\n")
    found = MARKER.match(first)
    marker = f"[//]: # ({found[1]})" if found else first
    rest = re.sub(r"(?m)^<details(?: open)?><summary>(.*)</summary>$", r"### \1", rest)
    return f"{marker}\n{re.sub(r'(?m)^</details>$', '', rest)}"


def _user(api: Api, field: str) -> str:
    """The token's user, or nothing where the service does not say it."""
    try:
        return _string(_of(api.get("/user"), field))
    except ForgeError as error:
        if error.status in (403, 404):
            return ""
        raise


def _needed(environment: Mapping[str, str], *names: str) -> str:
    for name in names:
        if environment.get(name, "").strip():
            return environment[name].strip()
    raise ForgeError(f"the environment has no {' or '.join(names)}")


def _matching(environment: Mapping[str, str], name: str, pattern: str) -> str:
    text = _needed(environment, name)
    if not re.fullmatch(pattern, text, re.ASCII) or ".." in text.split("/"):
        raise ForgeError(f"{name} is not what the service sets")
    return text


def _needed_number(environment: Mapping[str, str], name: str, pattern: str) -> str:
    found = re.fullmatch(pattern, environment.get(name, "").strip(), re.ASCII)
    if found is None:
        raise ForgeError(f"{name} names no pull request; run it in one's job, or give --number")
    return found[1]


def _inside(value: Any, *names: str) -> Any:
    for name in names:
        value = _of(value, name)
    return value


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
