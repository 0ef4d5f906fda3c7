"""The closed vocabulary of tests on one value, each three-valued.

Every test takes a value and an operand and says ``True``, ``False``, or ``None`` where the value
is not known well enough. A value of a type the test does not understand is ``None`` as well: a
surprise is never a pass. Missing values never come here; the rule states what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from linter.core.reads import settle
from linter.core.truth import Truth, agreement, conjunction, disjunction, kleene_not
from linter.core.values import MISSING, Choice, Inner, OpenDict, Rest, Template, Unknown
from linter.domain import instances
from linter.policy.durations import parse_duration

RESOURCE_ROOTS = ("var.", "Parameters.", "local.", "each.", "count.", "path.")
"""References that may stand for null: variables, pipeline parameters and what derives of them."""


def over_alternatives(value: Unknown, test: Callable[[Any], Truth], missing: Truth = None) -> Truth:
    """A test on an unknown that is one of a few values: what they agree on."""
    return agreement(
        missing if a is MISSING or a is None else decide(a, test) for a in value.alternatives
    )


def decide(value: Any, test: Callable[[Any], Truth]) -> Truth:
    """Apply a test to a value of any kind; choices and alternatives by all of theirs."""
    if isinstance(value, Unknown):
        return _settled(value, over_alternatives(value, test)) if value.alternatives else None
    if isinstance(value, Choice):
        return agreement(decide(item, test) for item in value.values)
    if isinstance(value, Template):
        return _settled(value, test(value))
    return test(value)


def is_set(value: Any) -> Truth:
    """Whether a value is there and is not null, ``""``, ``[]`` or ``{}``.

    An unresolved reference counts as set; of several alternatives all must be.
    """
    if value is MISSING or value is None:
        return False
    if isinstance(value, Rest | Inner):
        return None
    if isinstance(value, Unknown):
        if value.alternatives:
            return _settled(value, agreement(is_set(item) for item in value.alternatives))
        return _settled(value, True if value.references else None)
    if isinstance(value, Choice):
        return agreement(is_set(item) for item in value.values)
    if isinstance(value, Template):
        has_text = any(isinstance(part, str) for part in value.parts)
        return _settled(value, True if has_text or value.references else None)
    if isinstance(value, OpenDict):
        return True if value else None
    if isinstance(value, list) and value and all(isinstance(item, Rest) for item in value):
        return None
    return value not in ("", [], {}) if isinstance(value, str | list | dict) else True


def _settled(value: Any, truth: Truth) -> Truth:
    """An answer about a value that is not known: it need not be for the check to be sure."""
    if truth is not None:
        settle(value)
    return truth


def exists(value: Any) -> Truth:
    """Whether a value is there and is not null.

    A reference to an attribute of a resource exists; a variable without a value may be null.
    """
    if value is MISSING or value is None:
        return False
    if isinstance(value, Rest | Inner):
        return None
    if isinstance(value, Unknown):
        if value.alternatives:
            return _settled(value, agreement(exists(item) for item in value.alternatives))
        certain = value.references and not any(
            reference.startswith(RESOURCE_ROOTS) for reference in value.references
        )
        return _settled(value, True if certain else None)
    if isinstance(value, Choice):
        return agreement(exists(item) for item in value.values)
    if isinstance(value, Template):
        settle(value)
    return True


def equals(value: Any, other: Any, ignore_case: bool = False) -> Truth:
    """Deep equality; ``"true"`` equals ``true`` and ``"1"`` equals ``1``."""
    return decide(value, lambda item: _equal(item, other, ignore_case))


def _equal(value: Any, other: Any, ignore_case: bool) -> Truth:
    if isinstance(other, Unknown | Choice):
        return decide(other, lambda item: _equal(value, item, ignore_case))
    if isinstance(value, Unknown | Choice):
        return decide(value, lambda item: _equal(item, other, ignore_case))
    if isinstance(other, Template):
        if isinstance(value, Template):
            return True if value == other else None
        return _equal(other, value, ignore_case)
    if isinstance(value, Template):
        text = other if isinstance(other, str) else _scalar_text(other)
        if text is None:
            return False
        template, text = (_lower(value), text.lower()) if ignore_case else (value, text)
        return None if isinstance(template, Template) and template.may_equal(text) else False
    if isinstance(value, list) and isinstance(other, list):
        return _equal_lists(value, other, ignore_case)
    if isinstance(value, dict) and isinstance(other, dict):
        if isinstance(value, OpenDict) or isinstance(other, OpenDict):
            return None
        if value.keys() != other.keys():
            return False
        return conjunction(_equal(item, other[key], ignore_case) for key, item in value.items())
    if isinstance(value, list | dict) or isinstance(other, list | dict):
        return False
    left, right = _normal(value), _normal(other)
    if ignore_case and isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(type(left) is type(right) and left == right)


def _equal_lists(value: list[Any], other: list[Any], ignore_case: bool) -> Truth:
    if any(isinstance(item, Rest) for item in (*value, *other)):
        return None
    if len(value) != len(other):
        return False
    return conjunction(_equal(a, b, ignore_case) for a, b in zip(value, other, strict=True))


def _normal(value: Any) -> Any:
    """One form for a scalar that both JSON and text can write: numbers as float, booleans bool."""
    if isinstance(value, str):
        if value in ("true", "false", "True", "False"):
            return value in ("true", "True")
        number = _number(value)
        return str(value) if number is None else number  # whatever it was reached through
    if isinstance(value, bool) or value is None:
        return value
    return float(value) if isinstance(value, int) and abs(value) < 1 << 53 else value


def _scalar_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    if isinstance(value, str) and len(value) <= 40 and value.strip().replace("_", "x") == value:
        try:
            number = float(value)
        except ValueError:
            return None
        return number if abs(number) != float("inf") and number == number else None
    return None


def _lower(value: str | Template) -> str | Template:
    if isinstance(value, str):
        return value.lower()
    return Template(part.lower() if isinstance(part, str) else part for part in value.parts)


def _any_text(
    value: Any, operand: Any, ignore_case: bool, test: Callable[[str | Template, str], Truth]
) -> Truth:
    """A test of texts against any of the operand's texts."""
    texts = operand if isinstance(operand, list | tuple) else [operand]
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str | Template):
        return None
    if ignore_case:
        return disjunction(test(_lower(value), str(text).lower()) for text in texts)
    return disjunction(test(value, str(text)) for text in texts)


