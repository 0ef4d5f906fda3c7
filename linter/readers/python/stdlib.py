"""The standard library and its like, as far as pipelines use it to put values together."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from linter.core.values import MISSING, Template, Unknown, make_string
from linter.readers.python.builtin import Handler
from linter.readers.python.machine import Stopped
from linter.readers.python.values import (
    Cell,
    Instance,
    Map,
    Native,
    Opened,
    Parser,
    PathValue,
    Place,
    Scope,
    Seq,
    UserClass,
    is_scalar,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine

CONSTANTS: dict[str, Any] = {
    "os.sep": "/",
    "os.path.sep": "/",
    "os.linesep": "\n",
    "logging.DEBUG": 10,
    "logging.INFO": 20,
    "logging.WARNING": 30,
    "logging.ERROR": 40,
    "logging.CRITICAL": 50,
}


def _first(positional: list[Cell], keywords: dict[str, Cell], *names: str) -> Cell | None:
    if positional:
        return positional[0]
    return next((keywords[name] for name in names if name in keywords), None)


# --- the environment and the command line ---------------------------------------------------------


def _environment(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    """``os.environ.get(name, default)``: the default, where there is one."""
    name = positional[0].value if positional else None
    default = positional[1] if len(positional) > 1 else keywords.get("default")
    if default is not None and default.value is not None:
        return default
    shown = name[:80] if isinstance(name, str) else "of unknown name"
    machine.uncertain += 1
    return Cell(unknown(f"the environment variable {shown} has no value here", shown), place)


def _parser(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    return Cell(Parser(Map({})), place)


def of_parser(
    machine: Machine,
    receiver: Cell,
    name: str,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell:
    """``parser.add_argument`` and ``parser.parse_args``: an option is its default."""
    declared = receiver.value.declared
    if name == "add_argument":
        flags = [cell.value for cell in positional if isinstance(cell.value, str)]
        long = [flag for flag in flags if flag.startswith("--")] or flags
        dest = keywords.get("dest")
        key = dest.value if dest is not None else (long[0].lstrip("-") if long else None)
        if isinstance(key, str):
            machine.touch(declared)
            declared.items[key.replace("-", "_")] = _default_of(key, keywords, place)
        return Cell(unknown("an argument"), place)
    if name in ("parse_args", "parse_known_args"):
        made = Instance(
            UserClass("Namespace", machine.frame.file, Scope(), [], place),
            dict(declared.items),
            None,
        )
        cell = Cell(made, place)
        if name == "parse_known_args":
            return Cell(Seq([cell, Cell(unknown("further arguments"), place)], "tuple"), place)
        return cell
    if name in ("add_argument_group", "add_mutually_exclusive_group"):
        return receiver
    if name == "set_defaults":
        machine.touch(declared)
        declared.items.update(keywords)
    return Cell(unknown("a part of the command line"), place)


def _default_of(key: str, keywords: dict[str, Cell], place: Place) -> Cell:
    default = keywords.get("default")
    if default is not None and default.value is not None:
        return default
    action = keywords.get("action")
    if action is not None and action.value == "store_true":
        return Cell(False, place)
    if action is not None and action.value == "store_false":
        return Cell(True, place)
    return Cell(unknown(f"{key} is given on the command line", key), place)


def _stop(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    raise Stopped


# --- paths ----------------------------------------------------------------------------------------


def join_paths(parts: list[Any]) -> Any:
    """``os.path.join``, on what is known of the parts."""
    texts = [part.text if isinstance(part, PathValue) else part for part in parts]
    if all(isinstance(text, str) for text in texts) and texts:
        return posixpath.join(*texts)
    found: list[Any] = []
    for text in texts:
        if isinstance(text, str) and text.startswith("/"):
            found = [text]
            continue
        if found and not (isinstance(found[-1], str) and found[-1].endswith("/")):
            found.append("/")
        found.append(text if isinstance(text, str | Template | Unknown) else unknown(why(text)))
    return make_string(found)


def _join(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    return Cell(join_paths([cell.value for cell in positional]), place)


def _path_function(function: Any) -> Handler:
    def handler(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell:
        value = positional[0].value if positional else None
        text = value.text if isinstance(value, PathValue) else value
        if not isinstance(text, str):
            return Cell(unknown(why(text)), place)
        result = function(text)
        if isinstance(result, tuple):
            return Cell(Seq([Cell(item, place) for item in result], "tuple"), place)
        return Cell(result, place)

    return handler


def _same_path(text: str) -> str:
    """``abspath`` and ``realpath``: paths of the tree stay relative to it."""
    return posixpath.normpath(text)


def _exists(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    return Cell(unknown("whether a file is there when the script runs"), place)


def _here(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    return Cell(unknown("the directory that the script runs in"), place)


def _path(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    if not positional:
        return Cell(PathValue("."), place)
    return Cell(PathValue(join_paths([cell.value for cell in positional])), place)


def of_path(
    machine: Machine, value: PathValue, name: str, positional: list[Cell], place: Place
) -> Cell:
    """Methods of a :class:`pathlib.Path`."""
    text = value.text
    if name in ("resolve", "absolute", "expanduser"):
        return Cell(PathValue(_same_path(text) if isinstance(text, str) else text), place)
    if name == "as_posix" or name == "__str__":
        return Cell(text, place)
    if name == "joinpath":
        return Cell(PathValue(join_paths([text, *(c.value for c in positional)])), place)
    if name == "open":
        return Cell(Opened(text), place)
    if name == "read_text":
        return _read(machine, text, place)
    if name in ("with_suffix", "with_name") and isinstance(text, str) and positional:
        other = positional[0].value
        if isinstance(other, str):
            stem = posixpath.splitext(text)[0]
            made = (
                stem + other
                if name == "with_suffix"
                else posixpath.join(posixpath.dirname(text), other)
            )
            return Cell(PathValue(made), place)
    machine.uncertain += 1
    return Cell(unknown(f"what {name}() finds when the script runs"), place)


# --- files of the tree ----------------------------------------------------------------------------


def of_file(machine: Machine, value: Opened, name: str, place: Place) -> Cell:
    """Methods of an opened file."""
    if name in ("read", "__enter__"):
        return _read(machine, value.path, place)
    if name == "close":
        return Cell(None, place)
    return Cell(unknown("what a file holds"), place)


def _read(machine: Machine, path: Any, place: Place) -> Cell:
    if not isinstance(path, str):
        return Cell(unknown(f"a file whose path is not known: {why(path)}"), place)
    text = machine.tree.text(path, machine.frame.file)
    if text is None:
        machine.uncertain += 1
        return Cell(unknown(f"{path[:120]} is not in the tree that is read"), place)
    return Cell(text, place)


def _load(parse: str) -> Handler:
    def handler(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell:
        cell = _first(positional, keywords, "fp", "stream", "s")
        value = cell.value if cell is not None else None
        if isinstance(value, Opened):
            value = _read(machine, value.path, place).value
        elif isinstance(value, PathValue):
            value = _read(machine, value.text, place).value
        if not isinstance(value, str):
            return Cell(unknown(why(value)), place)
        found = machine.tree.data(parse, value)
        if found is None:
            machine.uncertain += 1
            return Cell(unknown("a text that cannot be read as data"), place)
        return _as_cell(found[0], place)

    return handler


def _as_cell(value: Any, place: Place) -> Cell:
    """Data as the reader's values; what is no plain data is unknown."""
    if isinstance(value, dict):
        items = {key: _as_cell(item, place) for key, item in value.items() if is_scalar(key)}
        return Cell(Map(items), place)
    if isinstance(value, list):
        return Cell(Seq([_as_cell(item, place) for item in value]), place)
    if is_scalar(value):
        return Cell(value, place)
    return Cell(unknown("a value that is no plain data"), place)


