"""Values made anew with other texts, however deep they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.core.values import OpenDict, Template


def with_texts(value: Any, change: Callable[[str | Template], Any]) -> Any:
    """A copy of a value in which every text, keys excepted, is what ``change`` makes of it.

    Iterative: depth is bounded by memory, not by the interpreter's stack.
    """
    whole: list[Any] = [value]
    pending: list[Any] = [whole]
    while pending:
        container = pending.pop()
        members = container.items() if isinstance(container, dict) else enumerate(container)
        for key, item in list(members):
            if isinstance(item, str | Template):
                container[key] = change(item)
            elif isinstance(item, OpenDict):
                container[key] = OpenDict(item, item.rest)
                pending.append(container[key])
            elif isinstance(item, dict | list):
                container[key] = item.copy()
                pending.append(container[key])
    return whole[0]
