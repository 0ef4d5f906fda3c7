"""Regular expressions that are compiled when they are first used, not when a module is imported."""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = (
    *("match", "fullmatch", "search", "sub", "subn", "split", "finditer", "findall"),
    *("pattern", "flags", "groups", "groupindex"),
)


class _Pattern:
    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self._source, self._flags)
        for method in _METHODS:
            self.__dict__[method] = getattr(compiled, method)
        return self.__dict__[name]


def lazy_regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """As :func:`re.compile`, but compiled at first use; from then on as fast."""
    return cast("re.Pattern[str]", _Pattern(source, flags))
