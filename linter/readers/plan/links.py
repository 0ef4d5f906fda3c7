"""Which of its references a known text of a plan can have come by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.identity import split_address, without_keys
from linter.core.regex import lazy_regex
from linter.core.values import Linked

_WORD = lazy_regex(r"[^/:]+")


def keep_likely_links(documents: Iterable[Document]) -> None:
    """Drop references to resources none of whose known values occurs in a text.

    ``var.shared ? aws_security_group.g.id : "sg-1"`` refers to the group in a plan whichever it
    is. A text that is known has not come by an attribute that is not.
    """
    known: dict[str, set[str]] = {}
    linked: list[tuple[dict[str, Any] | list[Any], Any, Linked]] = []
    for document in documents:
        if not document.type or not isinstance(document.value, dict):
            continue
        texts = known.setdefault(without_keys(document.address), set())
        for holder, key, text in _texts(document.value):
            texts.add(str(text))
            if isinstance(text, Linked):
                linked.append((holder, key, text))
    for holder, key, text in linked:
        words = {str(text), *_WORD.findall(text)}
        links = tuple(link for link in text.links if _may_say(link, words, known))
        if links != text.links:
            holder[key] = Linked(text, links) if links else str(text)


def _texts(value: Any) -> Iterator[tuple[Any, Any, str]]:
    """The texts in a resource's arguments: (the dict or list that holds it, its key, the text)."""
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        for key, item in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if isinstance(item, str):
                yield holder, key, item
            elif isinstance(item, dict | list):
                waiting.append(item)


def _may_say(link: str, words: set[str], known: dict[str, set[str]]) -> bool:
    """Whether the text can be of what a reference names; True where that is not in the plan."""
    names = [name for name, _ in split_address(link)]
    start = 0
    while start + 1 < len(names) and names[start] == "module":
        start += 2
    for count in (start + 3, start + 2):
        texts = known.get(".".join(names[:count]))
        if texts is not None:
            return not words.isdisjoint(texts)
    return True