def _starts(value: str | Template, text: str) -> Truth:
    if isinstance(value, str):
        return value.startswith(text)
    prefix = value.prefix
    if prefix.startswith(text):
        return True
    return None if text.startswith(prefix) else False


def _ends(value: str | Template, text: str) -> Truth:
    if isinstance(value, str):
        return value.endswith(text)
    suffix = value.suffix
    if suffix.endswith(text):
        return True
    return None if text.endswith(suffix) else False


def _contains(value: str | Template, text: str) -> Truth:
    if isinstance(value, str):
        return text in value
    return True if any(isinstance(p, str) and text in p for p in value.parts) else None


def _like(value: str | Template, pattern: str) -> Truth:
    if isinstance(value, str):
        return glob(value, pattern)
    return glob_template(value, pattern)


def starts_with(value: Any, operand: Any, ignore_case: bool = False) -> Truth:
    return decide(value, lambda item: _any_text(item, operand, ignore_case, _starts))


def ends_with(value: Any, operand: Any, ignore_case: bool = False) -> Truth:
    return decide(value, lambda item: _any_text(item, operand, ignore_case, _ends))


def like(value: Any, operand: Any, ignore_case: bool = False) -> Truth:
    """Whether the text matches a glob of ``*`` and ``?``, or any of several."""
    return decide(value, lambda item: _any_text(item, operand, ignore_case, _like))


def contains(value: Any, operand: Any, ignore_case: bool = False) -> Truth:
    """Whether a text contains the operand, or a list has it as an element."""

    def test(item: Any) -> Truth:
        if isinstance(item, list):
            wanted = operand if isinstance(operand, list | tuple) else [operand]
            return disjunction(_has_element(item, one, ignore_case) for one in wanted)
        if isinstance(item, dict):
            return None
        return _any_text(item, operand, ignore_case, _contains)

    return decide(value, test)


