"""The least that a pipeline's roles must be allowed, derived from its definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.record import entity, record, replace
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Template, Unknown, dig, lookup, references_of
from linter.domain.expressions import parse_reference
from linter.domain.iam import needs
from linter.domain.pipeline import BRANCH_KEYS, Pipeline, Step

_IMAGE = lazy_regex(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")
_QUEUE = lazy_regex(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(\d{12})/([\w-]+)")
_ACCOUNT = lazy_regex(r"arn:(aws[a-z-]*):iam::(\d{12}):")
_ROLE_MEMBERS = frozenset({"RoleArn", "ExecutionRoleArn"})
_KEY_MEMBERS = frozenset({"KmsKeyId", "VolumeKmsKeyId", "OutputKmsKeyId", "S3KmsKeyId"})
_VOLUME_KEY = "VolumeKmsKeyId"
_FOR_AWS = (("Bool", "kms:GrantIsForAWSResource", ("true",)),)
_VARYING = ("Execution.", "Steps.", "ForEach.")
"""What differs in each execution: nobody can fill it in, and it is ``*`` in a resource."""
_EMR_ROLES = {
    "ServiceRole": "elasticmapreduce.amazonaws.com",
    "AutoScalingRole": "elasticmapreduce.amazonaws.com",
    "JobFlowRole": "ec2.amazonaws.com",
}
"""Members of a cluster's configuration that name a role, and who gets it. JobFlowRole names an
instance profile, which has its role's name unless it was made by hand."""
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

    def to_trust_policy(self) -> dict[str, Any]:
        """Who may assume the role: SageMaker, for jobs and pipelines of the role's own account.

        Without the conditions another account's jobs could have it assumed (the confused deputy,
        https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html).
        """
        account = _ACCOUNT.match(self.role)
        number = account[2] if account else "<the account>"
        partition = account[1] if account else "aws"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": number},
                        "ArnLike": {"aws:SourceArn": f"arn:{partition}:sagemaker:*:{number}:*"},
                    },
                }
            ],
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
        found[own].property_files(step)
        named = _roles(step)
        running = [_model_role(step)] if step.type == "Transform" else named or [own]
        for role in running:
            collector = found.setdefault(role, _Collector(role))
            if step.type in needs.CONTAINERS:
                collector.run(step)
        for role in named:
            found[own].passes(role, step)
    partition = _partition(pipeline)
    return [collector.needs(partition) for collector in found.values() if collector.any]


def not_derived(pipeline: Pipeline) -> list[str]:
    """What of a pipeline needs more than :func:`derive` says, in words."""
    found = [
        f"step {step.name or step.index + 1}: what a step of type "
        f"{step.type if isinstance(step.type, str) and step.type else 'that is not known'} needs "
        "is not derived"
        for step in pipeline.steps
        if step.type not in needs.DERIVED
    ]
    if pipeline.not_read:
        found.append(f"the definition is not read: {pipeline.not_read}")
    elif not pipeline.steps_complete:
        found.append("further steps are not known")
    return found


def _partition(pipeline: Pipeline) -> str:
    """The partition that the definition's own ARNs and images are of."""
    for _, value in _walk([pipeline.role, *(step.value for step in pipeline.steps)]):
        text = value.prefix if isinstance(value, Template) else value
        if not isinstance(text, str):
            continue
        if text.startswith("arn:aws"):
            return text.split(":", 2)[1]
        image = _IMAGE.match(text)
        if image is not None:
            china, government = ".amazonaws.com.cn/" in text, image[2].startswith("us-gov-")
            return "aws-cn" if china else "aws-us-gov" if government else "aws"
    return "aws"


def _model_role(step: Step) -> str:
    """The role of the model that a transform job runs: the job itself has none."""
    model = step.get("ModelName")
    references = model.references if isinstance(model, Unknown) else ()
    for reference in map(parse_reference, references):
        maker = step.pipeline.steps_by_name.get(reference.name)
        if reference.root == "Steps" and maker is not None:
            roles = _roles(maker)
            if roles:
                return roles[0]
    name = model if isinstance(model, str) else ", ".join(references) or "that it names"
    return f"<the role of the model {name}>"


def role_text(role: Any) -> str:
    """A role's ARN as far as it is known, with placeholders."""
    return _text(role, "the role of the pipeline", varying=False)[0]


def _roles(step: Step) -> list[str]:
    roles = []
    for path, value in _walk(step.arguments):
        if path and path[-1] in _ROLE_MEMBERS and not isinstance(value, dict | list):
            roles.append(_text(value, "the role of the job", varying=False)[0])
    return list(dict.fromkeys(roles))


def _text(value: Any, what: str, *, varying: bool = True) -> tuple[str, bool]:
    """A text with placeholders for what is not known, and whether there are any.

    What differs in each execution is ``*``, unless it is not ``varying``: any role would be too
    many.
    """
    if isinstance(value, str):
        return value, False
    if isinstance(value, Template):
        first, *others = value.parts
        if first == "arn:" and others and isinstance(others[0], Unknown):
            # The ARN of a resource, of which the account is not known: the reference says it all.
            whole = others[0].references[:1]
            if whole and whole[0].endswith(".arn"):
                return _placeholder(others[0]), True
        parts = [
            part if isinstance(part, str) else _placeholder(part, varying=varying)
            for part in value.parts
        ]
        return "".join(parts), any(part.startswith("<") and part.endswith(">") for part in parts)
    if isinstance(value, Unknown):
        return _placeholder(value, what, varying=False), True
    return f"<{what}>", True


