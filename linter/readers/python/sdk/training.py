"""Training and tuning jobs: what ``estimator.fit(...)`` and ``tuner.fit(...)`` ask for."""

from __future__ import annotations

import posixpath
from functools import partial
from typing import Any

from linter.core.values import Template, Unknown, make_string
from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import (
    S3,
    Build,
    Record,
    both,
    bucket_text,
    either,
    given,
    given_or_not,
    holding,
    is_variable,
    items_of,
    itself,
    json_of,
    mapped,
    perhaps,
    record,
    request_of_object,
    role_arn,
    tags_of,
    text_of,
)
from linter.readers.python.values import (
    Cell,
    Loose,
    Map,
    OneOf,
    PathValue,
    Sdk,
    Seq,
    is_scalar,
    unknown,
    why,
)

_OWN_CODE = ("entry_point", "source_dir", "dependencies")


def request(machine: Machine, estimator: Sdk, inputs: Cell) -> Cell:
    """``CreateTrainingJob`` without the job's name."""
    place = estimator.place
    made = Record(place)
    made.always("AlgorithmSpecification", _algorithm(estimator, inputs))
    made.always("OutputDataConfig", output_config(estimator))
    made.always("StoppingCondition", stopping(estimator))
    made.always("ResourceConfig", _resources(estimator))
    made.always("RoleArn", role_arn(argument(estimator, "role")))
    _put_channels(made, estimator, inputs)
    parameters = hyperparameters(estimator)
    made.put_when(truth(parameters.value), "HyperParameters", parameters)
    made.put("Environment", argument(estimator, "environment"))
    made.put("Tags", tags_of(argument(estimator, "tags")))
    _protections(made, estimator)
    _observers(made, estimator)
    _rarely_given(made, estimator)
    made.open(estimator.rest)
    return made.cell


def _protections(made: Record, estimator: Sdk) -> None:
    """What single jobs and those of a tuner have in common: network, spot, checkpoints, tries."""
    put_vpc(made, estimator)
    made.put_if("EnableNetworkIsolation", argument(estimator, "enable_network_isolation"))
    made.put_if(
        "EnableInterContainerTrafficEncryption",
        argument(estimator, "encrypt_inter_container_traffic"),
    )
    made.put_if("EnableManagedSpotTraining", argument(estimator, "use_spot_instances"))
    _put_checkpoints(made, estimator)
    made.put_from("RetryStrategy", argument(estimator, "max_retry_attempts"), _retries)


def _retries(attempts: Cell) -> Cell:
    return record(attempts.place, MaximumRetryAttempts=attempts)


def _rarely_given(made: Record, estimator: Sdk) -> None:
    for name, key, inner in (
        ("enable_infra_check", "InfraCheckConfig", "EnableInfraCheck"),
        ("enable_remote_debug", "RemoteDebugConfig", "EnableRemoteDebug"),
        ("enable_session_tag_chaining", "SessionChainingConfig", "EnableSessionTagChaining"),
    ):
        made.put_from(key, argument(estimator, name), partial(holding, inner))
    names = {"s3_output_path": "S3OutputPath", "container_local_output_path": "LocalPath"}
    board = argument(estimator, "tensorboard_output_config")
    made.put_from("TensorBoardOutputConfig", board, lambda cell: request_of_object(cell, names))


def _algorithm(estimator: Sdk, inputs: Cell) -> Cell:
    made = Record(estimator.place)
    made.always("TrainingInputMode", _mode(estimator, inputs))
    if estimator.kind == "AlgorithmEstimator":
        made.always("AlgorithmName", argument(estimator, "algorithm_arn"))
    else:
        made.always("TrainingImage", training_image(estimator))
    made.put("MetricDefinitions", argument(estimator, "metric_definitions"))
    made.put("EnableSageMakerMetricsTimeSeries", _with_metrics(estimator))
    made.put("ContainerEntrypoint", argument(estimator, "container_entry_point"))
    made.put("ContainerArguments", argument(estimator, "container_arguments"))
    made.put_from(
        "TrainingImageConfig",
        argument(estimator, "training_repository_access_mode"),
        lambda access: _repository(estimator, access),
    )
    return made.cell


