"""What stops an evaluation. The evaluator turns each into a located problem."""

from __future__ import annotations

from collections.abc import Callable


class EvaluationError(Exception):
    """Base of every error an expression can end in; ``try`` and ``can`` catch exactly these.

    ``message`` is one or more sentences, as good as Terraform's own; one that takes work is given
    as a function, called only when somebody reads it.
    """

    def __init__(self, message: str | Callable[[], str]) -> None:
        super().__init__()
        self._message = message

    @property
    def message(self) -> str:
        if not isinstance(self._message, str):
            self._message = self._message()
        return self._message

    def __str__(self) -> str:
        return self.message


class ConversionError(EvaluationError):
    """A value does not fit a type. ``path`` leads to the part that does not.

    ``message`` is without the path, as Terraform has it: ``a number is required``.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path

    def at(self, step: str | int) -> ConversionError:
        """The same error seen from the value that holds the part at ``step``."""
        return ConversionError(self.message, (step, *self.path))

    def __str__(self) -> str:
        shown = "".join(f"[{p}]" if isinstance(p, int) else f'["{p}"]' for p in self.path)
        return f"{shown}: {self.message}" if shown else self.message


class FunctionError(EvaluationError):
    """A function call that fails.

    Args:
        message: what Terraform says after ``Invalid value for "x" parameter: `` or
            ``Call to function "f" failed: ``.
        argument_index: the argument at fault, 0-based; ``None`` when it is the whole call.
    """

    def __init__(self, message: str | Callable[[], str], argument_index: int | None = None) -> None:
        super().__init__(message)
        self.argument_index = argument_index
