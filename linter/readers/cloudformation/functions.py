"""CloudFormation's functions, each partly evaluated.

Every function takes the evaluator, its argument, the argument's path in the template and the
path of its result (``None`` when the result is only an operand).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Rest, Template, Unknown, lookup, make_string
from linter.readers.cloudformation.values import (
    NO_VALUE,
    as_text,
    first_unknown,
    json_text,
    unknown_of,
)

if TYPE_CHECKING:
    from linter.readers.cloudformation.evaluator import Evaluator

Function = Callable[["Evaluator", Any, Path, Path | None], Any]

SUBSTITUTION = lazy_regex(r"\$\{(!?)([^}]*)\}")
"""``${Name}``, ``${Name.Attribute}`` or, for a literal ``${…}``, ``${!…}``."""
_LOOP_VARIABLE = lazy_regex(r"[$&]\{([^}]*)\}")


def bind(text: str, bindings: dict[str, Any]) -> str | Template | Unknown:
    """Put loop variables into a text; ``&{X}`` keeps only a value's letters and digits."""
    parts: list[Any] = []
    position = 0
    for match in _LOOP_VARIABLE.finditer(text):
        if match[1] not in bindings:
            continue
        value = as_text(bindings[match[1]])
        if isinstance(value, str) and match.group().startswith("&"):
            value = re.sub(r"[^A-Za-z0-9]", "", value)
        parts += (text[position : match.start()], value)
        position = match.end()
    return make_string([*parts, text[position:]]) if parts else text


def _ref(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    return run.ref(argument, at, out)


def _get_attribute(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    del out
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) != 2:
        run.report("Fn::GetAtt needs a resource and an attribute", at)
        return Unknown("Fn::GetAtt is not written properly")
    name, attribute = (run.evaluate(item, (*at, i), None) for i, item in enumerate(argument))
    if not isinstance(name, str):
        return unknown_of("the resource of Fn::GetAtt is not known", [name])
    return run.get_attribute(name, attribute if isinstance(attribute, str) else "?", at)


def _limited(run: Evaluator, value: Any) -> Any:
    """Charge a made text to the template's allowance."""
    if isinstance(value, str):
        run.characters -= len(value)
    elif isinstance(value, Template):
        run.characters -= sum(len(part) for part in value.parts if isinstance(part, str))
    if run.characters < 0:
        return Unknown("the template makes too much text")
    return value


def sub_parts(run: Evaluator, argument: Any, at: Path) -> tuple[str, Path, dict[str, Any]] | None:
    """The text of an ``Fn::Sub``, where it is written, and the values of its own names."""
    if isinstance(argument, str):
        return argument, at, {}
    if (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], dict)
    ):
        own = {name: run.evaluate(item, (*at, 1, name), None) for name, item in argument[1].items()}
        return argument[0], (*at, 0), own
    return None


def substitute(run: Evaluator, name: str, own: dict[str, Any], at: Path) -> Any:
    """What ``${name}`` stands for in an ``Fn::Sub``."""
    name = name.strip()
    if name in own:
        return as_text(own[name])
    if name in run.bindings:
        return as_text(run.bindings[name])
    if name.startswith("AWS::") or "." not in name:
        return as_text(run.ref(name, at, None))
    resource, _, attribute = name.partition(".")
    return run.get_attribute(resource, attribute, at)