def _repository(estimator: Sdk, access: Cell) -> Cell:
    made = Record(access.place)
    made.always("TrainingRepositoryAccessMode", access)
    made.put_from(
        "TrainingRepositoryAuthConfig",
        argument(estimator, "training_repository_credentials_provider_arn"),
        partial(holding, "TrainingRepositoryCredentialsProviderArn"),
    )
    return made.cell


def _mode(estimator: Sdk, inputs: Cell) -> Cell:
    """The mode of the job: an only input's own goes before the estimator's."""
    mode = argument(estimator, "input_mode")
    if table_kind(inputs.value, "TrainingInput"):
        return given_or_not(argument(inputs.value, "input_mode"), mode)
    if isinstance(inputs.value, Unknown | OneOf):
        return Cell(unknown(why(inputs.value)), mode.place)
    return mode


_WITH_METRICS = ("PyTorch", "TensorFlow", "HuggingFace", "MXNet")
"""Frameworks whose newer versions switch metrics on by themselves."""


def _with_metrics(estimator: Sdk) -> Cell:
    given = argument(estimator, "enable_sagemaker_metrics")
    if "enable_sagemaker_metrics" not in estimator.args and estimator.kind in _WITH_METRICS:
        return Cell(unknown("whether this version of the framework has metrics"), given.place)
    return given


def training_image(estimator: Sdk) -> Cell:
    """The image that is given, or one of AWS that the SDK chooses."""
    chosen = Cell(image_uri(None), estimator.place)
    return given_or_not(argument(estimator, "image_uri"), chosen)


def output_path(estimator: Sdk) -> Cell:
    """Where results go: as given, or the session's bucket."""
    parts = bucket_text(estimator)
    default = make_string([S3, *parts, "/"])
    return given_or_not(argument(estimator, "output_path"), Cell(default, estimator.place))


def output_config(estimator: Sdk) -> Cell:
    made = Record(estimator.place)
    made.always("S3OutputPath", output_path(estimator))
    made.put("KmsKeyId", argument(estimator, "output_kms_key"))
    plain = argument(estimator, "disable_output_compression")
    made.put_from("CompressionType", plain, lambda cell: Cell("NONE", cell.place), test=truth)
    return made.cell


def stopping(estimator: Sdk) -> Cell:
    made = Record(estimator.place)
    made.always("MaxRuntimeInSeconds", argument(estimator, "max_run"))
    made.put_if("MaxWaitTimeInSeconds", argument(estimator, "max_wait"))
    return made.cell


def _resources(estimator: Sdk) -> Cell:
    made = Record(estimator.place)
    made.always("VolumeSizeInGB", argument(estimator, "volume_size"))
    made.put("VolumeKmsKeyId", argument(estimator, "volume_kms_key"))
    made.put("KeepAlivePeriodInSeconds", argument(estimator, "keep_alive_period_in_seconds"))
    groups = argument(estimator, "instance_groups")
    sure = truth(groups.value)
    if sure is not False:
        made.put_from("InstanceGroups", groups, _groups, test=truth)
    for name, key in (("instance_count", "InstanceCount"), ("instance_type", "InstanceType")):
        made.put_when(None if sure is None else not sure, key, argument(estimator, name))
    made.put("TrainingPlanArn", argument(estimator, "training_plan"))
    made.put("InstancePlacementConfig", argument(estimator, "instance_placement_config"))
    return made.cell


_GROUP = {
    "instance_group_name": "InstanceGroupName",
    "instance_type": "InstanceType",
    "instance_count": "InstanceCount",
}


def _groups(groups: Cell) -> Cell:
    return mapped(groups, lambda one: request_of_object(one, _GROUP))


def put_vpc(made: Record, owner: Sdk) -> None:
    """``VpcConfig`` of subnets and security groups, where both are given."""
    subnets, groups = argument(owner, "subnets"), argument(owner, "security_group_ids")

    def build(subnets: Cell) -> Cell:
        inner = Record(subnets.place)
        inner.always("Subnets", subnets)
        inner.put_from("SecurityGroupIds", groups)
        inner.map.items |= inner.map.possible  # without them there is no VpcConfig either
        inner.map.possible = {}
        return inner.cell

    sure = given(groups.value)
    if sure is not False:
        inside = Record(owner.place)
        inside.put_from("VpcConfig", subnets, build)
        for members in (inside.map.items, inside.map.possible):
            for key, cell in members.items():
                made.put_when(sure if members is inside.map.items else None, key, cell)


