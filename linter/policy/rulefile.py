"""Rule files: one YAML document to one checked :class:`~linter.policy.rule.Rule`.

Everything that is wrong with a file is refused with its line and the reason: nothing is guessed
and nothing is ignored.
"""

from __future__ import annotations

import re
from typing import Any

from linter.core.regex import lazy_regex
from linter.policy.examples import Examples, read_examples
from linter.policy.jsonpath import is_singular
from linter.policy.levels import derived
from linter.policy.messages import MessageError, parse_message
from linter.policy.model import Confidence, RuleMeta, Severity
from linter.policy.parameters import ParameterError, check_declaration
from linter.policy.profiles import OFF, PROFILES, REGULATED, STARTER
from linter.policy.rule import IAM_USES, STEP_KIND, Key, Rule, Target
from linter.policy.rulefile_conditions import At, ConditionReader
from linter.policy.suggest import did_you_mean
from linter.policy.yamltext import RuleFileError, YamlText, read_yaml

__all__ = ["RuleFileError", "parse_rule"]

_REQUIRED = (
    "id",
    "name",
    "title",
    "severity",
    "confidence",
    "applies_to",
    "message",
    "rationale",
    "remediation",
    "examples",
)
_PER_TARGET = (
    "when",
    "require",
    "check",
    "report",
    "message",
    "missing_message",
    "severity",
    "fix",
    "paths",
)
_OF_PROFILES = (STARTER, REGULATED)
KEYS = (
    *_REQUIRED,
    "when",
    "require",
    "check",
    "report",
    "missing_message",
    "fix",
    "paths",
    "sdk",
    "references",
    "saves",
    "parameters",
    "opt_in",
    "together",
    *_OF_PROFILES,
)
TARGET_KEYS = ("subject", "types", *_PER_TARGET)

SAVINGS = (
    "caching",
    "spot",
    "right-size",
    "smaller-instance",
    "other-machine",
    "instance-count",
    "autoscaling",
    "provisioned-concurrency",
    "warm-pool",
    "idle-endpoint",
    "scheduled-stop",
    "runtime-limit",
    "storage",
    "schedule",
    "retry",
    "logs",
)

_ID = lazy_regex(r"[A-Z]{2,10}[0-9]{3}")
_NAME = lazy_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CHECK = lazy_regex(r"[a-z_][a-z0-9_]*:[a-z_][a-z0-9_]*")
_TERRAFORM = lazy_regex(r"[a-z0-9]+(_[a-z0-9]+)*")
_CLOUDFORMATION = lazy_regex(r"[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)*")
_PLAIN_SUBJECTS = ("pipeline", STEP_KIND, "iam.statement", "iam.policy", "iam.role", "project")
_TERRAFORM_KINDS = ("provider", "variable", "output", "module")


def parse_rule(
    path: str, text: str, *, origin: str = "built-in", package: str = "", code: bool = True
) -> tuple[Rule, Examples]:
    """The rule a file's text says, and its examples. Raises :class:`RuleFileError`.

    Without ``code`` a rule that names Python code is refused.
    """
    yaml = read_yaml(path, text)
    return _Reader(yaml, code).rule(origin, package)


