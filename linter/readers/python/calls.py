"""Calls: of the script's own functions and classes, of the SDK, of what else is known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from linter.core.values import Unknown
from linter.readers.python import classes
from linter.readers.python.machine import Raised
from linter.readers.python.values import (
    Bound,
    Cell,
    External,
    Function,
    Instance,
    Loose,
    Map,
    Method,
    Native,
    OneOf,
    Place,
    Sdk,
    Seq,
    UserClass,
    is_scalar,
    unknown,
    unless_given,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine


def call(
    machine: Machine,
    function: Cell,
    positional: list[Cell],
    keywords: dict[str, Cell],
    rest: Unknown | None,
    node: ast.AST,
) -> Cell:
    """What a call gives. Raises ``Raised`` for what fails for sure."""
    machine.step()
    value = function.value
    place = machine.place(node)
    if not isinstance(value, Function | Bound | UserClass | Instance | OneOf) and (
        getattr(value, "name", "") not in _TAKES_ANY
    ):
        # To what is not the script's own, a keyword that is not given is as one that is None.
        none = Cell(None, place)
        keywords = {name: unless_given(cell, none, place) for name, cell in keywords.items()}
    if isinstance(value, OneOf):
        return _one_of_several(machine, value, positional, keywords, rest, node)
    if isinstance(value, Function):
        return classes.call_function(machine, value, positional, keywords, place, rest)
    if isinstance(value, Bound):
        return machine.call(
            value.function, positional, keywords, place, receiver=value.receiver, rest=rest
        )
    if isinstance(value, UserClass):
        return classes.instantiate(machine, value, positional, keywords, place, rest)
    if isinstance(value, External):
        return _external(machine, value, positional, keywords, rest, place)
    if isinstance(value, Method):
        return _method(machine, value, positional, keywords, rest, place)
    if isinstance(value, Native):
        made: Cell = value.call(machine, positional, keywords, place)
        return made
    if isinstance(value, Instance):
        found = classes.call_method(machine, function, "__call__", place, positional, keywords)
        if found is not None:
            return found
    if is_scalar(value) or isinstance(value, Seq | Map):
        raise Raised("TypeError", place)
    return failed(machine, positional, keywords, place, why(value))


_TAKES_ANY = ("dict", "collections.OrderedDict", "update", "functools.partial")
"""Functions and methods to which a keyword that is not given is none at all."""


def _one_of_several(
    machine: Machine,
    value: OneOf,
    positional: list[Cell],
    keywords: dict[str, Cell],
    rest: Unknown | None,
    node: ast.AST,
) -> Cell:
    runs = [
        lambda one=one: call(machine, one, positional, keywords, rest, node) for one in value.cells
    ]
    return machine.either(runs, value.reason, machine.place(node))


def _external(
    machine: Machine,
    value: External,
    positional: list[Cell],
    keywords: dict[str, Cell],
    rest: Unknown | None,
    place: Place,
) -> Cell:
    name = value.name
    if name.startswith("sagemaker"):
        from linter.readers.python.sdk.objects import make

        made = make(machine, name, positional, keywords, rest, place)
        if made is not None:
            return made
        machine.uncertain += 1
        reason = f"{name}() is known only when the script runs"
        return Cell(unknown(reason), place)
    from linter.readers.python.builtin import BUILTINS
    from linter.readers.python.stdlib import FUNCTIONS

    handler = BUILTINS.get(name) or FUNCTIONS.get(name)
    if handler is not None and rest is None:
        found = handler(machine, positional, keywords, place)
        if found is not None:
            return found
    reason = f"{name}() is known only when the script runs"
    if harmless(name):
        machine.uncertain += 1
        return Cell(unknown(reason, f"{name}()"), place)
    return failed(machine, positional, keywords, place, reason)


_HARMLESS = frozenset(
    """
    abc argparse ast base64 boto3 botocore calendar click collections configparser contextlib
    copy csv datetime dateutil decimal dotenv enum fnmatch format functools getpass glob hash
    hashlib id importlib inspect io itertools json jsonschema len logging loguru math mlflow
    numbers numpy operator os pandas pathlib platform pprint print random re repr requests rich
    secrets shutil socket str string subprocess sys tempfile textwrap time timeit toml tomllib
    traceback typer types typing urllib uuid warnings yaml zipfile
    """.split()
)
"""Packages whose functions do not change what they are given."""


def harmless(name: str) -> bool:
    """Whether a function is known not to change what it is given."""
    return name.split(".", 1)[0] in _HARMLESS


def failed(
    machine: Machine,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
    reason: str,
) -> Cell:
    """What is not known of a call: also what it did to the lists and dicts that it was given."""
    machine.uncertain += 1
    for cell in (*positional, *keywords.values()):
        value = cell.value
        if isinstance(value, Seq) and value.kind not in ("tuple", "range"):
            machine.touch(value)
            value.later = None
            value.items.append(Cell(Loose((), f"it may have been changed: {reason}", True), place))
        elif isinstance(value, (Map, Sdk)):
            machine.touch(value)
            value.rest = unknown(f"it may have been changed: {reason}")
    return Cell(unknown(reason), place)


def _method(
    machine: Machine,
    value: Method,
    positional: list[Cell],
    keywords: dict[str, Cell],
    rest: Unknown | None,
    place: Place,
) -> Cell:
    receiver = value.receiver.value
    if isinstance(receiver, Sdk):
        from linter.readers.python.sdk.objects import call_method

        return call_method(machine, value.receiver, value.name, positional, keywords, rest, place)
    from linter.readers.python.methods import call_plain

    return call_plain(machine, value, positional, keywords, place)
