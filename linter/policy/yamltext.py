"""YAML of rule files: plain values, and the line of each of them."""

from __future__ import annotations

from typing import Any

from linter.core.printable import printable

MAX_BYTES = 1_000_000
MAX_NODES = 50_000

Place = tuple[int, int]
"""Line and column, 1-based."""


class RuleFileError(ValueError):
    """A rule file that is refused, with its place and the reason."""

    def __init__(self, path: str, line: int, column: int, reason: str) -> None:
        super().__init__(f"{path}:{line}:{column}: {reason}")
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason


class YamlText:
    """A decoded file: ``data``, and where each path in it is written."""

    def __init__(self, path: str, data: Any, places: dict[tuple[str | int, ...], Place]) -> None:
        self.path = path
        self.data = data
        self._places = places

    def error(self, at: tuple[str | int, ...], reason: str) -> RuleFileError:
        """An error at the nearest written ancestor of a path."""
        while at and at not in self._places:
            at = at[:-1]
        line, column = self._places.get(at, (1, 1))
        return RuleFileError(self.path, line, column, reason)


def read_yaml(path: str, text: str) -> YamlText:
    """Decode one document. Raises :class:`RuleFileError`.

    Only ``true`` and ``false`` are booleans and there are no dates, so ``2020-12-01`` stays text.
    Duplicate keys, anchors and tags are refused.
    """
    import yaml

    if len(text) > MAX_BYTES:
        raise RuleFileError(path, 1, 1, f"the file is larger than {MAX_BYTES} bytes")
    loader = _loader_class()(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise RuleFileError(path, 1, 1, "the file is empty")
        places = _places(path, node)
        _check_scalars(path, loader, node)
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise RuleFileError(path, line, column, f"no valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise RuleFileError(path, 1, 1, f"no valid YAML: {error}") from None
    except RecursionError:
        raise RuleFileError(path, 1, 1, "the file is nested too deeply") from None
    finally:
        loader.dispose()
    return YamlText(path, data, places)


def _check_scalars(path: str, loader: Any, root: Any) -> None:
    """Refuse what looks like a number and is none: ``0x_`` is one to the loader's resolver."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.id == "mapping":
            waiting.extend(part for pair in node.value for part in pair)
        elif node.id == "sequence":
            waiting.extend(node.value)
        elif node.tag in _NUMBERS:
            try:
                loader.construct_object(node)
            except (ValueError, OverflowError):
                mark = node.start_mark
                reason = f"{printable(node.value, 40)} is no number; put it into quotes"
                raise RuleFileError(path, mark.line + 1, mark.column + 1, reason) from None


_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_loader: Any = None


def _loader_class() -> Any:
    global _loader
    if _loader is None:
        import re

        import yaml

        base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

        class Loader(base):  # type: ignore[misc]
            yaml_implicit_resolvers = {  # noqa: RUF012
                first: [
                    (tag, pattern)
                    for tag, pattern in resolvers
                    if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
                ]
                for first, resolvers in base.yaml_implicit_resolvers.items()
            }

        _boolean = re.compile(r"(?:true|false)\Z")  # the loader only asks how a text begins
        Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _boolean, list("tf"))
        _loader = Loader
    return _loader


_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")
)


def _places(path: str, root: Any) -> dict[tuple[str | int, ...], Place]:
    """Where every value is written (for a member: its key). Refuses what rules may not use."""
    places: dict[tuple[str | int, ...], Place] = {}
    seen: set[int] = set()
    stack: list[tuple[tuple[str | int, ...], Any, Place]] = [((), root, _place(root))]
    while stack:
        at, node, place = stack.pop()
        places[at] = place
        if id(node) in seen:
            raise RuleFileError(path, *place, "YAML anchors are not allowed in rule files")
        seen.add(id(node))
        if len(seen) > MAX_NODES:
            raise RuleFileError(path, *place, "the file has too many values")
        if node.tag not in _PLAIN_TAGS:
            raise RuleFileError(path, *_place(node), f"the YAML tag {node.tag} is not allowed")
        if node.id == "sequence":
            stack.extend(((*at, i), item, _place(item)) for i, item in enumerate(node.value))
        elif node.id == "mapping":
            names: set[str] = set()
            for key, item in node.value:
                if key.id != "scalar" or key.tag == "tag:yaml.org,2002:merge":
                    raise RuleFileError(path, *_place(key), "a key must be plain text")
                if key.value in names:
                    raise RuleFileError(path, *_place(key), f"the key {key.value} appears twice")
                names.add(key.value)
                stack.append(((*at, key.value), item, _place(key)))
    return places


def _place(node: Any) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1