def _dump(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    import json

    from linter.readers.python.operators import literal

    value = positional[0].value if positional else None
    plain = literal(value)
    if plain is MISSING:
        return Cell(Template((unknown("a text made of what is not wholly known"),)), place)
    try:
        options = {k: c.value for k, c in keywords.items() if k in ("indent", "sort_keys")}
        return Cell(json.dumps(plain, **options), place)
    except (TypeError, ValueError):
        return Cell(unknown("a value that is no JSON"), place)


# --- others ---------------------------------------------------------------------------------------


def _copy(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    return _copied(positional[0], 0) if positional else None


def _copied(cell: Cell, depth: int) -> Cell:
    value = cell.value
    if depth > 60:
        return Cell(unknown("a value that is nested too deeply"), cell.place)
    if isinstance(value, Seq):
        return Cell(Seq([_copied(c, depth + 1) for c in value.items], value.kind), cell.place)
    if isinstance(value, Map):
        items = {key: _copied(c, depth + 1) for key, c in value.items.items()}
        possible = {key: _copied(c, depth + 1) for key, c in value.possible.items()}
        return Cell(Map(items, dict(value.keys), value.rest, possible), cell.place)
    return cell


def _partial(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    if not positional:
        return None
    function, *given = positional

    def later(machine: Machine, more: list[Cell], further: dict[str, Cell], where: Place) -> Cell:
        from linter.readers.python.calls import call

        return call(machine, function, [*given, *more], {**keywords, **further}, None, where.node)

    return Cell(Native(later, "functools.partial"), place)


def _namedtuple(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    names = positional[1].value if len(positional) > 1 else None
    if isinstance(names, str):
        fields = names.replace(",", " ").split()
    elif isinstance(names, Seq) and all(isinstance(c.value, str) for c in names.items):
        fields = [c.value for c in names.items]
    else:
        return None
    made = UserClass("namedtuple", machine.frame.file, Scope(), [], place)
    made.fields = [(name, None) for name in fields]
    return Cell(made, place)


def _default_dict(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    return Cell(Map({}, rest=unknown("a member that a defaultdict makes")), place)


def _ordered(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.builtin import BUILTINS

    return BUILTINS["dict"](machine, positional, keywords, place)


def _chain(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.methods import extend

    made = Seq([])
    for cell in positional:
        extend(made, cell)
    return Cell(made, place)


def _dataclass_dict(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    value = positional[0].value if positional else None
    if isinstance(value, Instance) and value.cls.fields is not None:
        return Cell(Map({name: value.names[name] for name, _ in value.cls.fields}), place)
    return None


def _import_module(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python import imports

    name = positional[0].value if positional else None
    if isinstance(name, str) and not name.startswith("."):
        return imports.module(machine, name, place.node)
    return None


FUNCTIONS: dict[str, Handler] = {
    "os.environ.get": _environment,
    "os.getenv": _environment,
    "os.path.join": _join,
    "posixpath.join": _join,
    "os.path.dirname": _path_function(posixpath.dirname),
    "os.path.basename": _path_function(posixpath.basename),
    "os.path.abspath": _path_function(_same_path),
    "os.path.realpath": _path_function(_same_path),
    "os.path.normpath": _path_function(posixpath.normpath),
    "os.path.expanduser": _path_function(_same_path),
    "os.path.splitext": _path_function(posixpath.splitext),
    "os.path.split": _path_function(posixpath.split),
    "os.path.exists": _exists,
    "os.path.isfile": _exists,
    "os.path.isdir": _exists,
    "os.getcwd": _here,
    "pathlib.Path": _path,
    "pathlib.PurePosixPath": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "argparse.ArgumentParser": _parser,
    "sys.exit": _stop,
    "os._exit": _stop,
    "json.load": _load("json"),
    "json.loads": _load("json"),
    "yaml.safe_load": _load("yaml"),
    "yaml.load": _load("yaml"),
    "yaml.full_load": _load("yaml"),
    "tomllib.load": _load("toml"),
    "tomllib.loads": _load("toml"),
    "toml.load": _load("toml"),
    "toml.loads": _load("toml"),
    "json.dumps": _dump,
    "copy.copy": _copy,
    "copy.deepcopy": _copy,
    "functools.partial": _partial,
    "collections.namedtuple": _namedtuple,
    "collections.OrderedDict": _ordered,
    "collections.defaultdict": _default_dict,
    "itertools.chain": _chain,
    "dataclasses.asdict": _dataclass_dict,
    "importlib.import_module": _import_module,
}