def _has_element(items: list[Any], wanted: Any, ignore_case: bool) -> Truth:
    return disjunction(
        None if isinstance(item, Rest) else equals(item, wanted, ignore_case) for item in items
    )


def glob(text: str, pattern: str) -> bool:
    """Whether ``*`` and ``?`` match the whole text. Linear in text times pattern at worst."""
    position = mark = 0
    star = -1
    index = 0
    while position < len(text):
        if index < len(pattern) and pattern[index] == "*":
            star, mark = index, position
            index += 1
        elif index < len(pattern) and pattern[index] in ("?", text[position]):
            index += 1
            position += 1
        elif star >= 0:
            index = star + 1
            mark += 1
            position = mark
        else:
            return False
    return all(character == "*" for character in pattern[index:])


def glob_template(template: Template, pattern: str) -> Truth:
    """A glob on a partly known text, by the set of places in the pattern it may have reached."""
    if pattern.strip("*") == "" and pattern:
        return True
    everywhere = range(len(pattern) + 1)
    reached = _skip_stars({0}, pattern)
    for part in template.parts:
        if isinstance(part, Unknown):
            reached = {place for place in everywhere if place >= min(reached)}
            continue
        for character in part:
            reached = _skip_stars(
                {
                    place if pattern[place] == "*" else place + 1
                    for place in reached
                    if place < len(pattern) and pattern[place] in ("*", "?", character)
                },
                pattern,
            )
            if not reached:
                return False
    if len(pattern) not in reached:
        return False
    if "?" in pattern:
        return None
    # Only a star can cover the marks, and a star covers whatever the unknown parts turn out to be.
    marked = "".join(part if isinstance(part, str) else "\ufffe" for part in template.parts)
    return True if glob(marked, pattern) else None


def _skip_stars(places: set[int], pattern: str) -> set[int]:
    found = set(places)
    for place in places:
        while place < len(pattern) and pattern[place] == "*":
            place += 1
            found.add(place)
    return found


def compare(value: Any, operand: Any, test: Callable[[float, float], bool]) -> Truth:
    """An order test of numbers; numeric text counts as a number."""
    limit = _number(operand)
    if limit is None:
        return None

    def one(item: Any) -> Truth:
        number = _number(item)
        return None if number is None else test(number, limit)

    return decide(value, one)


def is_type(value: Any, operand: Any) -> Truth:
    """Whether the value is of (one of) the named types: ``string``, ``number`` …"""
    words = operand if isinstance(operand, list | tuple) else [operand]

    def test(item: Any) -> Truth:
        return any(_is_type(item, str(word)) for word in words)

    return decide(value, test)


def _is_type(value: Any, word: str) -> bool:
    if word == "string":
        return isinstance(value, str | Template)
    if word == "boolean":
        return isinstance(value, bool)
    if word == "list":
        return isinstance(value, list)
    if word == "object":
        return isinstance(value, dict)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return word == "number" or float(value).is_integer()


def size_range(value: Any) -> tuple[int, float] | None:
    """The least and greatest length of a text, list or mapping; ``None`` without a length."""
    if isinstance(value, Template):
        return sum(len(part) for part in value.parts if isinstance(part, str)), float("inf")
    if isinstance(value, list):
        known = sum(not isinstance(item, Rest) for item in value)
        return known, float("inf") if known < len(value) else known
    if isinstance(value, OpenDict):
        return len(value), float("inf")
    return (len(value), len(value)) if isinstance(value, str | dict) else None


def within(span: tuple[float, float], word: str, limit: float) -> Truth:
    """Whether every number of a range (``True``), or none (``False``), keeps a limit."""
    low, high = span
    if word == "equals":
        if low == high == limit:
            return True
        return False if not low <= limit <= high else None
    tests: dict[str, Callable[[float], bool]] = {
        "lt": lambda n: n < limit,
        "lte": lambda n: n <= limit,
        "gt": lambda n: n > limit,
        "gte": lambda n: n >= limit,
    }
    test = tests[word]
    return agreement((test(low), test(high)))


