"""META001 to META004: the rules about suppressions, which the gate applies.

They look at comments and at what other rules found, so they have no subjects and no examples of
their own; their tests are those of the gate.
"""

from __future__ import annotations

from linter.policy.model import Confidence, RuleMeta, Severity
from linter.policy.rule import Rule

META: dict[str, tuple[str, str, Severity, str, str]] = {
    "META001": (
        "suppression-without-reason",
        "Suppression without a reason",
        Severity.LOW,
        "Nobody can judge later whether a suppression still holds when it does not say why.",
        "Write the reason behind --, or as reason in the configuration.",
    ),
    "META002": (
        "expired-suppression",
        "Suppression has expired",
        Severity.MEDIUM,
        "Its date has passed, so the finding that it hid is reported again.",
        "Fix the finding, or renew the date with a reason that holds today.",
    ),
    "META003": (
        "unused-suppression",
        "Suppression is not needed",
        Severity.LOW,
        "It hides nothing now, and would hide the next mistake made in its place.",
        "Remove it.",
    ),
    "META004": (
        "invalid-suppression",
        "Suppression names an unknown rule or is malformed",
        Severity.MEDIUM,
        "It has no effect, although whoever wrote it believes that it has.",
        "Correct it: pipewarden: ignore[RULE] until=YYYY-MM-DD -- reason",
    ),
}
"""By id: name, title, severity, rationale and remediation."""


def meta_rules() -> list[Rule]:
    """The rules, for lists, documentation and selection."""
    return [
        Rule(
            RuleMeta(
                identity,
                name,
                title,
                "META",
                severity,
                Confidence.HIGH,
                title,
                rationale,
                remediation,
            ),
            (),
            "",
        )
        for identity, (name, title, severity, rationale, remediation) in META.items()
    ]
