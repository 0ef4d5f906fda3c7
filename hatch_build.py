"""Build hook: a wheel carries the built-in rules as one compiled, frozen index."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RuleIndexHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles ``rules/*/*.yaml`` into ``rules/compiled.jsonl`` inside the wheel.

    Needs PyYAML and jsonpath-ng at build time (``build-system.requires``). An invalid rule file
    stops the build.
    """

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from linter.policy.index import INDEX_NAME, build_frozen

            self._directory = tempfile.TemporaryDirectory()
            index = Path(self._directory.name) / INDEX_NAME
            count = build_frozen(root / "rules", index)
        finally:
            sys.path.remove(str(root))
        if count == 0:
            raise RuntimeError("no rule files were found to compile")
        build_data["force_include"][str(index)] = f"rules/{INDEX_NAME}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        directory = getattr(self, "_directory", None)
        if directory is not None:
            directory.cleanup()