class _Reader:
    def __init__(self, yaml: YamlText, code: bool = True) -> None:
        self.yaml = yaml
        self.code = code
        self.data: dict[str, Any] = yaml.data if isinstance(yaml.data, dict) else {}
        if not isinstance(yaml.data, dict):
            raise yaml.error((), "a rule file is a mapping")

    def rule(self, origin: str, package: str) -> tuple[Rule, Examples]:
        self._check_keys(self.data, KEYS, (), "rule file")
        for key in _REQUIRED:
            if key not in self.data and not (key == "message" and self._targets_say("message")):
                raise self.yaml.error((), f"the key {key} is missing")
        identity = self._matching("id", _ID, "area letters and three digits, like CACHE001")
        parameters = self._parameters()
        targets = self._all_targets(parameters)
        meta = RuleMeta(
            id=identity,
            name=self._matching("name", _NAME, "lower-case words joined by hyphens"),
            title=self._title(),
            area=identity.rstrip("0123456789"),
            severity=self._severity(self.data["severity"], ("severity",)),
            confidence=self._confidence(),
            message=targets[0].message if "message" not in self.data else self.data["message"],
            rationale=self._prose("rationale"),
            remediation=self._prose("remediation"),
            references=self._references(),
            saves=self._saves(),
            opt_in=self._flag("opt_in"),
            parameters=parameters,
            origin=origin,
            together=self._together(),
            profiles=self._profiles(origin),
            sdk=self._prose("sdk") if "sdk" in self.data else "",
        )
        rule = Rule(meta, targets, self.yaml.path, package)
        examples = read_examples(self.yaml, self.data["examples"], rule)
        return rule, examples

    # Plain keys

    def _targets_say(self, key: str) -> bool:
        targets = self.data.get("applies_to")
        return (
            isinstance(targets, list)
            and bool(targets)
            and all(isinstance(target, dict) and key in target for target in targets)
        )

    def _check_keys(self, data: dict[str, Any], known: tuple[str, ...], at: At, what: str) -> None:
        for key in data:
            if key not in known:
                raise self.yaml.error(
                    (*at, key), f"unknown key {key} in a {what}{did_you_mean(str(key), known)}"
                )

    def _text(self, key: str, at: At | None = None, data: dict[str, Any] | None = None) -> str:
        value = (self.data if data is None else data)[key]
        if not isinstance(value, str) or not value.strip():
            raise self.yaml.error((*(at or ()), key), f"{key} must be a text")
        return value.strip()

    def _prose(self, key: str) -> str:
        return self._text(key)

    def _matching(self, key: str, pattern: re.Pattern[str], wanted: str) -> str:
        value = self._text(key)
        if not pattern.fullmatch(value):
            raise self.yaml.error((key,), f"{key} must be {wanted}")
        return value

    def _title(self) -> str:
        title = self._text("title")
        if "\n" in title or len(title) > 120 or title.endswith("."):
            raise self.yaml.error(
                ("title",), "title is one line of at most 120 characters without a full stop"
            )
        return title

    def _severity(self, value: Any, at: At, *others: str) -> Severity:
        words = [severity.word for severity in Severity]
        if value not in words:
            known = ", ".join((*reversed(words), *others))
            raise self.yaml.error(at, f"{at[-1]} is one of {known}")
        return Severity.parse(value)

    def _together(self) -> str:
        """The message of several findings that are one decision."""
        if "together" not in self.data:
            return ""
        text = " ".join(self._text("together").split())
        if "{count}" not in text or re.search(r"[{}]", re.sub(r"\{(count|total)\}", "", text)):
            message = "together has {count}, and of other placeholders only {total}"
            raise self.yaml.error(("together",), message)
        return text

    def _profiles(self, origin: str) -> dict[str, Severity | None]:
        """The severity by profile, where it is another than the rule's."""
        standard = self._severity(self.data["severity"], ("severity",))
        found = derived(standard, origin == "built-in")
        for key in _OF_PROFILES:
            if key not in self.data:
                continue
            value = self.data[key]
            if value is False:
                value = OFF  # YAML 1.1 reads a bare off as false
            found[key] = None if value == OFF else self._severity(value, (key,), OFF)
        levels = [-1 if found[name] is None else int(found[name] or 0) for name in PROFILES]
        if levels != sorted(levels):
            raise self.yaml.error(
                (next(key for key in _OF_PROFILES if key in self.data),),
                f"a rule is never milder in a stricter profile: {', '.join(PROFILES)}",
            )
        return {name: one for name, one in found.items() if one is not standard}

    def _confidence(self) -> Confidence:
        value = self.data["confidence"]
        words = [confidence.word for confidence in Confidence]
        if value not in words:
            raise self.yaml.error(("confidence",), "confidence is one of high, medium, low")
        return Confidence[value.upper()]

    def _references(self) -> tuple[str, ...]:
        value = self.data.get("references", [])
        if not isinstance(value, list) or not all(isinstance(r, str) and r for r in value):
            raise self.yaml.error(("references",), "references is a list of texts")
        return tuple(value)

    def _saves(self) -> str:
        value = self.data.get("saves", "")
        if value != "" and value not in SAVINGS:
            raise self.yaml.error(("saves",), f"saves is one of {', '.join(SAVINGS)}")
        return str(value)

    def _flag(self, key: str) -> bool:
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.yaml.error((key,), f"{key} is true or false")
        return value

    def _parameters(self) -> dict[str, Any]:
        value = self.data.get("parameters", {})
        if not isinstance(value, dict):
            raise self.yaml.error(("parameters",), "parameters is a mapping")
        for name, declaration in value.items():
            try:
                check_declaration(str(name), declaration)
            except ParameterError as error:
                raise self.yaml.error(("parameters", name), str(error)) from None
        return value

    # Targets

    def _all_targets(self, parameters: dict[str, Any]) -> tuple[Target, ...]:
        value = self.data["applies_to"]
        if not isinstance(value, list) or not value:
            raise self.yaml.error(("applies_to",), "applies_to is a list of subjects")
        targets: list[Target] = []
        seen: set[Key] = set()
        for index, item in enumerate(value):
            at: At = ("applies_to", index)
            data = {"subject": item} if isinstance(item, str) else item
            if not isinstance(data, dict) or "subject" not in data:
                raise self.yaml.error(at, "a target is a subject, or a mapping with subject")
            self._check_keys(data, TARGET_KEYS, at, "target")
            targets.append(self._target(data, at, parameters))
            repeated = seen.intersection(targets[-1].keys)
            if repeated and not data.get("when"):
                kind, type_ = repeated.pop()
                raise self.yaml.error(at, f"{kind} {type_} is named twice; tell them apart by when")
            seen.update(targets[-1].keys)
        return tuple(targets)

    def _own(self, data: dict[str, Any], key: str, at: At) -> tuple[Any, At]:
        """A target's value for a key, else the rule's; and where it stands."""
        if key in data:
            return data[key], (*at, key)
        return self.data.get(key), (key,)

    def _target(self, data: dict[str, Any], at: At, parameters: dict[str, Any]) -> Target:
        keys, subject = self._subjects(data, at)
        reader = ConditionReader(self.yaml, self._names(data, at), parameters)
        when, when_at = self._own(data, "when", at)
        require, require_at = self._own(data, "require", at)
        check, check_at = self._own(data, "check", at)
        if "check" in data:
            require = None
        elif "require" in data:
            check = None
        if (require is None) == (check is None):
            raise self.yaml.error(at, "a rule has require or check, and not both")
        if check is not None and not (isinstance(check, str) and _CHECK.fullmatch(check)):
            raise self.yaml.error(check_at, "check is module:function")
        if check is not None:
            self._may_run(check, check_at)
        if subject == "project" and check is None:
            raise self.yaml.error(at, "project has no value to select from; write a check")
        severity, severity_at = self._own(data, "severity", at)
        own_severity = self._severity(severity, severity_at) if "severity" in data else None
        return Target(
            keys,
            subject,
            reader.conditions(when, when_at) if when is not None else [],
            reader.conditions(require, require_at) if require is not None else [],
            check or "",
            self._report(data, at, reader),
            self._message(data, "message", at, parameters),
            self._message(data, "missing_message", at, parameters),
            own_severity,
            self._fix(data, at, reader),
        )

    def _may_run(self, function: str, at: At) -> None:
        if not self.code:
            raise self.yaml.error(
                at,
                f"{function} is not run: a configuration that comes with what is scanned names this"
                " directory; give it with --rules or PIPEWARDEN_RULES_DIRS, or pass"
                " --trust-config",
            )

    def _names(self, data: dict[str, Any], at: At) -> dict[str, str]:
        value, place = self._own(data, "paths", at)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.yaml.error(place, "paths is a mapping of names to paths")
        plain = ConditionReader(self.yaml, {}, {})
        for name, text in value.items():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(name)) or name == "match":
                raise self.yaml.error((*place, name), f"{name} cannot name a path")
            plain.parse(plain.path_text(text, (*place, name)), (*place, name))
        return dict(value)

    def _subjects(self, data: dict[str, Any], at: At) -> tuple[tuple[Key, ...], str]:
        value = data["subject"]
        subjects = value if isinstance(value, list) else [value]
        if not subjects:
            raise self.yaml.error((*at, "subject"), "subject names what the rule is about")
        types = data.get("types")
        if types is not None and (
            not isinstance(types, list)
            or not types
            or not all(isinstance(t, str) and t for t in types)
        ):
            raise self.yaml.error((*at, "types"), "types is a list of texts")
        keys: list[Key] = []
        for subject in subjects:
            keys.extend(self._subject(subject, types, at))
        kinds = {kind for kind, _ in keys}
        if len(kinds) > 1 and types is not None:
            raise self.yaml.error((*at, "types"), "types with subjects of several kinds")
        return tuple(dict.fromkeys(keys)), str(subjects[0])

    def _subject(self, subject: Any, types: list[str] | None, at: At) -> list[Key]:
        place = (*at, "subject")
        if not isinstance(subject, str):
            raise self.yaml.error(place, "a subject is a text")
        if subject in (STEP_KIND, "iam.policy", "iam.statement"):
            for word in types or ():
                if subject != STEP_KIND and word not in IAM_USES:
                    raise self.yaml.error(
                        (*at, "types"),
                        f"{word} is no use of a policy{did_you_mean(word, IAM_USES)}",
                    )
            return [(subject, word) for word in types] if types else [(subject, "*")]
        if types is not None:
            raise self.yaml.error((*at, "types"), f"{subject} takes no types")
        if subject in _PLAIN_SUBJECTS:
            return [(subject, "*")]
        head, _, rest = subject.partition(".")
        if head == "terraform":
            if rest in _TERRAFORM_KINDS:
                return [(f"terraform.{rest}", "*")]
            if rest.startswith("data.") and _TERRAFORM.fullmatch(rest[5:]):
                return [("terraform.data", rest[5:])]
            if _TERRAFORM.fullmatch(rest):
                return [("terraform", rest)]
        if head == "cloudformation" and _CLOUDFORMATION.fullmatch(rest):
            return [("cloudformation", rest)]
        hint = did_you_mean(subject, _PLAIN_SUBJECTS)
        raise self.yaml.error(
            place, f"{subject} is no subject{hint or '; see docs/writing-rules.md'}"
        )

    # What is reported

    def _message(self, data: dict[str, Any], key: str, at: At, parameters: dict[str, Any]) -> str:
        value, place = self._own(data, key, at)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            raise self.yaml.error(place, f"{key} must be a text")
        try:
            parts = parse_message(value)
        except MessageError as error:
            raise self.yaml.error(place, str(error)) from None
        for kind, name in parts:
            if kind == "param" and name not in parameters:
                hint = did_you_mean(name, parameters)
                raise self.yaml.error(place, f"{{param:{name}}}: no such parameter{hint}")
        return " ".join(value.split())

    def _report(self, data: dict[str, Any], at: At, reader: ConditionReader) -> dict[str, Any]:
        value, place = self._own(data, "report", at)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.yaml.error(place, "report is a mapping of at, else_at and key")
        self._check_keys(value, ("at", "else_at", "key"), place, "report")
        found: dict[str, Any] = {}
        for key in ("at", "else_at"):
            if key in value:
                found[key] = self._place_steps(value[key], (*place, key), reader)
        if "else_at" in found and found.get("at", "match") == "match":
            raise self.yaml.error(place, "else_at needs an at that is a path")
        if not isinstance(value.get("key", False), bool):
            raise self.yaml.error((*place, "key"), "key is true or false")
        found["key"] = value.get("key", False)
        return found

    def _place_steps(self, value: Any, at: At, reader: ConditionReader) -> Any:
        if value == "match":
            return "match"
        return reader.parse(reader.path_text(value, at), at)

    def _fix(self, data: dict[str, Any], at: At, reader: ConditionReader) -> dict[str, Any] | None:
        value, place = self._own(data, "fix", at)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.yaml.error(place, "fix is a mapping of safety, why and edits")
        self._check_keys(value, ("safety", "why", "edits"), place, "fix")
        if value.get("safety") not in ("safe", "unsafe"):
            raise self.yaml.error(place, "fix needs safety: safe or unsafe")
        why = value.get("why", "")
        if not isinstance(why, str):
            raise self.yaml.error((*place, "why"), "why says in words why the fix is that safe")
        edits = value.get("edits")
        if not isinstance(edits, list) or not edits:
            raise self.yaml.error(place, "fix needs a list of edits")
        return {
            "safety": value["safety"],
            "why": " ".join(why.split()),
            "edits": [
                self._edit(edit, (*place, "edits", index), reader)
                for index, edit in enumerate(edits)
            ],
        }

    def _edit(self, edit: Any, at: At, reader: ConditionReader) -> dict[str, Any]:
        form = "an edit is {set: path, to: value}, {set: path, compute: function} or {remove: path}"
        if not isinstance(edit, dict):
            raise self.yaml.error(at, form)
        self._check_keys(edit, ("set", "to", "compute", "remove"), at, "edit")
        values = ("to" in edit) + ("compute" in edit)
        if ("set" in edit) == ("remove" in edit) or values != ("set" in edit):
            raise self.yaml.error(at, form)
        if "compute" in edit and not _CHECK.fullmatch(str(edit["compute"])):
            raise self.yaml.error((*at, "compute"), "compute names a function: module:function")
        if "compute" in edit:
            self._may_run(str(edit["compute"]), (*at, "compute"))
        operation = "set" if "set" in edit else "remove"
        steps = self._place_steps(edit[operation], (*at, operation), reader)
        if steps != "match" and not is_singular(steps):
            raise self.yaml.error((*at, operation), "an edit's path names one place")
        found = {"op": operation, "at": steps, "to": edit.get("to")}
        return found | {"compute": edit["compute"]} if "compute" in edit else found
