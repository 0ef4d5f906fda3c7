"""Functions that read files, render templates, or take paths apart."""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Callable

from linter.core.linear import PatternError, compiled
from linter.core.regex import lazy_regex
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.sets import set_of
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    STRING_TYPE,
    MapType,
    ObjectType,
    SetType,
)
from linter.readers.terraform.cty.value import (
    MAPPINGS,
    STRING,
    UNKNOWN,
    Value,
    boolean,
    string,
    unknown,
)
from linter.readers.terraform.functions.context import FunctionContext
from linter.readers.terraform.functions.hashes import base64_digest, hex_digest
from linter.readers.terraform.functions.signature import Function, anything, text
from linter.readers.terraform.functions.support import bounded, check_count, not_known

_IDENTIFIER = lazy_regex(r"[^\W\d][\w-]*")


def _not_here(path: str) -> str:
    return f"what {path} holds when Terraform runs is not known"


def file(path: Value, context: FunctionContext) -> Value:
    return context.read_file(path.data)


def filebase64(path: Value, context: FunctionContext) -> Value:
    raw = context.read_bytes(path.data)
    if raw is None:
        return unknown(_not_here(path.data), of=STRING_TYPE, not_null=True)
    return string(bounded(base64.b64encode(raw).decode("ascii")))


def fileexists(path: Value, context: FunctionContext) -> Value:
    exists = context.file_exists(path.data)
    if exists is None:
        return unknown(f"whether {path.data} exists is not known", of=BOOL_TYPE, not_null=True)
    return boolean(exists)


def _digest(make: Callable[[bytes, str], str], algorithm: str) -> Function:
    def run(path: Value, context: FunctionContext) -> Value:
        raw = context.read_bytes(path.data)
        if raw is None:
            return unknown(_not_here(path.data), of=STRING_TYPE, not_null=True)
        return string(make(raw, algorithm))

    return Function(run, (text("path"),), returns=STRING_TYPE, context=True)


def fileset(path: Value, pattern: Value, context: FunctionContext) -> Value:
    found = context.list_files(path.data)
    if found is None:
        why = f"which files {path.data} holds is not known"
        return unknown(why, of=SetType(STRING_TYPE), not_null=True)
    try:
        expression = compiled(glob_pattern(pattern.data))
    except PatternError:
        raise FunctionError(
            f"failed to glob pattern {pattern.data}: syntax error in pattern"
        ) from None
    names = [name for name in found if expression.fullmatch(name.encode("utf-8", "replace"))]
    check_count(len(names))
    return set_of([string(name) for name in names], STRING_TYPE)


