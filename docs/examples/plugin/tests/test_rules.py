"""The examples in the rule files are their tests."""

import subprocess
from pathlib import Path

RULES = Path(__file__).parent.parent / "src" / "team_rules"


def test_examples() -> None:
    subprocess.run(["pipewarden", "rules", "test", str(RULES)], check=True)