def _sub(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    found = sub_parts(run, argument, at)
    if found is None:
        run.report("Fn::Sub needs text, or text and a mapping", at)
        return Unknown("Fn::Sub is not written properly")
    text, place, own = found
    run.move(out, place)
    if run.characters < 0:
        return Unknown("the template makes too much text")
    parts: list[Any] = []
    position = 0
    room = run.characters
    for match in SUBSTITUTION.finditer(text):
        parts.append(text[position : match.start()])
        part = "${" + match[2] + "}" if match[1] else substitute(run, match[2], own, place)
        room -= len(part) if isinstance(part, str) else 1
        if room < 0:
            run.characters = room
            return Unknown("the template makes too much text")
        parts.append(part)
        position = match.end()
    parts.append(text[position:])
    return _limited(run, make_string(parts))


def _join(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    del out
    if not isinstance(argument, list) or len(argument) != 2:
        run.report("Fn::Join needs a delimiter and a list", at)
        return Unknown("Fn::Join is not written properly")
    delimiter = argument[0]
    values = run.evaluate(argument[1], (*at, 1), None)
    if not isinstance(delimiter, str):
        return Unknown("the delimiter of Fn::Join must be text")
    if isinstance(values, Unknown):
        return make_string([values])
    parts: list[Any] = []
    room = run.characters
    for index, item in enumerate(values if isinstance(values, list) else [values]):
        rest = isinstance(item, Rest)
        parts.append(delimiter if index and not rest else "")
        part = unknown_of("", [item]) if rest else as_text(item)
        room -= len(part) if isinstance(part, str) else 1
        if room < 0:
            run.characters = room
            return Unknown("the template makes too much text")
        parts.append(part)
    return _limited(run, make_string(parts))


def _split(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    del out
    if not isinstance(argument, list) or len(argument) != 2:
        run.report("Fn::Split needs a delimiter and text", at)
        return Unknown("Fn::Split is not written properly")
    delimiter = argument[0]
    text = as_text(run.evaluate(argument[1], (*at, 1), None))
    if not isinstance(delimiter, str) or not delimiter:
        return Unknown("the delimiter of Fn::Split must be text")
    if isinstance(text, str):
        return text.split(delimiter)
    if isinstance(text, Unknown):
        return unknown_of("", [text])
    # A delimiter may begin in the known text and end in the unknown: that piece is not certain.
    known: list[Any] = list(text.prefix.split(delimiter)[:-1])
    return [*known, Rest(text.reason, text.references)]


def _select(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        run.report("Fn::Select needs an index and a list", at)
        return Unknown("Fn::Select is not written properly")
    index = run.evaluate(argument[0], (*at, 0), None)
    if isinstance(index, str) and index.isascii() and index.isdigit() and len(index) < 10:
        index = int(index)
    values = run.evaluate(argument[1], (*at, 1), None)
    if not isinstance(index, int) or isinstance(index, bool):
        return unknown_of("the index of Fn::Select is not known", [index])
    if isinstance(values, Unknown):
        return Unknown(values.reason, values.references)
    found = lookup(values, index) if index >= 0 and isinstance(values, list) else MISSING
    if found is MISSING:
        run.report("Fn::Select takes an element that the list does not have", at)
        return Unknown("the list has no such element")
    if isinstance(found, Rest):
        return Unknown(found.reason, found.references)
    written = argument[1]
    if isinstance(written, list) and len(written) == len(values):
        # Evaluated once more, so that the trace leads to the element.
        return run.evaluate(written[index], (*at, 1, index), _moved(run, out, (*at, 1, index)))
    return found


def _moved(run: Evaluator, out: Path | None, place: Path) -> Path | None:
    run.move(out, place)
    return out


def _base64(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    del out
    text = as_text(run.evaluate(argument, at, None))
    if isinstance(text, str):
        encoded = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")
        return _limited(run, encoded)
    return unknown_of("", [first_unknown([text])])


def _import(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    del out
    name = run.evaluate(argument, at, None)
    shown = str(name)[:120] if isinstance(name, str | Template) else "?"
    inner = name.references if isinstance(name, Unknown | Template) else ()
    return Unknown(f"{shown} is exported by another stack", (f"import.{shown}", *inner))


def _to_json(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    value = run.structure(argument, at, out)
    if value is NO_VALUE:
        return Unknown("Fn::ToJsonString has no value")
    if isinstance(value, Unknown):
        return value
    return _limited(run, json_text(value))


def _length(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    del out
    values = run.evaluate(argument, at, None)
    if isinstance(values, list):
        rest = next((item for item in values if isinstance(item, Rest)), None)
        return len(values) if rest is None else Unknown(rest.reason, rest.references)
    if isinstance(values, Unknown):
        return Unknown(values.reason, values.references)
    return Unknown("Fn::Length needs a list")


def _if(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    return run.branch(argument, at, out)


def _find_in_map(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
    return run.find_in_map(argument, at, out)


def macro(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Unknown:
    """``Fn::Transform``: what a macro makes is known to AWS only, and named."""
    del out
    name = lookup(argument, "Name") if isinstance(argument, dict) else "?"
    shown = name[:80] if isinstance(name, str) else "?"
    run.report(f"What the macro {shown} makes is not known here", at, undecided=True)
    return Unknown(f"made by the macro {shown}")


def _elsewhere(what: str) -> Function:
    def function(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
        del out
        value = run.evaluate(argument, at, None)
        return Unknown(what, unknown_of("", [value]).references)

    return function


def _condition(name: str) -> Function:
    def function(run: Evaluator, argument: Any, at: Path, out: Path | None) -> Any:
        del at, out
        return run.conditions.truth({name: argument}, 1)

    return function


TABLE: dict[str, Function] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_attribute,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::ImportValue": _import,
    "Fn::ToJsonString": _to_json,
    "Fn::Length": _length,
    "Fn::Transform": macro,
    "Fn::GetAZs": _elsewhere("the availability zones depend on account and region"),
    "Fn::Cidr": _elsewhere("address blocks are computed when the stack is deployed"),
    "Fn::GetStackOutput": _elsewhere("the output of another stack"),
    "Fn::Equals": _condition("Fn::Equals"),
    "Fn::And": _condition("Fn::And"),
    "Fn::Or": _condition("Fn::Or"),
    "Fn::Not": _condition("Fn::Not"),
}
