"""What the fixes of the supply chain need to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.documents import Path
from linter.core.values import dig
from linter.policy.model import CannotFixError, Subject

_BY_HTTPS = ("github.com", "gitlab.com", "bitbucket.org", "huggingface.co")


def https(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> str:  # noqa: ARG001
    """The address by https. Raises :class:`CannotFixError` for a host that may not answer so."""
    value = dig(subject.value, *at)
    rest = value.removeprefix("http://") if isinstance(value, str) else ""
    host = rest.partition("/")[0].lower()
    if host not in _BY_HTTPS and not host.startswith("git-codecommit."):
        raise CannotFixError("whether its host answers by https is not known")
    return f"https://{rest}"
