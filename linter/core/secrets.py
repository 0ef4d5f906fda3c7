"""What looks like a secret, and texts in which it is masked.

Formats follow what the issuers document. What only looks like one (the keys of AWS's documentation,
``user:password@`` in a template of an address) is left out on purpose: a rule that cries wolf over
placeholders is switched off.

Whatever leaves the program goes through :func:`masked`, whichever rules are selected: a finding
about something else quotes the line that holds a password.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from linter.core.regex import lazy_regex

ADDRESS = "a password in an address"
PRIVATE_KEY = "a private key"
TOKENS: tuple[tuple[str, str], ...] = (
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    (PRIVATE_KEY, r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20}\b"),
    ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{10,250}"),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{34}\b"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{20,250}\b"),
    ("an OpenAI key", r"\bsk-(?:proj-)?[A-Za-z0-9_-]{40,250}\b"),
    ("a Databricks token", r"\bdapi[a-f0-9]{32}\b"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\."),
    (ADDRESS, r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/:@]{3,200}@"),
)
"""Kind of secret → the form that it has."""

_TELLING = (
    r"password|passwd|passphrase|pwd|secret|token|api[_\-]?key|access[_\-]?key|private[_\-]?key|"
    r"secret[_\-]?key|signing[_\-]?key|encryption[_\-]?key|hmac[_\-]?key|credentials?"
)
_SECRET_NAME = lazy_regex(
    rf"(?:^|[_\-.])(?i:{_TELLING})$"
    r"|[a-z0-9](?:Password|Passwd|Passphrase|Pwd|Secret|Token|ApiKey|APIKey|AccessKey|PrivateKey"
    r"|SecretKey|SigningKey|EncryptionKey|HmacKey|Credentials?)$"
)
"""Names that end so. ``TOKEN_LIMIT`` or ``SECRET_NAME`` say something about a secret, not it."""
_PASS = lazy_regex(r"(?:^|[_\-.])(?i:pass)$|[a-z0-9]Pass$")
"""``DB_PASS``, and ``OPTIMIZER_PASS`` as well."""
_EXAMPLE = lazy_regex(r"EXAMPLE|(?i:example\.(?:com|org|net))")
"""AWS's documented keys end in EXAMPLE; nobody runs a service at example.com."""
_ADDRESS_PASSWORD = lazy_regex(r"://[^\s/:@]{1,100}:([^\s/:@]{3,200})@")
_NO_PASSWORD = lazy_regex(
    r"(?i)(?:pass(?:word|wd)?|pwd|secret|token|user(?:name)?|change[_-]?me|x{3,}|\*+|"
    r"[<{$%\[].*)"
)
_PLACEHOLDER = lazy_regex(
    r"(?i)^(?:changeme|change[_-]me|example|dummy|test|none|null|todo|xxx+|\*+|<.*>|\$\{.*|"
    r"\{\{.*|arn:.*|alias/.*|/.*|ssm:.*|secretsmanager:.*|s3://.*|https?://[^@]*|your[_-].*|"
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$"
)
"""Also the identifier that KMS gives a key: its name is no secret."""


def genuine(kind: str, found: str) -> bool:
    """Whether text of a secret's form is one, rather than documentation or words with hyphens."""
    if _EXAMPLE.search(found):
        return False
    if kind == ADDRESS:
        password = _ADDRESS_PASSWORD.search(found)
        return password is not None and not _NO_PASSWORD.fullmatch(password[1])
    if kind == "an OpenAI key":
        return bool(re.search(r"[A-Z]", found) and re.search(r"\d", found))
    return True


def named_secret(name: str, value: str) -> bool:
    """Whether a value is a secret by the name that it has and by looking generated."""
    if _SECRET_NAME.search(name):
        return looks_random(value)
    # What is called a pass may be one of several: words are none.
    return bool(_PASS.search(name)) and looks_random(value) and _mixed(value)


def _mixed(text: str) -> bool:
    """Whether a text mixes characters as words that are joined do not."""
    kinds = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9._\- ]")
    return sum(bool(re.search(kind, text)) for kind in kinds) >= 3


