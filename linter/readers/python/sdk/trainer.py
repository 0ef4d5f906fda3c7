"""``ModelTrainer`` of version 3 of the SDK."""

from __future__ import annotations

from linter.readers.python.machine import Machine
from linter.readers.python.values import Cell, Sdk


def request(machine: Machine, call: Sdk) -> Cell | None:
    """``CreateTrainingJob`` of ``model_trainer.train(...)``; ``None`` for another kind."""
    return None
