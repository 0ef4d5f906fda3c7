"""SUP010: lifecycle scripts that run what a server gives them at that moment."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.regex import lazy_regex
from linter.core.values import Template, Unknown
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from rules.sec.secrets import contents, scripts

_MAX_LINE = 2_000
_FETCH_AND_RUN = lazy_regex(
    r"\b(?:curl|wget)\b[^|;&]*\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:/\S*/)?"
    r"(?:ba|da|z|k)?(?:sh|python3?|perl|node)\b"
    r"|(?:\b(?:ba|da|z|k)?sh|\bsource|\beval|(?:^|[;&]\s*)\.)\s+(?:-c\s+)?[\"']?(?:<\(|\$\(|`)\s*"
    r"(?:curl|wget)\b"
)
_INSTALL = lazy_regex(r"\bpip[0-9.]*\s+install\b")
_GIT_SOURCE = lazy_regex(r"\bgit\+(?:https?|ssh)://[^\s\"'/]+/([^\s\"']+)")
"""The path of a Git address; ``@`` in it names a tag, a branch or a commit."""
_PLAIN_HTTP = lazy_regex(r"(?<![A-Za-z+])http://(?!localhost\b|127\.0\.0\.1\b)")
_BRANCH_ARCHIVE = lazy_regex(r"/(?:archive|zipball|tarball)/(?:refs/heads/)?(?:main|master)\b")
_OF_AWS = lazy_regex(
    r"https://(?:[a-z0-9.-]+\.amazonaws\.com/|raw\.githubusercontent\.com/(?:aws|aws-samples|awslabs)/"
    r"|github\.com/(?:aws|aws-samples|awslabs)/)"
)


def remote_code(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    for at, value in contents(subject):
        if isinstance(value, Unknown | Template):
            yield unknown(value, at)
    for at, text in scripts(subject):
        for number, line in enumerate(_lines(text), 1):
            what = _wrong(line)
            if what:
                yield fail(
                    at, f"{subject.title} {what} in line {number} of its script", detail=what
                )
                break


def _lines(text: str) -> Iterable[str]:
    """Lines without comments; a line that a backslash continues is one with the next."""
    for line in text.replace("\\\r\n", "  ").replace("\\\n", " ").splitlines():
        yield "" if line.lstrip().startswith("#") else line[:_MAX_LINE]


def _wrong(line: str) -> str:
    if _FETCH_AND_RUN.search(line) and not _OF_AWS.search(line):
        return "runs what a server sends"
    install = _INSTALL.search(line)
    if install:
        rest = line[install.end() :]
        if _PLAIN_HTTP.search(rest):
            return "installs a package over plain HTTP"
        if _BRANCH_ARCHIVE.search(rest) or any(
            "@" not in path for path in _GIT_SOURCE.findall(rest)
        ):
            return "installs a package from a branch that moves"
    return ""
