"""The expressions of expressions.txt."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def read_expressions(text: str) -> list[str]:
    """One expression a line; several lines between ``<<<`` and ``>>>``."""
    found: list[str] = []
    block: list[str] | None = None
    for line in text.splitlines():
        if block is not None:
            if line == ">>>":
                found.append("\n".join(block))
                block = None
            else:
                block.append(line)
        elif line == "<<<":
            block = []
        elif line.strip() and not line.startswith("#"):
            found.append(line)
    return list(dict.fromkeys(found))


def expressions() -> list[str]:
    return read_expressions((HERE / "expressions.txt").read_text("utf-8"))