def _put_checkpoints(made: Record, estimator: Sdk) -> None:
    def build(where: Cell) -> Cell:
        inner = Record(where.place)
        inner.always("S3Uri", where)
        inner.put_if("LocalPath", argument(estimator, "checkpoint_local_path"))
        return inner.cell

    made.put_from("CheckpointConfig", argument(estimator, "checkpoint_s3_uri"), build, test=truth)


# --- debugger and profiler ------------------------------------------------------------------------


def _observers(made: Record, estimator: Sdk) -> None:
    """Hooks that the SDK adds by itself unless they are switched off."""
    rules = argument(estimator, "rules")
    made.put_from("DebugRuleConfigurations", rules, _unknown_of("the rules of the debugger"))
    _hook(made, estimator, rules)
    _profiler(made, estimator)


def _unknown_of(reason: str) -> Build:
    return lambda cell: Cell(unknown(reason), cell.place)


def _hook(made: Record, estimator: Sdk, rules: Cell) -> None:
    hook = argument(estimator, "debugger_hook_config")
    value = hook.value
    unhooked = _unhooked(estimator)
    if unhooked or value is False:
        return
    key = "DebugHookConfig"
    if unhooked is None or isinstance(value, Unknown | OneOf):
        made.put_when(None, key, Cell(unknown("whether the debugger is hooked in"), hook.place))
    elif value is None or value is True or (isinstance(value, Map) and truth(value) is False):
        none: list[Cell] = []
        collections: Any = Cell(Seq(none), hook.place)
        if truth(rules.value) is not False:
            collections = unknown("collections of the rules")
        path = output_path(estimator)
        made.always(
            key, record(hook.place, S3OutputPath=path, CollectionConfigurations=collections)
        )
    else:
        made.always(key, Cell(unknown("what the debugger's hook writes"), hook.place))


_NOT_HOOKED = ("PyTorch", "TensorFlow", "MXNet")


def _unhooked(estimator: Sdk) -> bool | None:
    """Whether the debugger is left out, as these frameworks do where there are checkpoints."""
    if estimator.kind not in _NOT_HOOKED:
        return False
    count = argument(estimator, "instance_count").value
    several = is_variable(count) or (count > 1 if isinstance(count, int) else None)
    # The others always have a distribution, if an empty one.
    distributed = estimator.kind != "MXNet" or given(argument(estimator, "distribution").value)
    return both(
        truth(argument(estimator, "checkpoint_s3_uri").value),
        truth(argument(estimator, "checkpoint_local_path").value),
        either(several, distributed),
    )


def _profiler(made: Record, estimator: Sdk) -> None:
    disabled = argument(estimator, "disable_profiler")
    config = argument(estimator, "profiler_config")
    off = either(truth(disabled.value), _is_unprofiled(argument(estimator, "instance_type").value))
    key = "ProfilerConfig"
    if config.value is not None or off is None:
        made.always(key, Cell(unknown("the profiler's settings"), config.place))
    elif off:
        made.always(key, record(disabled.place, DisableProfiler=True))
    else:
        path = output_path(estimator)
        made.always(key, record(disabled.place, S3OutputPath=path, DisableProfiler=False))
    rules = either(given(config.value), truth(argument(estimator, "rules").value))
    if off is not True and rules is not False:
        rule = Cell(unknown("profiler rules"), config.place)
        made.put_when(None, "ProfilerRuleConfigurations", rule)


def _is_unprofiled(kind: Any) -> bool | None:
    """Whether a type of machine is one that the profiler does not support."""
    if isinstance(kind, OneOf):
        found = {_is_unprofiled(cell.value) for cell in kind.cells}
        return found.pop() if len(found) == 1 else None
    if isinstance(kind, Template):
        start = kind.prefix
        return start.startswith("ml.trn") or (None if "ml.trn".startswith(start) else False)
    if isinstance(kind, Unknown):
        return None
    return isinstance(kind, str) and kind.startswith("ml.trn")


