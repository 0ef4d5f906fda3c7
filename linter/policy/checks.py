"""Python checks beside rule files: found and imported when their subject occurs."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path as FilePath
from types import ModuleType
from typing import Any

from linter.core.digest import sha256
from linter.core.documents import Path
from linter.policy.model import Subject
from linter.policy.rule import Rule, Target
from linter.policy.runner import Check


class CheckError(Exception):
    """A Python check that cannot be imported, or is not there."""


def load_check(rule: Rule, target: Target) -> Check:
    """The function a target's ``check`` names. Raises :class:`CheckError`."""
    check: Check = _function(rule, target.check, "check")
    return check


def compute_fix(
    rule: Rule, name: str, subject: Subject, at: Path, parameters: Mapping[str, Any]
) -> Any:
    """What the function of an edit's ``compute`` gives for a place of a subject.

    Raises:
        CannotFixError: it cannot be worked out.
        CheckError: there is no such function.
    """
    return _function(rule, name, "fix")(subject, at, parameters)


def edit_place(edit: Mapping[str, Any], match: Path) -> Path:
    """Where an edit is made: at what failed, or at the path that it names."""
    if edit["at"] == "match":
        return match
    return tuple(step[1] if isinstance(step, list | tuple) else step for step in edit["at"])


def _function(rule: Rule, name: str, what: str) -> Any:
    module_name, _, function_name = name.partition(":")
    try:
        module = _module(rule, module_name)
    except Exception as error:
        raise CheckError(
            f"{rule.file}: the {what} {name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise CheckError(f"{rule.file}: {module_name}.py has no function {function_name}")
    return function


def _module(rule: Rule, name: str) -> ModuleType:
    if rule.package:
        return importlib.import_module(f"{rule.package}.{name}")
    path = FilePath(rule.file).parent / f"{name}.py"
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}")
    digest = sha256(str(path.resolve()).encode()).hexdigest()[:16]
    full_name = f"_pipewarden_rules_{digest}_{name}"
    found = sys.modules.get(full_name)
    if found is not None:
        return found
    spec = importlib.util.spec_from_file_location(full_name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[full_name]
        raise
    return module
