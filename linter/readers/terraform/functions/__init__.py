"""Terraform's built-in functions.

:func:`call` is the whole interface for the evaluator, with :func:`call_lazy` for ``try`` and
``can``, whose arguments are evaluated one by one. Modules are imported when a function of
theirs is first called.
"""

from __future__ import annotations

from linter.readers.terraform.functions.context import FunctionContext
from linter.readers.terraform.functions.registry import (
    LAZY,
    call,
    call_lazy,
    exists,
    is_lazy,
    is_of_provider,
    names,
)

__all__ = [
    "LAZY",
    "FunctionContext",
    "call",
    "call_lazy",
    "exists",
    "is_lazy",
    "is_of_provider",
    "names",
]