def _placeholder(value: Unknown, what: str = "not known", *, varying: bool = True) -> str:
    if varying and value.references and all(r.startswith(_VARYING) for r in value.references):
        return "*"
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
        self.volume_keys: set[str] = set()
        self.read_by_conditions: set[str] = set()
        self.network = False
        self.containers = False
        self.unknown: dict[str, None] = {}

    @property
    def any(self) -> bool:
        return bool(
            self.sagemaker
            or self.registry
            or self.invoked
            or self.queues
            or self.containers
            or self.emr
            or self.passed
            or self.read_by_conditions
        )

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
            made = f"arn:aws:sagemaker:*:*:{self._made(step, resource)}"
            self.sagemaker.setdefault(made, set()).update(actions)
            self.tagged.add(made)
        if kind == "Endpoint":
            config = self._known(step.get("EndpointConfigName"), "the endpoint configuration")
            self.sagemaker.setdefault(
                f"arn:aws:sagemaker:*:*:endpoint-config/{config}", set()
            ).update(needs.ON_CONFIGURATIONS)
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
            cluster = step.get("ClusterConfig")
            if cluster is not MISSING and cluster is not None:
                self.emr.update(needs.EMR_CLUSTER)
                for member, service in _EMR_ROLES.items():
                    role = lookup(cluster, member)
                    if role is not MISSING and role is not None:
                        self._passed_to(service, self._role_arn(role))

    def _made(self, step: Step, resource: str) -> str:
        """What a step makes: by its name where the definition gives one."""
        kind, _, _ = resource.partition("/")
        name = step.get(needs.JOB_NAMES.get(str(step.type), ""))
        if name is MISSING or name is None:
            return resource
        text = _text(name, "the name")[0]
        if str(step.type) not in ("Endpoint", "EndpointConfig"):
            return f"{kind}/{text}*" if not text.endswith("*") else f"{kind}/{text}"
        return f"{kind}/{self._known(name, f'the {kind}')}"

    def _role_arn(self, role: Any) -> str:
        text = self._known(role, "the role of the cluster")
        return text if text.startswith(("arn:", "<")) else f"arn:aws:iam::*:role/{text}"

    def _passed_to(self, service: str, role: str) -> None:
        self.passed.setdefault(service, set()).add(role)

    def property_files(self, step: Step) -> None:
        """What the pipeline's role reads for the conditions of a step."""
        for path, reference in _property_files(step):
            if path is not None:
                self._read_place(path)
                continue
            maker = step.pipeline.steps_by_name.get(reference.name)
            place = MISSING if maker is None else _output_of(maker, reference.text)
            self._read_place(Unknown(reference.text) if place is MISSING else place)

    def _read_place(self, place: Any) -> None:
        text = self._known(place, "the property file").removeprefix("s3://").rstrip("/")
        self.read_by_conditions.add(f"arn:aws:s3:::{text}" + ("" if text.endswith("*") else "*"))

    def passes(self, role: str, step: Step) -> None:
        """The pipeline's role hands a role to a service."""
        service = "elasticmapreduce" if step.type == "EMR" else "sagemaker"
        self._passed_to(f"{service}.amazonaws.com", role)
        if "<" in role and not role.startswith("<aws_"):
            self.unknown[f"the role of the job: {role}"] = None

    def run(self, step: Step) -> None:
        """What a container of a step does with the role."""
        self.containers = True
        for path, value in _walk(step.arguments):
            name = path[-1] if path else ""
            if isinstance(value, dict | list):
                self.network = self.network or (name == "Subnets" and bool(value))
                continue
            text = value if isinstance(value, str) else None
            if isinstance(value, Template):
                text = value.prefix
            if name in _IMAGE_MEMBERS:
                self._image(value)
            elif name in _KEY_MEMBERS and value not in (None, ""):
                (self.volume_keys if name == _VOLUME_KEY else self.keys).add(self._key(value))
            elif (text is not None and text.startswith("s3://")) or (
                _is_place(name) and isinstance(value, Unknown)
            ):
                writes = any(part in needs.OUTPUT_MEMBERS for part in path)
                place = self._place(value, step)
                (self.written if writes else self.read).add(place)
                if "CheckpointConfig" in path:
                    self.read.add(place)

    def _place(self, value: Any, step: Step) -> str:
        """A bucket and a beginning of keys; what another step wrote is where that step writes."""
        written = _written_by(value, step.pipeline) if isinstance(value, Unknown) else MISSING
        place = self._known(value if written is MISSING else written, "a location in S3")
        place = place.removeprefix("s3://").rstrip("/")
        if place.startswith("*"):  # which bucket, is not known
            place = f"<{', '.join(references_of(value)) or 'a location in S3'}>"
            self.unknown[f"a location in S3: {place}"] = None
        return place

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

    def needs(self, partition: str) -> Needs:
        statements = list(self._statements())
        if partition != "aws":
            statements = [_in_partition(statement, partition) for statement in statements]
        return Needs(self.role, statements, list(self.unknown))

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
            bounded = self.emr - set(needs.EMR_ANYWHERE)
            yield from self._of("RunEmrSteps", "elasticmapreduce", bounded, clusters)
            if self.emr != bounded:
                yield from self._of("StartClusters", "elasticmapreduce", self.emr - bounded, {"*"})
            rules = {f"arn:aws:events:*:*:rule/{name}" for name in needs.EMR_RULES}
            yield from self._of("HearOfEmrSteps", "events", needs.EVENTS, rules)
        yield from self._of("ReadPropertyFiles", "s3", ("GetObject",), self.read_by_conditions)
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
        if self.volume_keys:
            keys = tuple(sorted(self.volume_keys))
            yield Statement("EncryptVolumes", ("kms:CreateGrant",), keys, _FOR_AWS)
            yield Statement("SeeVolumeKeys", ("kms:DescribeKey",), keys)
        if self.network:
            yield Statement("AttachToNetwork", _prefixed("ec2", needs.INTERFACES), ("*",))
            yield Statement("SeeNetwork", _prefixed("ec2", needs.NETWORK), ("*",))

    @staticmethod
    def _of(
        sid: str, service: str, actions: Iterable[str], resources: set[str]
    ) -> Iterator[Statement]:
        if resources:
            yield Statement(sid, _prefixed(service, actions), tuple(sorted(resources)))


