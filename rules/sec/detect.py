"""What is a secret: known token formats, and random values under telling names.

Formats follow what the issuers document. What only looks like one (the keys of AWS's documentation,
``user:password@`` in a template of an address) is left out on purpose: a rule that cries wolf over
placeholders is switched off.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

from linter.core.regex import lazy_regex
from linter.core.values import Template

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("a private key", r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20}\b"),
    ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{10,250}"),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{34}\b"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{20,250}\b"),
    ("an OpenAI key", r"\bsk-(?:proj-)?[A-Za-z0-9_-]{40,250}\b"),
    ("a Databricks token", r"\bdapi[a-f0-9]{32}\b"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\."),
    ("a password in an address", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/:@]{3,200}@"),
)
_SECRET_NAME = lazy_regex(
    r"(?:^|[_\-.])(?i:password|passwd|pwd|secret|token|api[_\-]?key|access[_\-]?key|"
    r"private[_\-]?key|credentials?)$"
    r"|[a-z0-9](?:Password|Passwd|Pwd|Secret|Token|ApiKey|APIKey|AccessKey|PrivateKey|Credentials?)$"
)
"""Names that end so. ``TOKEN_LIMIT`` or ``SECRET_NAME`` say something about a secret, not it."""
_EXAMPLE = lazy_regex(r"EXAMPLE|(?i:example\.(?:com|org|net))")
"""AWS's documented keys end in EXAMPLE; nobody runs a service at example.com."""
_ADDRESS_PASSWORD = lazy_regex(r"://[^\s/:@]{1,100}:([^\s/:@]{3,200})@")
_NO_PASSWORD = lazy_regex(
    r"(?i)(?:pass(?:word|wd)?|pwd|secret|token|user(?:name)?|change[_-]?me|x{3,}|\*+|"
    r"[<{$%\[].*)"
)
_PLACEHOLDER = lazy_regex(
    r"(?i)^(?:changeme|change[_-]me|example|dummy|test|none|null|todo|xxx+|\*+|<.*>|\$\{.*|"
    r"\{\{.*|arn:.*|/.*|ssm:.*|secretsmanager:.*|s3://.*|https?://[^@]*|your[_-].*)$"
)


def what(value: Any, name: str = "") -> str | None:
    """What kind of secret a text holds, or ``None``. A name counts only with a random value."""
    text = text_of(value)
    if not text:
        return None
    for kind, pattern in _PATTERNS:
        if any(_genuine(kind, found[0]) for found in re.finditer(pattern, text)):
            return kind
    if isinstance(value, str) and _SECRET_NAME.search(name) and looks_random(value):
        return "a secret"
    return None


def _genuine(kind: str, found: str) -> bool:
    """Whether text of a secret's form is one, rather than documentation or words with hyphens."""
    if _EXAMPLE.search(found):
        return False
    if kind == "a password in an address":
        password = _ADDRESS_PASSWORD.search(found)
        return password is not None and not _NO_PASSWORD.fullmatch(password[1])
    if kind == "an OpenAI key":
        return bool(re.search(r"[A-Z]", found) and re.search(r"\d", found))
    return True


def text_of(value: Any) -> str:
    """The known text of a value, as much of it as is looked at."""
    if isinstance(value, str):
        return value[:20_000]
    if isinstance(value, Template):
        return "\0".join(part for part in value.parts if isinstance(part, str))[:20_000]
    return ""


def looks_random(text: str) -> bool:
    """Whether a text looks made up by a generator: long enough, mixed, no placeholder."""
    text = text.strip().strip("\"'")
    if len(text) < 8 or " " in text or _PLACEHOLDER.match(text) or text.isdigit():
        return False
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return entropy >= 2.5 and any(not character.isalpha() for character in text)
