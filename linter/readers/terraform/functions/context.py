"""What functions need from the evaluator: files, templates, directories."""

from __future__ import annotations

from typing import Protocol

from linter.readers.terraform.cty.value import Value


class FunctionContext(Protocol):
    """Implemented by the evaluator.

    Paths are as written in the call, relative ones to Terraform's working directory (the root
    module's directory). Every method raises ``EvaluationError`` for what Terraform would refuse
    and for what this program does not read (outside the scanned root, too large), except where
    it says otherwise.
    """

    def read_file(self, path: str) -> Value:
        """The file's text as a ``STRING`` whose ``origin`` and ``text_map`` point into it.

        An ``UNKNOWN`` where the file cannot be looked at but may exist for Terraform.
        """
        ...

    def read_bytes(self, path: str) -> bytes | None:
        """The file's content; ``None`` where it cannot be known (see ``read_file``)."""
        ...

    def file_exists(self, path: str) -> bool | None:
        """Whether the path is a regular file; ``None`` where it cannot be known."""
        ...

    def list_files(self, path: str) -> list[str] | None:
        """All files below a directory, relative, with forward slashes; ``None``: unknown."""
        ...

    def absolute_path(self, path: str) -> str | None:
        """``abspath``; ``None`` where the machine that will run Terraform is another one."""
        ...

    def render_template(self, text: Value, variables: dict[str, Value], *, name: str) -> Value:
        """A template's text (its ``origin`` says where it is written) with only these variables.

        ``name`` is the function: ``templatefile`` or ``templatestring``, neither of which may be
        called inside.
        """
        ...
