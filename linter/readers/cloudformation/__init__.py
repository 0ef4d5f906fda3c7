"""Reader for CloudFormation and SAM templates in YAML and JSON."""

from __future__ import annotations

from linter.readers.cloudformation.reader import read_cloudformation

__all__ = ["read_cloudformation"]