def _in_partition(statement: Statement, partition: str) -> Statement:
    resources = (
        f"arn:{partition}:{text.removeprefix('arn:aws:')}" if text.startswith("arn:aws:") else text
        for text in statement.resources
    )
    return replace(statement, resources=tuple(resources))


def _property_files(step: Step) -> Iterator[tuple[Any, Any]]:
    """(a location, nothing) or (nothing, a reference) of each property file a step reads."""
    own = dict(step.raw)
    if isinstance(own.get("Arguments"), dict):
        inner = BRANCH_KEYS.get(step.type, ())
        own["Arguments"] = {k: v for k, v in own["Arguments"].items() if k not in inner}
    for path, body in _walk(own):
        if path[-1:] != ("Std:JsonGet",) or not isinstance(body, dict):
            continue
        place, file = body.get("S3Uri"), body.get("PropertyFile")
        if place is not None:
            yield step.pipeline.resolver.resolve(place), None
            continue
        text = lookup(file, "Get") if isinstance(file, dict) else file
        if isinstance(text, str):
            yield None, parse_reference(text)


def _is_place(name: Any) -> bool:
    """Whether a member of arguments holds an address in S3: ``S3Uri``, ``S3OutputPath``."""
    return isinstance(name, str) and (
        name in _PLACES or (name.startswith("S3") and name.endswith(("Uri", "Path")))
    )


_PLACES = frozenset({"ModelDataUrl", "DestinationS3Uri"})
_OUTPUT_NAME = lazy_regex(r"ProcessingOutputConfig\.Outputs\[['\"]?([^'\"\]]+)['\"]?\]")
_WRITTEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ModelArtifacts.S3ModelArtifacts", ("OutputDataConfig", "S3OutputPath")),
    ("TransformOutput.S3OutputPath", ("TransformOutput", "S3OutputPath")),
    ("OutputDataConfig.S3OutputPath", ("OutputDataConfig", "S3OutputPath")),
)
"""Properties of a step that say where it wrote, and the argument that says it before."""


def _written_by(value: Unknown, pipeline: Pipeline) -> Any:
    """Where a step writes what a property of it refers to; ``MISSING`` where that is not said."""
    if len(value.references) != 1:
        return MISSING
    reference = parse_reference(value.references[0])
    maker = pipeline.steps_by_name.get(reference.name) if reference.root == "Steps" else None
    if maker is None:
        return MISSING
    rest = reference.text
    for ending, path in _WRITTEN:
        if rest.endswith(ending):
            return maker.get(*path)
    named = _OUTPUT_NAME.search(rest)
    outputs = maker.get("ProcessingOutputConfig", "Outputs")
    for output in outputs if named is not None and isinstance(outputs, list) else ():
        if named is not None and lookup(output, "OutputName") == named[1]:
            return dig(output, "S3Output", "S3Uri")
    return MISSING


def _output_of(step: Step, reference: str) -> Any:
    """Where a step writes the output that holds a property file."""
    name = reference.rpartition(".")[2].strip("[]'\"")
    files = lookup(step.value, "PropertyFiles")
    outputs = step.get("ProcessingOutputConfig", "Outputs")
    for file in files if isinstance(files, list) else ():
        if lookup(file, "PropertyFileName") != name:
            continue
        for output in outputs if isinstance(outputs, list) else ():
            if lookup(output, "OutputName") == lookup(file, "OutputName"):
                return dig(output, "S3Output", "S3Uri")
    return MISSING


def _prefixed(service: str, actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{service}:{action}" for action in sorted(set(actions)))