# --- hyperparameters ------------------------------------------------------------------------------


def hyperparameters(estimator: Sdk) -> Cell:
    """Hyperparameters as text; a framework's are JSON, with those that name its code."""
    given = argument(estimator, "hyperparameters")
    framework = table_kind(estimator, "Framework")
    # A plain estimator with a source directory encodes what it is made with.
    encodes = framework or truth(argument(estimator, "source_dir").value)
    convert = json_of if encodes else text_of
    if encodes is None:
        convert = _either_way
    made = Record(given.place)
    value = given.value
    if isinstance(value, Map):
        for key, cell in value.items.items():
            made.map.items[str(key)] = convert(cell)
            made.map.keys[str(key)] = value.keys.get(key, cell.place)
        for key, cell in value.possible.items():
            made.map.possible[str(key)] = convert(cell)
        made.open(value.rest)
    elif value is not None:
        made.open(unknown(f"hyperparameters: {why(value)}"))
    brings = either(*(truth(argument(estimator, name).value) for name in _OWN_CODE))
    for key, cell in _script(estimator).items():
        made.put_when(brings, key, cell)
    if table_kind(estimator, "AmazonAlgorithmEstimatorBase") or _is_special(estimator):
        made.open(unknown(f"hyperparameters that {estimator.kind} adds"))
    return made.cell


def _either_way(cell: Cell) -> Cell:
    return Cell(unknown("whether it is written as JSON"), cell.place)


def _is_special(estimator: Sdk) -> bool:
    if not table_kind(estimator, "Framework"):
        return False
    adds = argument(estimator, "distribution")
    return estimator.kind not in ("SKLearn", "XGBoost", "PyTorch", "HuggingFace") or (
        adds.value is not None
    )


def _script(estimator: Sdk) -> dict[str, Cell]:
    code = argument(estimator, "entry_point")
    where = unknown("where the SDK uploads the code", "code")
    name = Cell(_script_name(estimator, code), code.place)
    region = unknown("the session's region", "region")
    return {
        "sagemaker_submit_directory": Cell(make_string(['"', where, '"']), code.place),
        "sagemaker_program": json_of(name),
        "sagemaker_container_log_level": json_of(argument(estimator, "container_log_level")),
        "sagemaker_region": Cell(make_string(['"', region, '"']), estimator.place),
    }


def _script_name(estimator: Sdk, code: Cell) -> Any:
    text = code.value.text if isinstance(code.value, PathValue) else code.value
    inside = truth(argument(estimator, "source_dir").value)
    if not isinstance(text, str) or (inside is None and "/" in text):
        return unknown(f"the script's name: {why(code.value)}")
    return text if inside else posixpath.basename(text)


# --- channels -------------------------------------------------------------------------------------


def _put_channels(made: Record, estimator: Sdk, inputs: Cell) -> None:
    """``InputDataConfig``: what ``fit()`` is given, a model to start from, the code."""
    model = argument(estimator, "model_uri")
    name = argument(estimator, "model_channel_name")
    channel = _channel(name, model, mode="File", content="application/x-sagemaker-model")
    has_model = truth(model.value)
    has_code = both(
        truth(argument(estimator, "enable_network_isolation").value),
        truth(argument(estimator, "entry_point").value),
    )
    where = Cell(unknown("where the SDK uploads the code", "code"), estimator.place)
    code = _channel(Cell("code", estimator.place), where)
    added = perhaps(has_model, "a channel with a model that may be given", channel)
    added += perhaps(has_code, "a channel with the code that may be needed", code)
    if not added:
        made.put_from("InputDataConfig", inputs, channels_of)
        return
    first: list[Cell] = []
    if inputs.value is not None:
        own = channels_of(inputs)
        loose = Cell(Loose((), why(own.value), many=True), inputs.place)
        first = own.value.items if isinstance(own.value, Seq) else [loose]
    place = inputs.place if inputs.value is not None else estimator.place
    sure = either(given(inputs.value), has_model, has_code)
    made.put_when(sure, "InputDataConfig", Cell(Seq([*first, *added]), place))


