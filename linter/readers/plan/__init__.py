"""Reader for Terraform plans as ``terraform show -json`` writes them."""

from __future__ import annotations

from linter.readers.plan.reader import read_plan

__all__ = ["read_plan"]
