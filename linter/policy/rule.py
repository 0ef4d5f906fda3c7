"""A rule as the engine holds it, and its JSON form in the compiled index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linter.core.record import entity, field
from linter.policy.model import Confidence, RuleMeta, Severity

Key = tuple[str, str]
"""What a rule is dispatched by: a subject's kind and type; the type ``*`` is every type."""

STEP_KIND = "pipeline.step"
IAM_USES = ("identity", "trust", "resource", "boundary", "control", "unused")


@entity
class Target:
    """One kind of subject a rule applies to, and what it asks of it.

    ``when`` and ``require`` are conditions in their data form (see
    :mod:`linter.policy.conditions`); ``check`` is ``module:function`` instead of ``require``.
    ``report`` has ``at`` and ``else_at`` (steps, or ``"match"``), ``key``. ``fix`` has ``safety``,
    ``why`` it is that safe, and ``edits``: each
    ``{"op": "set"|"remove", "at": steps|"match", "to": value}``.
    """

    keys: tuple[Key, ...]
    subject: str
    when: list[dict[str, Any]] = field(default_factory=list)
    require: list[dict[str, Any]] = field(default_factory=list)
    check: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    missing_message: str = ""
    severity: Severity | None = None
    fix: dict[str, Any] | None = None

    def to_record(self) -> dict[str, Any]:
        return {
            "keys": [list(key) for key in self.keys],
            "subject": self.subject,
            "when": self.when,
            "require": self.require,
            "check": self.check,
            "report": self.report,
            "message": self.message,
            "missing_message": self.missing_message,
            "severity": None if self.severity is None else self.severity.word,
            "fix": self.fix,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Target:
        severity = record["severity"]
        return cls(
            tuple((kind, type_) for kind, type_ in record["keys"]),
            record["subject"],
            record["when"],
            record["require"],
            record["check"],
            record["report"],
            record["message"],
            record["missing_message"],
            None if severity is None else Severity.parse(severity),
            record["fix"],
        )


class Rule:
    """One rule.

    ``file`` is the path of its YAML file (to read its examples from); ``package`` the import
    package of its Python checks for built-in rules, ``""`` when they are files beside ``file``.
    ``keys`` are those of its targets. One from the index is read whole when more than this is
    asked for: most rules find nothing to look at in a scan.
    """

    __slots__ = (
        "_body",
        "_meta",
        "_targets",
        "area",
        "file",
        "id",
        "keys",
        "name",
        "off_in",
        "opt_in",
        "package",
    )

    def __init__(
        self, meta: RuleMeta, targets: tuple[Target, ...], file: str, package: str = ""
    ) -> None:
        self.id, self.name, self.area, self.opt_in = meta.id, meta.name, meta.area, meta.opt_in
        self.off_in = frozenset(name for name, one in meta.profiles.items() if one is None)
        """The profiles in which it does not run."""
        self.keys: tuple[Key, ...] = tuple(dict.fromkeys(k for t in targets for k in t.keys))
        self.file = file
        self.package = package
        self._meta = meta
        self._targets = targets
        self._body = ""

    @classmethod
    def from_index(cls, head: list[Any], body: str, file: str, package: str) -> Rule:
        """A rule by what :meth:`to_index` gave."""
        made = cls.__new__(cls)
        made.id, made.name, made.area, made.opt_in, off_in, keys = head
        made.off_in = frozenset(off_in)
        made.keys = tuple((kind, type_) for kind, type_ in keys)
        made.file = file
        made.package = package
        made._body = body
        return made

    def to_index(self) -> tuple[list[Any], str]:
        """What selects the rule and finds its subjects, and all of it as JSON."""
        keys = [list(key) for key in self.keys]
        head = [self.id, self.name, self.area, self.opt_in, sorted(self.off_in), keys]
        text = json.dumps(self.to_record(), ensure_ascii=False, separators=(",", ":"))
        return head, text

    @property
    def meta(self) -> RuleMeta:
        if self._body:
            self._read()
        return self._meta

    @property
    def targets(self) -> tuple[Target, ...]:
        if self._body:
            self._read()
        return self._targets

    def _read(self) -> None:
        record = json.loads(self._body)
        self._body = ""
        self._meta = _meta_of(record)
        self._targets = tuple(Target.from_record(target) for target in record["targets"])

    def with_targets(self, targets: tuple[Target, ...]) -> Rule:
        """The same rule, asking something else."""
        return Rule(self.meta, targets, self.file, self.package)

    @property
    def fixable(self) -> bool:
        return any(target.fix for target in self.targets)

    @property
    def is_data(self) -> bool:
        """Whether conditions alone say it (no Python check)."""
        return not any(target.check for target in self.targets)

    def to_record(self) -> dict[str, Any]:
        meta = self.meta
        return {
            "id": meta.id,
            "name": meta.name,
            "title": meta.title,
            "area": meta.area,
            "severity": meta.severity.word,
            "confidence": meta.confidence.word,
            "message": meta.message,
            "rationale": meta.rationale,
            "remediation": meta.remediation,
            "references": list(meta.references),
            "saves": meta.saves,
            "opt_in": meta.opt_in,
            "parameters": dict(meta.parameters),
            "together": meta.together,
            "sdk": meta.sdk,
            "profiles": {
                name: None if one is None else one.word for name, one in meta.profiles.items()
            },
            "targets": [target.to_record() for target in self.targets],
        }


class RuleMetas(Mapping[str, RuleMeta]):
    """What rules say of themselves, by id; read when it is asked for."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}

    def __getitem__(self, identity: str) -> RuleMeta:
        return self._rules[identity].meta

    def __contains__(self, identity: object) -> bool:
        return identity in self._rules

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


def _meta_of(record: dict[str, Any]) -> RuleMeta:
    return RuleMeta(
        record["id"],
        record["name"],
        record["title"],
        record["area"],
        Severity.parse(record["severity"]),
        Confidence[record["confidence"].upper()],
        record["message"],
        record["rationale"],
        record["remediation"],
        tuple(record["references"]),
        record["saves"],
        record["opt_in"],
        record["parameters"],
        "built-in",
        record["together"],
        {
            name: None if word is None else Severity.parse(word)
            for name, word in record["profiles"].items()
        },
        record["sdk"],
    )