def length(value: Any, operand: Any) -> Truth:
    """A length against a number, or a mapping of ``lt`` … ``equals`` to numbers."""
    limits = operand if isinstance(operand, dict) else {"equals": operand}

    def test(item: Any) -> Truth:
        span = size_range(item)
        if span is None:
            return None
        return conjunction(
            None if _number(limit) is None else within(span, word, _number(limit) or 0.0)
            for word, limit in limits.items()
        )

    return decide(value, test)


def empty(value: Any, operand: Any = True) -> Truth:
    truth = length(value, 0)
    return truth if operand else kleene_not(truth)


def duration(value: Any, operand: Any) -> Truth:
    """Whether a text is an ISO 8601 duration, within limits that are durations or seconds."""

    def test(item: Any) -> Truth:
        if isinstance(item, Template):
            return None
        seconds = parse_duration(item) if isinstance(item, str) else None
        if seconds is None:
            return operand is False
        if isinstance(operand, bool):
            return operand
        truths: list[Truth] = []
        for word, limit in operand.items():
            bound = parse_duration(limit) if isinstance(limit, str) else _number(limit)
            truths.append(None if bound is None else within((seconds, seconds), word, bound))
        return conjunction(truths)

    return decide(value, test)


def instance(value: Any, operand: Any) -> Truth:
    """Whether an instance type is of (one of) the classes."""
    words = operand if isinstance(operand, list | tuple) else [operand]

    def test(item: Any) -> Truth:
        if isinstance(item, Template):
            return None
        parsed = instances.parse(item) if isinstance(item, str) else None
        if parsed is None:
            return None
        return any(instances.is_in_class(parsed, word) for word in words)

    return decide(value, test)


def _elements(value: Any) -> list[Any] | None:
    if isinstance(value, list):
        return value
    return None if isinstance(value, dict) else [value]


def subset_of(value: Any, operand: Any, ignore_case: bool = False) -> Truth:
    def test(item: Any) -> Truth:
        elements = _elements(item)
        if elements is None or not isinstance(operand, list | tuple):
            return None
        return conjunction(
            None if isinstance(e, Rest) else _in(e, operand, ignore_case) for e in elements
        )

    return decide(value, test)


def superset_of(value: Any, operand: Any, ignore_case: bool = False) -> Truth:
    def test(item: Any) -> Truth:
        elements = _elements(item)
        if elements is None or not isinstance(operand, list | tuple):
            return None
        return conjunction(_has_element(elements, wanted, ignore_case) for wanted in operand)

    return decide(value, test)


def disjoint_from(value: Any, operand: Any, ignore_case: bool = False) -> Truth:
    def test(item: Any) -> Truth:
        elements = _elements(item)
        if elements is None or not isinstance(operand, list | tuple):
            return None
        return conjunction(
            kleene_not(_has_element(elements, wanted, ignore_case)) for wanted in operand
        )

    return decide(value, test)


def one_of(value: Any, operand: Any, ignore_case: bool = False) -> Truth:
    if not isinstance(operand, list | tuple):
        return None
    return decide(value, lambda item: _in(item, operand, ignore_case))


def _in(value: Any, operand: Iterable[Any], ignore_case: bool) -> Truth:
    return disjunction(equals(value, other, ignore_case) for other in operand)


def matches(value: Any, pattern: str, ignore_case: bool = False) -> Truth:
    """A full match of a regular expression; a partly known text is not decided."""
    from linter.core.linear import compiled

    def test(item: Any) -> Truth:
        if isinstance(item, int | float) and not isinstance(item, bool):
            item = str(item)
        if not isinstance(item, str):
            return None
        expression = compiled(pattern, ignore_case=ignore_case, dot_all=True)
        return expression.fullmatch(item.encode("utf-8", "surrogatepass")) is not None

    return decide(value, test)