def channels_of(inputs: Cell) -> Cell:
    """``inputs=`` as channels: one named ``training``, or one for each member of a dict."""
    value = inputs.value
    if isinstance(value, Map):
        items = [
            _channel(Cell(key, value.keys.get(key, cell.place)), cell)
            for key, cell in value.items.items()
        ]
        for key, cell in value.possible.items():
            one = _channel(Cell(key, cell.place), cell)
            items.append(Cell(Loose((one,), "a channel that may be there"), cell.place))
        if value.rest is not None:
            items.append(Cell(Loose((), value.rest.reason, many=True), inputs.place))
        return Cell(Seq(items), inputs.place)
    single = (
        table_kind(value, "TrainingInput", "FileSystemInput")
        or is_variable(value)
        or isinstance(value, Template)
        or (is_scalar(value) and value is not None)
    )
    if single:
        return Cell(Seq([_channel(Cell("training", inputs.place), inputs)]), inputs.place)
    return Cell(unknown(why(value)), inputs.place)


_INPUT = {
    "compression": "CompressionType",
    "content_type": "ContentType",
    "record_wrapping": "RecordWrapperType",
    "input_mode": "InputMode",
    "target_attribute_name": "TargetAttributeName",
}


_SHUFFLE = {"seed": "Seed"}


def _spread(source: Record, value: Sdk) -> None:
    """How the data is spread: all of it everywhere, unless rows have a target."""
    spread = argument(value, "distribution")
    by_rows = truth(argument(value, "target_attribute_name").value)
    if by_rows is False:
        spread = given_or_not(spread, Cell("FullyReplicated", value.place))
    elif by_rows is None and given(spread.value) is not True:
        spread = Cell(unknown("how the data is spread"), spread.place)
    source.put("S3DataDistributionType", spread)


def _channel(name: Cell, cell: Cell, *, mode: str = "", content: str = "") -> Cell:
    value = cell.value
    made = Record(cell.place)
    if table_kind(value, "TrainingInput"):
        source = Record(value.place)
        source.put("S3DataType", argument(value, "s3_data_type"))
        source.always("S3Uri", argument(value, "s3_data"))
        _spread(source, value)
        source.put("InstanceGroupNames", argument(value, "instance_groups"))
        source.put("AttributeNames", argument(value, "attribute_names"))
        made = Record(value.place)
        made.always("DataSource", record(value.place, S3DataSource=source.cell))
        for parameter, key in _INPUT.items():
            made.put(key, argument(value, parameter))
        shuffle = argument(value, "shuffle_config")
        made.put_from("ShuffleConfig", shuffle, lambda cell: request_of_object(cell, _SHUFFLE))
        made.open(value.rest)
    elif isinstance(value, Sdk) and not is_variable(value):
        return Cell(unknown(f"a channel made by {value.kind}"), cell.place)
    elif isinstance(value, Unknown | OneOf):
        # A channel's object or an address: which of the two is not known.
        made.open(unknown(why(value)))
    else:
        plain_source = record(
            cell.place, S3DataType="S3Prefix", S3Uri=cell, S3DataDistributionType="FullyReplicated"
        )
        made.always("DataSource", record(cell.place, S3DataSource=plain_source))
        if mode:
            made.always("InputMode", mode)
        if content:
            made.always("ContentType", content)
    made.always("ChannelName", name)
    return made.cell


# --- tuning ---------------------------------------------------------------------------------------


