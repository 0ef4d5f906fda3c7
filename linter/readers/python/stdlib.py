"""The standard library and its like, as far as pipelines use it to put values together."""

from __future__ import annotations

import itertools
import math
import posixpath
from typing import TYPE_CHECKING, Any

from linter.core.values import MISSING, Template, Unknown, make_string
from linter.readers.python.builtin import Handler
from linter.readers.python.copying import copied
from linter.readers.python.iterating import ITERATOR, spread
from linter.readers.python.machine import MAX_ITEMS, MAX_NESTING, Raised, Stopped
from linter.readers.python.values import (
    CHECKOUT,
    Cell,
    Field,
    Instance,
    Map,
    Native,
    OneOf,
    Opened,
    Parser,
    PathValue,
    Place,
    Scope,
    Seq,
    UserClass,
    in_checkout,
    is_scalar,
    one_of,
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


def variable(machine: Machine, name: Any, default: Cell | None, place: Place) -> Cell:
    """An environment variable: what the script set it to, else its default, else not known."""
    known = machine.environment
    if isinstance(name, str) and name in known.items:
        return known.items[name]
    shown = name[:80] if isinstance(name, str) else "of unknown name"
    found = Cell(unknown(f"the environment variable {shown} has no value here", shown), place)
    if default is not None and default.value is not None:
        found = default
    maybe = known.possible.get(name) if isinstance(name, str) else None
    if maybe is not None:
        return one_of((maybe, found), f"the environment variable {shown} may be set", place)
    if known.rest is not None or not isinstance(name, str):
        return Cell(unknown(f"the environment variable {shown} is not known"), place)
    if isinstance(found.value, Unknown):
        machine.uncertain += 1
    return found


def _environment(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    """``os.environ.get(name, default)``."""
    name = positional[0] if positional else keywords.get("key")
    default = positional[1] if len(positional) > 1 else keywords.get("default")
    return variable(machine, name.value if name is not None else None, default, place)


def _set_default(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    """``os.environ.setdefault(name, value)``."""
    if len(positional) != 2:
        raise Raised("TypeError", place)
    found = variable(machine, positional[0].value, positional[1], place)
    set_variable(machine, positional[0].value, found)
    return found


def _update_environment(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.operators import update_map

    machine.touch(machine.environment)
    if positional:
        update_map(machine, machine.environment, positional[0])
    for name, cell in keywords.items():
        machine.environment.set(name, cell)
    return Cell(None, place)


def _take_variable(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    """``os.environ.pop(name, default)``."""
    found = _environment(machine, positional, keywords, place)
    if positional:
        forget_variable(machine, positional[0].value)
    return found


def set_variable(machine: Machine, name: Any, cell: Cell) -> None:
    """An environment variable that the script itself sets."""
    machine.touch(machine.environment)
    if isinstance(name, str):
        machine.environment.set(name, cell)
    else:
        machine.environment.doubt("an environment variable of unknown name is set")


def forget_variable(machine: Machine, name: Any) -> None:
    """An environment variable that the script itself removes."""
    machine.touch(machine.environment)
    if isinstance(name, str):
        machine.environment.items.pop(name, None)
        machine.environment.possible.pop(name, None)
    else:
        machine.environment.doubt("an environment variable of unknown name was removed")


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
            declared.items[key.replace("-", "_")] = _default_of(machine, key, keywords, place)
        return Cell(unknown("an argument"), place)
    if name in ("parse_args", "parse_known_args"):
        made = Instance(
            UserClass("Namespace", machine.frame.file, Scope(), [], place),
            dict(declared.items),
            unknown("an option that is not declared here"),
        )
        given = positional[0] if positional else keywords.get("args")
        if (given is not None and given.value is not None) or "namespace" in keywords:
            empty = given is not None and isinstance(given.value, Seq) and not given.value.items
            if not empty or "namespace" in keywords:
                reason = unknown("what the command line says is not read")
                made.names = {name: Cell(reason, cell.place) for name, cell in made.names.items()}
                made.rest = reason
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


def _default_of(machine: Machine, key: str, keywords: dict[str, Cell], place: Place) -> Cell:
    default = keywords.get("default")
    if default is not None and default.value is not None:
        return converted(machine, default, keywords.get("type"))
    action = keywords.get("action")
    if action is not None and action.value == "store_true":
        return Cell(False, place)
    if action is not None and action.value == "store_false":
        return Cell(True, place)
    return Cell(unknown(f"{key} is given on the command line", key), place)


def converted(machine: Machine, default: Cell, kind: Cell | None) -> Cell:
    """A default as an option gives it: a text goes through the option's type."""
    if kind is None or not isinstance(default.value, str):
        return default
    from linter.readers.python.calls import call

    made = call(machine, kind, [default], {}, None, default.place.node)
    return Cell(made.value, default.place)


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
        if isinstance(value, PathValue) and function is _at_home:
            return Cell(PathValue(result), place)
        if isinstance(result, tuple):
            return Cell(Seq([Cell(item, place) for item in result], "tuple"), place)
        return Cell(result, place)

    return handler


def _absolute(text: str) -> Any:
    """``abspath`` and ``realpath``; a relative path is taken from where the script runs."""
    return _tidy(posixpath.join(CHECKOUT, text))


def _tidy(text: str) -> Any:
    return _inside(text, posixpath.normpath(text))


def _directory(text: str) -> Any:
    return _inside(text, posixpath.dirname(text))


def _inside(text: str, result: str) -> Any:
    """What is above the directory that the tree is in is not known."""
    if in_checkout(text) and not in_checkout(result):
        return unknown("a directory above the one that the tree is in")
    return result


def _at_home(text: str) -> Any:
    return unknown("the home of whoever runs the script") if text.startswith("~") else text


def _exists(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    return Cell(unknown("whether a file is there when the script runs"), place)


def _here(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    return Cell(CHECKOUT, place)


def _path(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    if not positional:
        return Cell(PathValue("."), place)
    return Cell(path_of(join_paths([cell.value for cell in positional])), place)


def path_of(text: Any) -> PathValue:
    """A path as :mod:`pathlib` writes it: without ``.``, doubled and trailing slashes."""
    import pathlib

    if isinstance(text, str):
        return PathValue(str(pathlib.PurePosixPath(text)))
    if not isinstance(text, Template):
        return PathValue(text)
    plain = [part for part in text.parts if isinstance(part, str)]
    tidy = not any("//" in part or "/./" in part for part in plain)
    tidy = tidy and not text.suffix.endswith(("/", "/.")) and not text.prefix.startswith("./")
    whole = tidy and isinstance(text.parts[0], str)
    return PathValue(text if whole else unknown(why(text)))


def of_path(
    machine: Machine, value: PathValue, name: str, positional: list[Cell], place: Place
) -> Cell:
    """Methods of a :class:`pathlib.Path`."""
    text = value.text
    if name in ("resolve", "absolute"):
        known = _absolute(text) if isinstance(text, str) else unknown(why(text))
        return Cell(PathValue(known), place)
    if name == "expanduser":
        return Cell(PathValue(_at_home(text) if isinstance(text, str) else text), place)
    if name == "as_posix" or name == "__str__":
        return Cell(text, place)
    if name == "joinpath":
        return Cell(path_of(join_paths([text, *(c.value for c in positional)])), place)
    if name == "open":
        return Cell(Opened(text), place)
    if name == "read_text":
        return _read(machine, text, place)
    if name in ("with_suffix", "with_name", "with_stem") and isinstance(text, str) and positional:
        import pathlib

        other = positional[0].value
        if isinstance(other, str):
            try:
                made = getattr(pathlib.PurePosixPath(text), name)(other)
            except ValueError:
                raise Raised("ValueError", place) from None
            return Cell(PathValue(str(made)), place)
    machine.uncertain += 1
    return Cell(unknown(f"what {name}() finds when the script runs"), place)


# --- files of the tree ----------------------------------------------------------------------------


def of_file(machine: Machine, value: Opened, name: str, place: Place) -> Cell:
    """Methods of an opened file."""
    if name == "read":
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
        return _as_cell(machine, found[0], place)

    return handler


def _as_cell(machine: Machine, value: Any, place: Place, depth: int = 0) -> Cell:
    """Data as the reader's values; what is no plain data is unknown."""
    machine.step()
    if depth > MAX_NESTING:
        return Cell(unknown("data that is nested too deeply"), place)
    if isinstance(value, dict) and all(is_scalar(key) for key in value):
        items = {key: _as_cell(machine, item, place, depth + 1) for key, item in value.items()}
        return Cell(Map(items), place)
    if isinstance(value, list):
        return Cell(Seq([_as_cell(machine, item, place, depth + 1) for item in value]), place)
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
    options = {name: literal(cell.value) for name, cell in keywords.items()}
    known = set(options) <= _DUMP_OPTIONS and MISSING not in (plain, *options.values())
    if not known or len(positional) != 1:
        return Cell(Template((unknown("a text made of what is not wholly known"),)), place)
    try:
        return Cell(json.dumps(plain, **options), place)
    except (TypeError, ValueError) as error:
        raise Raised(type(error).__name__, place) from None


_DUMP_OPTIONS = frozenset({"indent", "sort_keys", "separators", "ensure_ascii", "allow_nan"})


# --- others ---------------------------------------------------------------------------------------


def _copy(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    """``copy.copy``: the same elements in a list, dict or object of its own."""
    return copied(machine, positional[0], deep=False) if positional else None


def _deep_copy(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    return copied(machine, positional[0], deep=True) if positional else None


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
    made.fields = [Field(name, None) for name in fields]
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

    made = Seq([], ITERATOR)
    for cell in positional:
        extend(machine, made, cell)
    return Cell(made, place)


def _product(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    lists = [spread(machine, cell) for cell in positional]
    known = [one for one in lists if one is not None]
    if keywords or len(known) < len(lists) or math.prod(len(one) for one in known) > MAX_ITEMS:
        return Cell(unknown("combinations of what is not wholly known"), place)
    rows = [Cell(Seq(list(row), "tuple"), place) for row in itertools.product(*known)]
    return Cell(Seq(rows, ITERATOR), place)


def _dataclass_dict(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    """``dataclasses.asdict``: of its fields and those of the objects in them."""
    value = positional[0].value if len(positional) == 1 and not keywords else None
    return _fields_of(machine, value, place) if isinstance(value, Instance) else None


def _fields_of(machine: Machine, value: Instance, place: Place) -> Cell | None:
    fields = value.cls.fields
    if fields is None or not all(name in value.names for name, _ in fields):
        return None
    found = Map({})
    for name, _ in fields:
        cell = value.names[name]
        if isinstance(cell.value, Instance):
            inner = _fields_of(machine, cell.value, place)
            cell = inner if inner is not None else Cell(unknown(f"{name} of an object"), place)
        elif isinstance(cell.value, Seq | Map) and _has_objects(cell.value):
            cell = Cell(unknown(f"{name}, which holds objects"), cell.place)
        else:
            cell = copied(machine, cell, deep=True)
        found.set(name, cell)
    return Cell(found, place)


def _has_objects(value: Any) -> bool:
    if isinstance(value, Seq):
        return any(_has_objects(cell.value) for cell in value.items)
    if isinstance(value, Map):
        return any(_has_objects(cell.value) for cell in value.items.values())
    return isinstance(value, Instance | OneOf)


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
    "os.environ.setdefault": _set_default,
    "os.environ.update": _update_environment,
    "os.environ.pop": _take_variable,
    "os.path.join": _join,
    "posixpath.join": _join,
    "os.path.dirname": _path_function(_directory),
    "os.path.basename": _path_function(posixpath.basename),
    "os.path.abspath": _path_function(_absolute),
    "os.path.realpath": _path_function(_absolute),
    "os.path.normpath": _path_function(_tidy),
    "os.path.expanduser": _path_function(_at_home),
    "os.path.splitext": _path_function(posixpath.splitext),
    "os.path.split": _path_function(lambda text: (_directory(text), posixpath.basename(text))),
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
    "copy.deepcopy": _deep_copy,
    "functools.partial": _partial,
    "collections.namedtuple": _namedtuple,
    "collections.OrderedDict": _ordered,
    "collections.defaultdict": _default_dict,
    "itertools.chain": _chain,
    "itertools.product": _product,
    "dataclasses.asdict": _dataclass_dict,
    "importlib.import_module": _import_module,
}