def glob_pattern(pattern: str) -> str:
    """A ``fileset`` pattern as a regular expression.

    ``*`` and ``?`` stop at ``/``, ``**`` is any number of directories, ``{a,b}`` alternatives.
    """
    out: list[str] = []
    position = depth = 0
    pattern = posixpath.normpath(pattern)
    while position < len(pattern):
        char = pattern[position]
        if pattern.startswith("**/", position) and (position == 0 or pattern[position - 1] == "/"):
            out.append("(?:[^/]+/)*")
            position += 3
            continue
        if char == "*":
            while pattern.startswith("*", position + 1):
                position += 1
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "{":
            depth += 1
            out.append("(?:")
        elif char == "}" and depth:
            depth -= 1
            out.append(")")
        elif char == "," and depth:
            out.append("|")
        elif char == "[":
            end = pattern.find("]", position + 2)
            if end == -1:
                raise FunctionError(f"failed to glob pattern {pattern}: syntax error in pattern")
            inside = pattern[position + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out.append(f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]")
            position = end
        elif char == "\\" and position + 1 < len(pattern):
            position += 1
            out.append(re.escape(pattern[position]))
        else:
            out.append(re.escape(char))
        position += 1
    if depth:
        raise FunctionError(f"failed to glob pattern {pattern}: syntax error in pattern")
    return "".join(out)


def _variables(source: Value) -> dict[str, Value] | None:
    """A template's variables; ``None`` when not even their names are known."""
    if source.kind is UNKNOWN:
        of = source.type
        if isinstance(of, ObjectType) and source.not_null:
            return {name: unknown(source.data, of=inner) for name, inner in of.attributes.items()}
        if of is DYNAMIC or isinstance(of, MapType | ObjectType):
            return None
    if source.kind not in MAPPINGS:
        raise FunctionError("invalid vars value: must be a map", 1)
    for name in source.data:
        if not _IDENTIFIER.fullmatch(name):
            raise FunctionError(
                f'invalid template variable name "{name}": must start with a letter, followed by'
                " zero or more letters, digits, and underscores",
                1,
            )
    if source.rest is not None:
        return None
    found: dict[str, Value] = source.data
    return found


def templatefile(path: Value, variables: Value, context: FunctionContext) -> Value:
    if path.kind is UNKNOWN or not isinstance(path.data, str):
        return not_known(path, variables)
    return _render(context.read_file(path.data), variables, context, "templatefile")


def templatestring(template: Value, variables: Value, context: FunctionContext) -> Value:
    return _render(template, variables, context, "templatestring")


def _render(source: Value, variables: Value, context: FunctionContext, name: str) -> Value:
    scope = _variables(variables)
    if scope is None or source.kind is not STRING or not isinstance(source.data, str):
        return not_known(source, variables)
    return context.render_template(source, scope, name=name)


# --- paths -----------------------------------------------------------------------------------


def basename(path: Value) -> Value:
    source = path.data
    if not source:
        return string(".")
    stripped = source.rstrip("/")
    return string(stripped.rsplit("/", 1)[-1] if stripped else "/")


def dirname(path: Value) -> Value:
    head, slash, _ = path.data.rpartition("/")
    return string(_clean(head + slash))


def _clean(path: str) -> str:
    made = posixpath.normpath(path) if path else "."
    return made[1:] if made.startswith("//") else made


def abspath(path: Value, context: FunctionContext) -> Value:
    if path.data.startswith("/"):
        return string(_clean(path.data))
    absolute = context.absolute_path(path.data)
    if absolute is None:
        why = "the directory in which Terraform will run is not known"
        return unknown(why, of=STRING_TYPE, not_null=True)
    return string(absolute)


def pathexpand(path: Value) -> Value:
    if not path.data.startswith("~"):
        return string(path.data)
    if len(path.data) > 1 and path.data[1] not in "/\\":
        raise FunctionError("cannot expand user-specific home dir")
    why = "the home directory where Terraform will run is not known"
    return unknown(why, of=STRING_TYPE, not_null=True)


_PATH = (text("path"),)

FUNCTIONS = {
    "file": Function(file, _PATH, returns=STRING_TYPE, context=True),
    "filebase64": Function(filebase64, _PATH, returns=STRING_TYPE, context=True),
    "fileexists": Function(fileexists, _PATH, returns=BOOL_TYPE, context=True),
    "fileset": Function(
        fileset, (text("path"), text("pattern")), returns=SetType(STRING_TYPE), context=True
    ),
    "filemd5": _digest(hex_digest, "md5"),
    "filesha1": _digest(hex_digest, "sha1"),
    "filesha256": _digest(hex_digest, "sha256"),
    "filesha512": _digest(hex_digest, "sha512"),
    "filebase64sha256": _digest(base64_digest, "sha256"),
    "filebase64sha512": _digest(base64_digest, "sha512"),
    "templatefile": Function(
        templatefile, (text("path"), anything("vars")), partial=True, context=True
    ),
    "templatestring": Function(
        templatestring,
        (text("template"), anything("vars")),
        returns=STRING_TYPE,
        partial=True,
        context=True,
    ),
    "basename": Function(basename, _PATH, returns=STRING_TYPE),
    "dirname": Function(dirname, _PATH, returns=STRING_TYPE),
    "abspath": Function(abspath, _PATH, returns=STRING_TYPE, context=True),
    "pathexpand": Function(pathexpand, _PATH, returns=STRING_TYPE),
}
