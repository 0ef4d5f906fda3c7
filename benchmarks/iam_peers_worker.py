"""Run parliament and cloudsplaining over policy files; runs in the peers' environment.

Reads file names from standard input, one a line, and prints JSON: file → list of
``[tool, issue, severity, detail]``. A peer that crashes on a file gives the issue ``CRASH``.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

ATTRIBUTES = {
    "PrivilegeEscalation": "allows_privilege_escalation",
    "DataExfiltration": "allows_data_exfiltration_actions",
    "ResourceExposure": "permissions_management_without_constraints",
    "CredentialsExposure": "credentials_exposure",
    "ServiceWildcard": "service_wildcard",
    "InfrastructureModification": "infrastructure_modification",
}


def parliament(text: str) -> list[list[Any]]:
    from parliament import analyze_policy_string, enhance_finding

    found = []
    for raw in analyze_policy_string(text, include_community_auditors=True).findings:
        finding = enhance_finding(raw)
        found.append(
            ["parliament", finding.issue, finding.severity, json.dumps(finding.detail, default=str)]
        )
    return found


def cloudsplaining(text: str) -> list[list[Any]]:
    from cloudsplaining.scan.policy_document import PolicyDocument

    policy = PolicyDocument(json.loads(text))
    found = []
    for issue, attribute in ATTRIBUTES.items():
        values = getattr(policy, attribute)
        if issue == "PrivilegeEscalation":
            found += [
                ["cloudsplaining", v["type"], "high", ", ".join(v["actions"])] for v in values
            ]
        elif values:
            found.append(["cloudsplaining", issue, "", ", ".join(map(str, values))])
    return found


def document(text: str) -> str:
    """The policy itself, of what ``aws iam get-policy-version`` prints around it."""
    value = json.loads(text)
    for key in ("PolicyVersion", "Document", "PolicyDocument"):
        if isinstance(value, dict) and "Statement" not in value and key in value:
            value = value[key]
    return json.dumps(value)


def main() -> None:
    import parliament as package

    home = Path(package.__file__).parent / "community_auditors" / "config_override.yaml"
    package.override_config(str(home))
    result: dict[str, list[list[Any]]] = {}
    for line in sys.stdin:
        name = line.strip()
        text = document(Path(name).read_text(encoding="utf-8"))
        result[name] = []
        for peer in (parliament, cloudsplaining):
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    result[name] += peer(text)
            except Exception as error:  # what peers raise is theirs
                result[name].append(
                    [peer.__name__, "CRASH", "", f"{type(error).__name__}: {error}"]
                )
    json.dump(result, sys.stdout)


main()