def looks_random(text: str) -> bool:
    """Whether a text looks made up by a generator: long enough, mixed, no placeholder."""
    text = text.strip().strip("\"'")
    if len(text) < 8 or " " in text or _PLACEHOLDER.match(text) or text.isdigit():
        return False
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return entropy >= 2.5 and any(not character.isalpha() for character in text)


_HINTS: dict[str, tuple[str, ...]] = {
    "an AWS access key": ("AKIA", "ASIA"),
    PRIVATE_KEY: ("PRIVATE KEY",),
    "a GitHub token": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    "a GitLab token": ("glpat-",),
    "a Slack token": ("xox",),
    "a Hugging Face token": ("hf_",),
    "a Google API key": ("AIza",),
    "a Stripe key": ("k_live_",),
    "an OpenAI key": ("sk-",),
    "a Databricks token": ("dapi",),
    "a JSON web token": ("eyJ",),
    ADDRESS: ("://",),
}
"""What a text of each kind holds; an expression is tried, and compiled, only where it may match."""
_KEY_BODY = lazy_regex(r"(?:[A-Za-z0-9+/=\s:,-]|\\[nr\\])*")
"""What follows the first line of a private key, its line breaks written out or escaped."""
_NAMED = lazy_regex(
    r"(?i:password|passwd|passphrase|pwd|pass|secret|token|key|credentials?)"
    r"(\\{0,4}[\"']?)[ \t]{0,20}[:=][ \t]{0,20}"
    r"(?:(\\{0,4}[\"'])((?:(?!\\{0,4}[\"'])[^\r\n]){8,500})\2|([^\s\"'\\,;{}<>&]{8,500}))"
)
_NAME_BEFORE = lazy_regex(r"[A-Za-z0-9_.\-]{0,80}$")


def masked(text: str) -> str:
    """The text with stars, as many as there are characters, for what looks like a secret."""
    if len(text) < 8:
        return text
    pieces: list[str] = []
    position = 0
    for start, end in sorted([*_tokens(text), *_named(text)]):
        if end > position:
            start = max(start, position)
            pieces += (text[position:start], _stars(text[start:end]))
            position = end
    return "".join((*pieces, text[position:])) if pieces else text


def _stars(text: str) -> str:
    return "".join(character if character in "\r\n" else "*" for character in text)


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    for kind, pattern in TOKENS:
        if not any(hint in text for hint in _HINTS[kind]):
            continue
        last = 0
        for found in re.finditer(pattern, text):
            if found.start() < last or not genuine(kind, found[0]):
                continue
            start, end = found.span()
            if kind == ADDRESS:
                password = _ADDRESS_PASSWORD.search(text, start, end)
                assert password is not None
                start, end = password.span(1)
            elif kind == PRIVATE_KEY:
                body = _KEY_BODY.match(text, end)
                last = end = body.end() if body is not None else end
            yield start, end


def _named(text: str) -> Iterator[tuple[int, int]]:
    """Values beside a telling name: ``"DB_PASSWORD": "…"``, ``password = "…"``, ``TOKEN=…``."""
    for found in _NAMED.finditer(text):
        word_end = found.start(1)
        before = _NAME_BEFORE.search(text, max(0, word_end - 80), word_end)
        group = 3 if found[3] is not None else 4
        if before is not None and named_secret(before[0], found[group]):
            yield found.span(group)


class MaskingStream:
    """A text stream that masks what is written to it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        written: int = self._stream.write(masked(text) if isinstance(text, str) else text)
        return written

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> _MaskingBuffer:
        """What is written as bytes is masked as well."""
        return _MaskingBuffer(self._stream.buffer)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _MaskingBuffer:
    def __init__(self, buffer: Any) -> None:
        self._buffer = buffer

    def write(self, data: bytes) -> int:
        text = masked(bytes(data).decode("utf-8", "surrogateescape"))
        self._buffer.write(text.encode("utf-8", "surrogateescape"))
        return len(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._buffer, name)
