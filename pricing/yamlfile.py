"""YAML files of users, decoded strictly: exact numbers, and the place of every value."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from linter.core.record import record

MAX_BYTES = 4_000_000
MAX_NODES = 200_000
MAX_DEPTH = 20


@record
class FileProblem:
    """One thing wrong with a file of the user's."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class UserFileError(ValueError):
    """A file that is refused; each problem is one line."""

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_file(path: str) -> str:
    """A file's text. Raises :class:`UserFileError`; a device or pipe is not waited for."""
    import os

    reason = ""
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
            reason = "not a regular file"
        else:
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read(MAX_BYTES + 1)
            if len(data) <= MAX_BYTES:
                return data.decode("utf-8-sig")
            reason = f"larger than {MAX_BYTES} bytes"
    except UnicodeDecodeError:
        reason = "not UTF-8 text"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    raise UserFileError([FileProblem(path, 1, 1, f"cannot be read: {reason}")])


@record
class Item:
    """A decoded value and where it is written (1-based).

    ``value`` is a ``dict`` of items, a ``list`` of items, a string, ``Decimal``, ``bool`` or
    ``None``. A member of a mapping has the place of its key.
    """

    value: Any
    line: int
    column: int

    @property
    def described(self) -> str:
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        if self.value is None:
            return "nothing"
        return repr(self.value)[:60] if isinstance(self.value, str) else str(self.value)[:60]


class Reading:
    """One file being read: collects problems instead of stopping at the first."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[FileProblem] = []

    def wrong(self, item: Item, message: str) -> None:
        self.problems.append(FileProblem(self.path, item.line, item.column, message))

    def finish(self) -> None:
        """Raise :class:`UserFileError` if anything was wrong."""
        if self.problems:
            raise UserFileError(self.problems)

    def finish_unless_mapping(self, root: Item) -> None:
        """Stop at a file that is a list or a word: nothing more can be said of it."""
        if root.value is not None and not isinstance(root.value, dict):
            self.finish()

    def mapping(self, item: Item, what: str, keys: Iterable[str] | None = None) -> dict[str, Item]:
        """The members; an unknown key is a problem with the nearest known one."""
        if item.value is None:
            return {}
        if not isinstance(item.value, dict):
            self.wrong(item, f"{what} must be a mapping, not {item.described}")
            return {}
        members: dict[str, Item] = item.value
        if keys is not None:
            known = list(keys)
            for key, member in members.items():
                if key not in known:
                    self.wrong(member, f"{what} has no {key!r}{suggestion(key, known)}")
        return members

    def number(
        self, item: Item, what: str, low: Decimal | int, high: Decimal | int
    ) -> Decimal | None:
        value = item.value
        if not isinstance(value, Decimal):
            self.wrong(item, f"{what} must be a number, not {item.described}")
            return None
        if not low <= value <= high:
            self.wrong(item, f"{what} must be between {low} and {high}, not {value:f}")
            return None
        return value

    def text(self, item: Item, what: str) -> str | None:
        if isinstance(item.value, str) and item.value:
            return item.value
        self.wrong(item, f"{what} must be text, not {item.described}")
        return None


def is_version(value: Any) -> bool:
    """Whether a file says version 1; ``true`` equals 1 in Python and says nothing."""
    return not isinstance(value, bool) and value == 1


def suggestion(word: str, candidates: Iterable[str]) -> str:
    """``"; did you mean X?"``, or nothing."""
    from difflib import get_close_matches

    folded = {name.lower(): name for name in candidates}
    found = get_close_matches(word.lower()[:80], list(folded), 1, 0.55)
    return f"; did you mean {folded[found[0]]!r}?" if found else ""


def read_yaml(path: str, text: str) -> Item:
    """Decode one document. Raises :class:`UserFileError`.

    Anchors, tags and repeated keys are refused; numbers become ``Decimal``; there are no dates.
    """
    import yaml

    def refuse(line: int, column: int, message: str) -> UserFileError:
        return UserFileError([FileProblem(path, line, column, message)])

    if len(text) > MAX_BYTES:
        raise refuse(1, 1, f"the file is larger than {MAX_BYTES} bytes")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise refuse(line, column, f"not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise refuse(1, 1, f"not valid YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise refuse(1, 1, "the file is nested too deeply") from None
    if root is None:
        return Item(None, 1, 1)
    return _Decoder(path).decode(root, None, 0)


class _Decoder:
    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[int] = set()

    def _refuse(self, node: Any, message: str) -> UserFileError:
        mark = node.start_mark
        return UserFileError([FileProblem(self._path, mark.line + 1, mark.column + 1, message)])

    def decode(self, node: Any, key: Any, depth: int) -> Item:
        if id(node) in self._seen:
            raise self._refuse(node, "YAML anchors are not supported here")
        self._seen.add(id(node))
        if len(self._seen) > MAX_NODES:
            raise self._refuse(node, "the file has too many values")
        if depth > MAX_DEPTH:
            raise self._refuse(node, "the file is nested too deeply")
        mark = (key or node).start_mark
        return Item(self._value(node, depth), mark.line + 1, mark.column + 1)

    def _value(self, node: Any, depth: int) -> Any:
        if node.id == "mapping":
            members: dict[str, Item] = {}
            for key, value in node.value:
                if key.id != "scalar":
                    raise self._refuse(key, "a key must be plain text")
                if key.value in members:
                    raise self._refuse(key, f"the key {key.value!r} appears twice")
                members[key.value] = self.decode(value, key, depth + 1)
            return members
        if node.id == "sequence":
            return [self.decode(item, None, depth + 1) for item in node.value]
        return self._scalar(node)

    def _scalar(self, node: Any) -> Any:
        import re

        tag, text = node.tag.rpartition(":")[2], node.value
        if tag == "null":
            return None
        if tag == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if tag in ("int", "float") and re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?", text):
            return Decimal(text)
        return text
