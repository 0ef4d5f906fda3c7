"""The least that a pipeline's roles must be allowed, derived from its definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.record import entity, record
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Choice, Template, Unknown, lookup
from linter.domain.iam import needs
from linter.domain.pipeline import Pipeline, Step

_IMAGE = lazy_regex(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")
_QUEUE = lazy_regex(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(\d{12})/([\w-]+)")
_ROLE_MEMBERS = frozenset({"RoleArn", "ExecutionRoleArn"})
_KEY_MEMBERS = frozenset({"KmsKeyId", "VolumeKmsKeyId", "OutputKmsKeyId", "S3KmsKeyId"})
_IMAGE_MEMBERS = frozenset({"ImageUri", "TrainingImage", "Image"})


@record
class Statement:
    """One Allow of a suggested policy. Placeholders in ``resources`` stand in angle brackets."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(operator, key, values)"""

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": self.resources[0] if len(self.resources) == 1 else list(self.resources),
        }
        if self.condition:
            body["Condition"] = {
                operator: {key: values[0] if len(values) == 1 else list(values)}
                for operator, key, values in self.condition
            }
        return body


@entity
class Needs:
    """What one role needs: ``statements`` by Sid, and ``unknown`` places to fill in."""

    role: str
    statements: list[Statement]
    unknown: list[str]

    def to_policy(self) -> dict[str, Any]:
        """The policy document."""
        return {
            "Version": "2012-10-17",
            "Statement": [statement.to_json() for statement in self.statements],
        }

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action, once."""
        return tuple(dict.fromkeys(a for s in self.statements for a in s.actions))


def derive(pipeline: Pipeline) -> list[Needs]:
    """The needs of the pipeline's role and of the roles its jobs run with; one where they agree."""
    own = role_text(pipeline.role)
    found: dict[str, _Collector] = {own: _Collector(own)}
    for step in pipeline.steps:
        found[own].orchestrate(step)
        for role in _roles(step) or [own]:
            collector = found.setdefault(role, _Collector(role))
            if step.type in needs.CONTAINERS:
                collector.run(step)
            if role != own:
                found[own].passes(role, step)
        if own in _roles(step):
            found[own].passes(own, step)
    return [collector.needs() for collector in found.values() if collector.any]


def role_text(role: Any) -> str:
    """A role's ARN as far as it is known, with placeholders."""
    return _text(role, "the role of the pipeline")[0]


def _roles(step: Step) -> list[str]:
    roles = []
    for path, value in _walk(step.arguments):
        if path and path[-1] in _ROLE_MEMBERS and not isinstance(value, dict | list):
            roles.append(_text(value, "the role of the job")[0])
    return list(dict.fromkeys(roles))


def _text(value: Any, what: str) -> tuple[str, bool]:
    """A text with placeholders for what is not known, and whether there are any."""
    if isinstance(value, str):
        return value, False
    if isinstance(value, Template):
        first, *others = value.parts
        if first == "arn:" and others and isinstance(others[0], Unknown):
            # The ARN of a resource, of which the account is not known: the reference says it all.
            whole = others[0].references[:1]
            if whole and whole[0].endswith(".arn"):
                return _placeholder(others[0]), True
        parts = [part if isinstance(part, str) else _placeholder(part) for part in value.parts]
        return "".join(parts), True
    if isinstance(value, Unknown):
        return _placeholder(value, what), True
    if isinstance(value, Choice):
        return f"<{what}>", True
    return f"<{what}>", True


def _placeholder(value: Unknown, what: str = "not known") -> str:
    return f"<{value.references[0] if value.references else what}>"


def _walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index))


