"""Partly known values.

A document's value is plain Python (``dict``, ``list``, ``str``, ``int``, ``float``, ``bool``,
``None``) plus the six classes of this module. Everything downstream (rules, prices, IAM
reasoning) sees only these.

==============  ==========================================================================
``Unknown``     nothing is known but why, and what it refers to
``Template``    a string of which some parts are known: ``arn:aws:s3:::`` + unknown + ``/*``
``Choice``      one of several known values, each of which may occur (a pipeline parameter
                with ``EnumValues``): a rule fails if any of them fails
``Rest``        inside a list: zero or more further elements that are not known
``OpenDict``    a dict that may hold more keys than the known ones (its ``rest`` may be
                ``PossibleKeys``, which names them)
``Linked``      a known string that was reached through a reference: still a ``str``
==============  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linter.core import reads


class Unknown:
    """A value that cannot be known from the text.

    Args:
        reason: one clause for people: ``var.n has no default``.
        references: what it refers to, as written: ``("var.n",)``,
            ``("aws_iam_role.sm_role.arn",)``. Linking uses them.
        alternatives: when one of a few known values holds but not which (a conditional on an
            unknown), those values; otherwise empty.
        links: the references it was reached through (``aws_s3_bucket.b.bucket`` where that is
            ``var.name``): they do not say what would decide it, but what it belongs to.
    """

    __slots__ = ("alternatives", "links", "reason", "references")

    def __init__(
        self,
        reason: str,
        references: Iterable[str] = (),
        alternatives: Iterable[Any] = (),
        links: Iterable[str] = (),
    ) -> None:
        self.reason = reason
        self.references = tuple(dict.fromkeys(references))
        self.alternatives = tuple(alternatives)
        self.links = tuple(links)

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self)
            and isinstance(other, Unknown)
            and self.reason == other.reason
            and self.references == other.references
            and self.alternatives == other.alternatives
        )

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.reason, self.references))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.reason!r}, {self.references!r})"


class Rest(Unknown):
    """Inside a list: zero or more further elements, none of them known.

    With ``alternatives``, each of the elements is one of these (``None``: there is none): what a
    loop over an unknown collection makes is known but for how often, and for what it loops over.
    """

    __slots__ = ()


class Inner(Unknown):
    """What may or may not stand inside of ``container``, of which nothing is known there.

    Unlike a reference that stands at its place, it does not say that anything is set.
    """

    __slots__ = ("container",)

    def __init__(self, container: Unknown) -> None:
        super().__init__(container.reason, container.references)
        self.container: Unknown = getattr(container, "container", container)


class PossibleKeys(Unknown):
    """What may follow in an :class:`OpenDict` when those keys are known: they, and no others.

    ``possible`` holds the value that each key has if it is there.
    """

    __slots__ = ("possible",)

    def __init__(self, reason: str, references: Iterable[str], possible: Mapping[str, Any]) -> None:
        super().__init__(reason, references)
        self.possible = dict(possible)

    def __eq__(self, other: object) -> bool:
        return (
            super().__eq__(other)
            and isinstance(other, PossibleKeys)
            and self.possible == other.possible
        )

    __hash__ = Unknown.__hash__

    def may_be(self, key: str | int) -> Unknown | _Missing:
        """What a key that is not known to be there stands for."""
        if key not in self.possible:
            return MISSING
        value = self.possible[str(key)]
        seen = value.alternatives if type(value) is Unknown and value.alternatives else (value,)
        return Unknown(self.reason, self.references, (*seen, None))


class Template:
    """A string of which some parts are known.

    ``parts`` alternates freely between non-empty ``str`` and ``Unknown``; there is at least one
    ``Unknown`` and adjacent strings are joined. Build one with :func:`make_string`. ``links`` are
    those of an :class:`Unknown`.
    """

    __slots__ = ("links", "parts")

    def __init__(self, parts: Iterable[str | Unknown], links: Iterable[str] = ()) -> None:
        self.parts: tuple[str | Unknown, ...] = tuple(parts)
        self.links = tuple(links)

    @property
    def prefix(self) -> str:
        """The known text at the start, ``""`` when it starts with an unknown."""
        first = self.parts[0]
        return first if isinstance(first, str) else ""

    @property
    def suffix(self) -> str:
        """The known text at the end, ``""`` when it ends with an unknown."""
        last = self.parts[-1]
        return last if isinstance(last, str) else ""

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        return tuple(part for part in self.parts if isinstance(part, Unknown))

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r for part in self.unknowns for r in part.references))

    @property
    def reason(self) -> str:
        return "; ".join(dict.fromkeys(part.reason for part in self.unknowns))

    def may_equal(self, text: str) -> bool:
        """Whether some value of the unknown parts makes this template equal ``text``."""
        start, *middle = self.parts
        position = 0
        if isinstance(start, str):
            if not text.startswith(start):
                return False
            position = len(start)
        # The first place of each known part leaves the most for those after it.
        for part in middle[:-1]:
            if isinstance(part, str):
                found = text.find(part, position)
                if found < 0:
                    return False
                position = found + len(part)
        last = self.parts[-1]
        if not middle or not isinstance(last, str):
            return True
        return len(text) - len(last) >= position and text.endswith(last)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Template({self.parts!r})"

    def __str__(self) -> str:
        """For people: ``arn:aws:s3:::${var.bucket}/*``."""
        return "".join(
            part if isinstance(part, str) else "${" + (", ".join(part.references) or "?") + "}"
            for part in self.parts
        )


class Linked(str):
    """A known string with the references it was reached through.

    ``bucket = aws_s3_bucket.b.bucket`` is the bucket's name wherever that is known, and it is that
    bucket whatever another one of the same name says. Equal to, and hashed like, its text; what is
    computed from it is plain text again.
    """

    __slots__ = ("links",)

    links: tuple[str, ...]

    def __new__(cls, text: str, links: Iterable[str]) -> Linked:
        made = super().__new__(cls, text)
        made.links = tuple(links)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return (Linked, (str(self), self.links))


class Choice:
    """One of ``values``; each may occur, so a rule fails if any of them fails."""

    __slots__ = ("references", "values")

    def __init__(self, values: Iterable[Any], references: Iterable[str] = ()) -> None:
        self.values = tuple(values)
        self.references = tuple(references)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Choice) and self.values == other.values

    def __hash__(self) -> int:
        return hash(("Choice", self.references, len(self.values)))

    def __repr__(self) -> str:
        return f"Choice({self.values!r}, {self.references!r})"


class OpenDict(dict[str, Any]):
    """A dict that may hold more keys than the known ones.

    The known keys and values are certain. A key that is absent is *not* known to be absent:
    ask with :func:`lookup`, never with ``in`` or ``.get``.
    """

    __slots__ = ("rest",)

    def __init__(self, known: Any = (), rest: Unknown | None = None) -> None:
        super().__init__(known)
        self.rest = rest if rest is not None else Unknown("more keys may follow")


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()
"""What :func:`lookup` returns for a key that is certainly absent."""


def lookup(container: Any, key: str | int) -> Any:
    """The member of a container, ``Unknown`` when it may exist, ``MISSING`` when it cannot.

    Works on a ``dict`` (or ``OpenDict``) with a string key and on a ``list`` with an int index;
    an index behind a ``Rest`` is unknown. Looking into an ``Unknown`` gives that unknown, into
    anything else ``MISSING``. What is not known of the answer is noted (:mod:`linter.core.reads`).
    """
    found = _member(container, key)
    if type(found) not in _PLAIN and reads.watched():
        note_unknown(found)
    return found


_PLAIN = frozenset((str, bool, int, float, type(None), dict))


def note_unknown(value: Any) -> Any:
    """Note what a value leaves open at its own level: itself, elements, further keys."""
    if isinstance(value, Inner):
        reads.note(value.container)
    elif isinstance(value, Unknown | Template):
        reads.note(value)
    elif isinstance(value, list):
        reads.note(*(item for item in value if isinstance(item, Unknown | Template)))
    elif isinstance(value, OpenDict):
        reads.note(value.rest)
    return value


def _member(container: Any, key: str | int) -> Any:
    if isinstance(container, dict):
        if key in container:
            return container[key]
        if isinstance(container, OpenDict):
            more = container.rest
            return more.may_be(key) if isinstance(more, PossibleKeys) else Inner(more)
        return MISSING
    if isinstance(container, list) and isinstance(key, int) and not isinstance(key, bool):
        rest = next((item for item in container if isinstance(item, Rest)), None)
        if rest is not None and (key < 0 or key >= container.index(rest)):
            return rest
        return container[key] if -len(container) <= key < len(container) else MISSING
    if isinstance(container, Unknown):
        return container if container.alternatives else Inner(container)
    return MISSING


def dig(container: Any, *path: str | int) -> Any:
    """:func:`lookup` along a path; ``MISSING`` or an ``Unknown`` where it cannot be followed."""
    value = container
    for key in path:
        value = lookup(value, key)
        if value is MISSING or isinstance(value, Inner):
            return value
    return value


MAX_TEMPLATE_PARTS = 2_000
"""Parts of a template that are kept apart; templates of templates multiply."""


def make_string(parts: Iterable[Any]) -> str | Template | Unknown:
    """Join text, templates and unknowns into the simplest value that says the same.

    A bare unknown becomes a ``Template`` of one part, because an interpolated unknown is
    certainly a string. What follows the first :data:`MAX_TEMPLATE_PARTS` parts is one unknown.
    """
    flat: list[str | Unknown] = []
    text: list[str] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Template) else (part,):
            if isinstance(piece, str):
                if piece:
                    text.append(piece)
                continue
            if text:
                flat.append("".join(text))
                text = []
            flat.append(piece)
            if len(flat) >= MAX_TEMPLATE_PARTS:
                flat.append(Unknown("the rest of a text with very many unknown parts"))
                return Template(flat)
    if text:
        flat.append("".join(text))
    if not flat:
        return ""
    if len(flat) == 1:
        only = flat[0]
        return only if isinstance(only, str) else Template((only,))
    return Template(flat)


def is_known(value: Any) -> bool:
    """Whether the value holds nothing unknown at any depth (a ``Choice`` is not known)."""
    return next(unknown_parts(value), None) is None


def unknown_parts(value: Any) -> Iterator[Unknown | Choice]:
    """Every ``Unknown``, ``Rest`` and ``Choice`` in the value, templates' parts included.

    Iterative: depth is bounded by memory, not by the interpreter's stack.
    """
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Unknown | Choice):
            yield item
        elif isinstance(item, Template):
            yield from item.unknowns
        elif isinstance(item, dict):
            if isinstance(item, OpenDict):
                yield item.rest
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def references_of(value: Any) -> tuple[str, ...]:
    """What the unknown parts of a value refer to, in no particular order, without repeats."""
    return tuple(dict.fromkeys(r for part in unknown_parts(value) for r in part.references))


def links_of(value: Any) -> tuple[str, ...]:
    """Every reference by which a value, or a part of it, was reached: known, unknown or in part.

    What the alternatives of an unknown were reached through is included. Without repeats, the
    nearest reference of each part first.
    """
    if type(value) is str:
        return ()
    found: dict[str, None] = {}
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Linked):
            found.update(dict.fromkeys(item.links))
        elif isinstance(item, Unknown):
            found.update(dict.fromkeys((*item.links, *item.references)))
            stack.extend(reversed(item.alternatives))
        elif isinstance(item, Template):
            found.update(dict.fromkeys(item.links))
            stack.extend(reversed(item.unknowns))
        elif isinstance(item, Choice):
            found.update(dict.fromkeys(item.references))
            stack.extend(reversed(item.values))
        elif isinstance(item, dict):
            if isinstance(item, OpenDict):
                stack.append(item.rest)
            stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            stack.extend(reversed(item))
    return tuple(found)


def with_links(value: Any, links: Iterable[str]) -> Any:
    """A text with what it was reached through besides; anything else as it is."""
    added = tuple(dict.fromkeys(links))
    if added and isinstance(value, str):
        return Linked(value, dict.fromkeys((*links_of(value), *added)))
    if added and isinstance(value, Template):
        return Template(value.parts, dict.fromkeys((*value.links, *added)))
    return value


def possible_values(value: Any) -> list[Any]:
    """What a value is one of, each with what the whole was reached through; else itself alone."""
    if isinstance(value, Choice):
        alternatives, links = value.values, value.references
    elif isinstance(value, Unknown) and value.alternatives:
        alternatives, links = value.alternatives, value.links
    else:
        return [value]
    return [with_links(inner, links) for one in alternatives for inner in possible_values(one)]


def walk(value: Any, *, max_depth: int = 1000) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value at any depth with its path, the outer before the inner, in document order."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while stack:
        path, item = stack.pop()
        yield path, item
        if isinstance(item, dict):
            if len(path) < max_depth:
                stack += [((*path, key), inner) for key, inner in item.items()][::-1]
        elif isinstance(item, list) and len(path) < max_depth:
            stack += [((*path, index), inner) for index, inner in enumerate(item)][::-1]


def to_json(value: Any) -> Any:
    """The JSON form that ``inspect`` prints: ``{"$unknown": {...}}``, ``{"$template": [...]}``."""
    if isinstance(value, Unknown):
        body: dict[str, Any] = {"because": value.reason, "references": list(value.references)}
        if value.alternatives:
            body["one_of"] = [to_json(item) for item in value.alternatives]
        return {"$rest" if isinstance(value, Rest) else "$unknown": body}
    if isinstance(value, Template):
        return {"$template": [to_json(part) for part in value.parts]}
    if isinstance(value, Choice):
        return {"$choice": [to_json(item) for item in value.values]}
    # Loops, not comprehensions: these would take a second frame for each level of nesting.
    if isinstance(value, dict):
        members: dict[str, Any] = {}
        for key, item in value.items():
            members[key] = to_json(item)
        if isinstance(value, OpenDict):
            rest = value.rest
            more: dict[str, Any] = {"because": rest.reason, "references": list(rest.references)}
            if isinstance(rest, PossibleKeys):
                more["keys"] = {key: to_json(item) for key, item in rest.possible.items()}
            members["$rest"] = more
        return members
    if isinstance(value, list):
        items: list[Any] = []
        for item in value:
            items.append(to_json(item))
        return items
    return value