def tuning(machine: Machine, tuner: Sdk, inputs: Cell) -> Cell:
    """``CreateHyperParameterTuningJob`` without the job's name."""
    made = Record(tuner.place)
    config = Record(tuner.place)
    config.always("Strategy", argument(tuner, "strategy"))
    limits = Record(tuner.place)
    jobs = argument(tuner, "max_jobs")
    if argument(tuner, "strategy").value in ("Bayesian", "Random", "Hyperband"):
        limits.always("MaxNumberOfTrainingJobs", given_or_not(jobs, Cell(1, tuner.place)))
    elif given(jobs.value):
        limits.put("MaxNumberOfTrainingJobs", jobs)
    else:
        reason = "as many jobs as a grid has points"
        limits.put("MaxNumberOfTrainingJobs", Cell(unknown(reason), jobs.place))
    limits.always("MaxParallelTrainingJobs", argument(tuner, "max_parallel_jobs"))
    limits.put("MaxRuntimeInSeconds", argument(tuner, "max_runtime_in_seconds"))
    config.always("ResourceLimits", limits.cell)
    config.always("TrainingJobEarlyStoppingType", argument(tuner, "early_stopping_type"))
    config.put("RandomSeed", argument(tuner, "random_seed"))
    several = bool(tuner.state.get("several"))
    if several:
        config.open(unknown("the objectives of several estimators"))
    else:
        objective = record(
            tuner.place,
            Type=argument(tuner, "objective_type"),
            MetricName=argument(tuner, "objective_metric_name"),
        )
        config.always("HyperParameterTuningJobObjective", objective)
        ranges = argument(tuner, "hyperparameter_ranges")
        varied = _ranges(tuner)
        if truth(argument(tuner, "autotune").value) is not False:
            varied = Cell(unknown("ranges that the tuner finds by itself"), ranges.place)
        config.put_when(given(ranges.value), "ParameterRanges", varied)
    for name in ("strategy_config", "completion_criteria_config"):
        if argument(tuner, name).value is not None:
            config.open(unknown("further settings of the tuner"))
    made.always("HyperParameterTuningJobConfig", config.cell)
    made.put_from("Autotune", argument(tuner, "autotune"), _enabled, test=truth)
    if several:
        made.always("TrainingJobDefinitions", _definitions(machine, tuner, inputs))
    else:
        made.always("TrainingJobDefinition", _definition(machine, tuner, inputs))
    start = argument(tuner, "warm_start_config")
    made.put_from("WarmStartConfig", start, _unknown_of("the jobs that it starts from"))
    _put_tags(made, tuner)
    made.open(tuner.rest)
    return made.cell


def _enabled(cell: Cell) -> Cell:
    return record(cell.place, Mode="Enabled")


def _put_tags(made: Record, tuner: Sdk) -> None:
    """The tuner's tags, and those of its estimator that it does not have."""
    tags = argument(tuner, "tags")
    estimator = argument(tuner, "estimator").value
    if not table_kind(estimator, "EstimatorBase"):
        sure = True if truth(tags.value) else None
        made.put_when(sure, "Tags", Cell(unknown("tags of the estimator"), tags.place))
        return
    own = argument(estimator, "tags")
    if truth(own.value) is False:
        made.put("Tags", tags_of(tags))
    elif tags.value is None:
        made.put_if("Tags", tags_of(own))
    else:
        reason = "a tag of the estimator"
        more = [Cell(Loose((one,), reason), one.place) for one in items_of(tags_of(own))]
        sure = either(given(tags.value), truth(own.value))
        items = [*items_of(tags_of(tags)), *more]
        made.put_when(sure, "Tags", Cell(Seq(items), tags.place))


_KINDS = ("Continuous", "Categorical", "Integer")


def _ranges(tuner: Sdk) -> Cell:
    given = argument(tuner, "hyperparameter_ranges")
    if not isinstance(given.value, Map):
        return Cell(unknown(why(given.value)), given.place)
    made = Record(given.place)
    framework = table_kind(argument(tuner, "estimator").value, "Framework")
    for kind in _KINDS:
        items = [
            _range(key, cell, kind, framework)
            for key, cell in given.value.items.items()
            if isinstance(cell.value, Sdk) and cell.value.kind == f"{kind}Parameter"
        ]
        if not given.value.exact:
            items.append(Cell(Loose((), "further ranges", many=True), given.place))
        made.always(f"{kind}ParameterRanges", Cell(Seq(items), given.place))
    return made.cell