class _Collector:
    """Gathers actions by purpose; statements are made at the end, sorted."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.sagemaker: dict[str, set[str]] = {}
        self.tagged: set[str] = set()
        self.registry: set[str] = set()
        self.passed: dict[str, set[str]] = {}
        self.invoked: set[str] = set()
        self.queues: set[str] = set()
        self.emr: set[str] = set()
        self.read: set[str] = set()
        self.written: set[str] = set()
        self.images: set[str] = set()
        self.keys: set[str] = set()
        self.subnets: set[str] = set()
        self.groups: set[str] = set()
        self.containers = False
        self.unknown: dict[str, None] = {}

    @property
    def any(self) -> bool:
        return bool(self.sagemaker or self.registry or self.invoked or self.containers or self.emr)

    def _known(self, value: Any, what: str) -> str:
        text, open_ = _text(value, what)
        if open_:
            self.unknown[f"{what}: {text}"] = None
        return text

    def orchestrate(self, step: Step) -> None:
        """What the pipeline's role does for a step."""
        kind = str(step.type)
        actions, resource = needs.JOB_ACTIONS.get(kind, ((), ""))
        if actions:
            self.sagemaker.setdefault(f"arn:aws:sagemaker:*:*:{resource}", set()).update(actions)
            self.tagged.add(f"arn:aws:sagemaker:*:*:{resource}")
        if kind == "RegisterModel":
            group = self._known(step.get("ModelPackageGroupName"), "the model package group")
            self.registry.add(f"arn:aws:sagemaker:*:*:model-package-group/{group}")
            self.registry.add(f"arn:aws:sagemaker:*:*:model-package/{group}/*")
        elif kind == "Lambda":
            self.invoked.add(self._known(lookup(step.value, "FunctionArn"), "the function"))
        elif kind == "Callback":
            url = self._known(lookup(step.value, "SqsQueueUrl"), "the queue")
            found = _QUEUE.fullmatch(url)
            self.queues.add(f"arn:aws:sqs:{found[1]}:{found[2]}:{found[3]}" if found else url)
        elif kind == "EMR":
            self.emr.update(needs.EMR_STEPS)
            if step.get("ClusterConfig") is not MISSING:
                self.emr.update(needs.EMR_CLUSTER)

    def passes(self, role: str, step: Step) -> None:
        """The pipeline's role hands a role to a service."""
        service = "elasticmapreduce" if step.type == "EMR" else "sagemaker"
        self.passed.setdefault(f"{service}.amazonaws.com", set()).add(role)
        if "<" in role and not role.startswith("<aws_"):
            self.unknown[f"the role of the job: {role}"] = None

    def run(self, step: Step) -> None:
        """What a container of a step does with the role."""
        self.containers = True
        for path, value in _walk(step.arguments):
            name = path[-1] if path else ""
            if isinstance(value, dict | list):
                if name in ("Subnets", "SecurityGroupIds") and isinstance(value, list):
                    self._network(str(name), value)
                continue
            text = value if isinstance(value, str) else None
            if isinstance(value, Template):
                text = value.prefix
            if name in _IMAGE_MEMBERS:
                self._image(value)
            elif name in _KEY_MEMBERS and value not in (None, ""):
                self.keys.add(self._key(value))
            elif text is not None and text.startswith("s3://"):
                writes = any(part in needs.OUTPUT_MEMBERS for part in path)
                place = self._known(value, "a location in S3").removeprefix("s3://").rstrip("/")
                (self.written if writes else self.read).add(place)
                if "CheckpointConfig" in path:
                    self.read.add(place)

    def _network(self, name: str, values: list[Any]) -> None:
        target, kind = (
            (self.subnets, "subnet") if name == "Subnets" else (self.groups, "security-group")
        )
        for value in values:
            target.add(f"arn:aws:ec2:*:*:{kind}/{self._known(value, f'the {kind}')}")

    def _image(self, value: Any) -> None:
        text = self._known(value, "the image")
        found = _IMAGE.match(text)
        self.images.add(
            f"arn:aws:ecr:{found[2]}:{found[1]}:repository/{found[3]}"
            if found
            else f"arn:aws:ecr:*:*:repository/{text if '<' in text else '<' + text + '>'}"
        )

    def _key(self, value: Any) -> str:
        text = self._known(value, "the key")
        if text.startswith(("arn:", "<")):
            return text
        return f"arn:aws:kms:*:*:{text if text.startswith('alias/') else 'key/' + text}"

    def needs(self) -> Needs:
        return Needs(self.role, list(self._statements()), list(self.unknown))

    def _statements(self) -> Iterator[Statement]:
        for number, (resource, names) in enumerate(sorted(self.sagemaker.items())):
            yield Statement(f"RunJobs{number}", _prefixed("sagemaker", names), (resource,))
        tagged = sorted(self.tagged | self.registry)
        if tagged:
            yield Statement(
                "TagWhatRuns", ("sagemaker:AddTags", "sagemaker:ListTags"), tuple(tagged)
            )
        if self.registry:
            yield Statement(
                "RegisterModels",
                _prefixed("sagemaker", needs.REGISTRY),
                tuple(sorted(self.registry)),
            )
        for number, (service, roles) in enumerate(sorted(self.passed.items())):
            yield Statement(
                f"PassRoles{number}",
                ("iam:PassRole",),
                tuple(sorted(roles)),
                (("StringEquals", "iam:PassedToService", (service,)),),
            )
        yield from self._of("InvokeFunctions", "lambda", ("InvokeFunction",), self.invoked)
        yield from self._of("SendCallbacks", "sqs", ("SendMessage",), self.queues)
        if self.emr:
            clusters = {"arn:aws:elasticmapreduce:*:*:cluster/*"}
            yield from self._of("RunEmrSteps", "elasticmapreduce", self.emr, clusters)
        if self.containers:
            yield from self._container_statements()

    def _container_statements(self) -> Iterator[Statement]:
        reads = {f"arn:aws:s3:::{place}*" for place in self.read}
        writes = {f"arn:aws:s3:::{place}/*" for place in self.written}
        yield from self._of("ReadInputs", "s3", ("GetObject",), reads)
        yield from self._of(
            "WriteOutputs", "s3", ("AbortMultipartUpload", "GetObject", "PutObject"), writes
        )
        places: dict[str, set[str]] = {}
        for place in self.read | self.written:
            bucket, _, prefix = place.partition("/")
            places.setdefault(bucket, set()).add(f"{prefix}*")
        for number, (bucket, prefixes) in enumerate(sorted(places.items())):
            yield Statement(
                f"ListBucket{number}",
                ("s3:ListBucket",),
                (f"arn:aws:s3:::{bucket}",),
                (("StringLike", "s3:prefix", tuple(sorted(prefixes))),),
            )
        yield from self._of("PullImages", "ecr", needs.PULL, self.images)
        if self.images:
            yield Statement("LogInToRegistry", ("ecr:GetAuthorizationToken",), ("*",))
        yield Statement(
            "WriteLogs",
            _prefixed("logs", needs.LOGS),
            ("arn:aws:logs:*:*:log-group:/aws/sagemaker/*",),
        )
        yield Statement(
            "WriteMetrics",
            ("cloudwatch:PutMetricData",),
            ("*",),
            (("StringLike", "cloudwatch:namespace", ("/aws/sagemaker/*",)),),
        )
        yield from self._of("UseKeys", "kms", needs.KEYS, self.keys)
        if self.subnets or self.groups:
            yield Statement(
                "AttachToNetwork",
                _prefixed("ec2", needs.INTERFACES),
                (
                    "arn:aws:ec2:*:*:network-interface/*",
                    *sorted(self.subnets),
                    *sorted(self.groups),
                ),
            )
            yield Statement("SeeNetwork", _prefixed("ec2", needs.NETWORK), ("*",))

    @staticmethod
    def _of(
        sid: str, service: str, actions: Iterable[str], resources: set[str]
    ) -> Iterator[Statement]:
        if resources:
            yield Statement(sid, _prefixed(service, actions), tuple(sorted(resources)))


def _prefixed(service: str, actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{service}:{action}" for action in sorted(set(actions)))
