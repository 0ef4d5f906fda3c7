"""Imports: modules of the scanned tree are read, those of other packages are known by name."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from linter.readers.python import attributes
from linter.readers.python.values import Cell, External, ModuleValue, Scope, unknown

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine


def module(machine: Machine, name: str, node: ast.AST) -> Cell:
    """``import name``."""
    file = machine.tree.module(name, machine.frame.file)
    if file is not None:
        scope = machine.tree.run(machine, file)
        return machine.cell(ModuleValue(name, scope), node)
    if machine.tree.has_package(name, machine.frame.file):
        return machine.cell(_package(machine, name, node), node)
    _may_be_missing(machine, name)
    return machine.cell(External(name), node)


def _may_be_missing(machine: Machine, name: str) -> None:
    """Packages beside Python's own, and beside the SDK's, may not be there to be imported."""
    first = name.split(".", 1)[0]
    if first not in _THERE:
        machine.uncertain += 1


_THERE = frozenset({*sys.stdlib_module_names, "sagemaker", "boto3", "botocore"})


def _package(machine: Machine, name: str, node: ast.AST) -> ModuleValue:
    """A directory without ``__init__.py``: its modules are found as they are asked for."""
    return ModuleValue(name, Scope(rest=unknown(f"{name} is a package of the tree")))


def member(machine: Machine, node: ast.ImportFrom, name: str) -> Cell:
    """``from module import name``."""
    base = machine.tree.absolute(node.module or "", node.level, machine.frame.file)
    if base is None:
        return machine.cell(unknown("an import from outside of the tree"), node)
    inner = machine.tree.module(f"{base}.{name}" if base else name, machine.frame.file)
    file = machine.tree.module(base, machine.frame.file) if base else None
    if file is not None:
        scope = machine.tree.run(machine, file)
        found: Cell | None = scope.names.get(name)
        if found is not None:
            return found
        if inner is None:
            reason = f"{base} has no {name} that can be seen"
            return machine.cell(scope.rest or unknown(reason, name), node)
    if inner is not None:
        return machine.cell(ModuleValue(f"{base}.{name}", machine.tree.run(machine, inner)), node)
    if file is None and not machine.tree.has_package(base, machine.frame.file):
        full = f"{base}.{name}"
        replaced = attributes.replacement(machine, full, machine.place(node))
        if replaced is not None:
            return replaced
        _may_be_missing(machine, base)
        return machine.cell(External(full), node)
    return machine.cell(unknown(f"{base} has no {name} that can be seen", name), node)


def everything(machine: Machine, node: ast.ImportFrom) -> None:
    """``from module import *``."""
    scope = machine.frame.scope
    machine.touch(scope)
    base = machine.tree.absolute(node.module or "", node.level, machine.frame.file)
    file = machine.tree.module(base, machine.frame.file) if base else None
    if file is not None:
        found = machine.tree.run(machine, file)
        for name, cell in found.names.items():
            if not name.startswith("_"):
                scope.names[name] = cell
        scope.rest = scope.rest or found.rest
        return
    from linter.readers.python.sdk.table import names_of

    names = names_of(base or "")
    for name in names:
        scope.names[name] = machine.cell(External(f"{base}.{name}"), node)
    if not names:
        scope.rest = unknown(f"a name that may come from {base}, which is not read")