def _range(key: Any, cell: Cell, kind: str, framework: bool) -> Cell:
    value: Sdk = cell.value
    made = Record(value.place)
    made.always("Name", key)
    if kind == "Categorical":
        values = argument(value, "values")
        made.always("Values", Cell(unknown("the values of a range"), values.place))
        if isinstance(values.value, Seq):
            convert = json_of if framework else itself
            made.always("Values", mapped(mapped(values, text_of), convert))
    else:
        made.always("MinValue", text_of(argument(value, "min_value")))
        made.always("MaxValue", text_of(argument(value, "max_value")))
        made.always("ScalingType", argument(value, "scaling_type"))
    return made.cell


def _definition(machine: Machine, tuner: Sdk, inputs: Cell) -> Cell:
    estimator = argument(tuner, "estimator")
    if not table_kind(estimator.value, "EstimatorBase"):
        return Cell(unknown(why(estimator.value)), estimator.place)
    ranges = argument(tuner, "hyperparameter_ranges").value
    metrics = argument(tuner, "metric_definitions")
    return _one_definition(estimator.value, inputs, tuner, ranges, metrics)


def _one_definition(estimator: Sdk, inputs: Cell, tuner: Sdk, ranges: Any, metrics: Cell) -> Cell:
    made = Record(estimator.place)
    static = hyperparameters(estimator)
    if isinstance(static.value, Map) and table_kind(estimator, "Framework"):
        static.value.rest = unknown("hyperparameters that the tuner adds")
    if isinstance(static.value, Map) and isinstance(ranges, Map):
        for key in ranges.items:
            static.value.items.pop(key, None)
        if not ranges.exact:
            static = Cell(unknown("which of them the tuner varies"), static.place)
    elif ranges is not None:
        static = Cell(unknown("which of them the tuner varies"), static.place)
    if truth(argument(tuner, "autotune").value) is not False:
        static = Cell(unknown("which of them the tuner varies by itself"), static.place)
    made.always("StaticHyperParameters", static)
    made.always("RoleArn", role_arn(argument(estimator, "role")))
    made.always("OutputDataConfig", output_config(estimator))
    made.always("StoppingCondition", stopping(estimator))
    resources = Record(estimator.place)
    resources.put("VolumeKmsKeyId", argument(estimator, "volume_kms_key"))
    resources.always("InstanceCount", argument(estimator, "instance_count"))
    resources.always("InstanceType", argument(estimator, "instance_type"))
    resources.always("VolumeSizeInGB", argument(estimator, "volume_size"))
    made.always("HyperParameterTuningResourceConfig", resources.cell)
    algorithm = Record(estimator.place)
    algorithm.always("TrainingInputMode", _mode(estimator, inputs))
    algorithm.put("MetricDefinitions", metrics)
    algorithm.always("TrainingImage", training_image(estimator))
    made.always("AlgorithmSpecification", algorithm.cell)
    _put_channels(made, estimator, inputs)
    _protections(made, estimator)
    made.put("Environment", argument(estimator, "environment"))
    made.open(estimator.rest)
    return made.cell


def _member(cell: Cell, key: Any) -> Cell:
    """What a dict holds under a key; ``None`` where it surely has none."""
    value = cell.value
    if value is None:
        return cell
    if isinstance(value, Map):
        found = value.items.get(key)
        if found is not None:
            return found
        if value.exact:
            return Cell(None, cell.place)
    return Cell(unknown(why(value)), cell.place)


def _definitions(machine: Machine, tuner: Sdk, inputs: Cell) -> Cell:
    estimators = argument(tuner, "estimator_dict")
    if not isinstance(estimators.value, Map) or not estimators.value.exact:
        return Cell(unknown(why(estimators.value)), estimators.place)
    items: list[Cell] = []
    for name in sorted(estimators.value.items, key=str):
        cell = estimators.value.items[name]
        if not table_kind(cell.value, "EstimatorBase"):
            items.append(Cell(unknown(why(cell.value)), cell.place))
            continue
        metrics = _member(argument(tuner, "metric_definitions_dict"), name)
        ranges = _member(argument(tuner, "hyperparameter_ranges_dict"), name).value
        made = _one_definition(cell.value, _member(inputs, name), tuner, ranges, metrics)
        made.value.items["DefinitionName"] = Cell(name, cell.place)
        made.value.rest = unknown("the objective and ranges of one of several estimators")
        items.append(made)
    return Cell(Seq(items), estimators.place)
