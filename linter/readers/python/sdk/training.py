"""Training and tuning jobs: what ``estimator.fit(...)`` and ``tuner.fit(...)`` ask for."""

from __future__ import annotations

import posixpath
from typing import Any

from linter.core.values import Template, Unknown, make_string
from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import (
    Record,
    bucket_prefix,
    default_bucket,
    is_variable,
    json_of,
    mapped,
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

_S3 = "s3://"
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
    channels = _channels(estimator, inputs)
    if channels is not None:
        made.put("InputDataConfig", channels)
    parameters = hyperparameters(estimator)
    if truth(parameters.value) is not False:
        made.put("HyperParameters", parameters)
    made.put("Environment", argument(estimator, "environment"))
    made.put("Tags", tags_of(argument(estimator, "tags")))
    made.put("VpcConfig", vpc(estimator))
    made.put_if("EnableNetworkIsolation", argument(estimator, "enable_network_isolation"))
    made.put_if(
        "EnableInterContainerTrafficEncryption",
        argument(estimator, "encrypt_inter_container_traffic"),
    )
    made.put_if("EnableManagedSpotTraining", argument(estimator, "use_spot_instances"))
    made.put("CheckpointConfig", checkpoints(estimator))
    retries = argument(estimator, "max_retry_attempts")
    if retries.value is not None:
        made.put("RetryStrategy", record(retries.place, MaximumRetryAttempts=retries))
    _observers(made, estimator)
    _rarely_given(made, estimator)
    made.open(estimator.rest)
    return made.cell


def _rarely_given(made: Record, estimator: Sdk) -> None:
    for name, key, inner in (
        ("enable_infra_check", "InfraCheckConfig", "EnableInfraCheck"),
        ("enable_remote_debug", "RemoteDebugConfig", "EnableRemoteDebug"),
        ("enable_session_tag_chaining", "SessionChainingConfig", "EnableSessionTagChaining"),
    ):
        cell = argument(estimator, name)
        if cell.value is not None:
            made.put(key, record(cell.place, **{inner: cell}))
    board = argument(estimator, "tensorboard_output_config")
    if board.value is not None:
        names = {"s3_output_path": "S3OutputPath", "container_local_output_path": "LocalPath"}
        made.put("TensorBoardOutputConfig", request_of_object(board, names))


def _algorithm(estimator: Sdk, inputs: Cell) -> Cell:
    made = Record(estimator.place)
    made.always("TrainingInputMode", _mode(estimator, inputs))
    if estimator.kind == "AlgorithmEstimator":
        made.always("AlgorithmName", argument(estimator, "algorithm_arn"))
    else:
        made.always("TrainingImage", training_image(estimator))
    made.put("MetricDefinitions", argument(estimator, "metric_definitions"))
    made.put("EnableSageMakerMetricsTimeSeries", _metrics(estimator))
    made.put("ContainerEntrypoint", argument(estimator, "container_entry_point"))
    made.put("ContainerArguments", argument(estimator, "container_arguments"))
    access = argument(estimator, "training_repository_access_mode")
    if access.value is not None:
        inner = Record(access.place)
        inner.put("TrainingRepositoryAccessMode", access)
        provider = argument(estimator, "training_repository_credentials_provider_arn")
        if provider.value is not None:
            key = "TrainingRepositoryCredentialsProviderArn"
            inner.put("TrainingRepositoryAuthConfig", record(provider.place, **{key: provider}))
        made.put("TrainingImageConfig", inner.cell)
    return made.cell


def _mode(estimator: Sdk, inputs: Cell) -> Cell:
    """The mode of the job: an only input's own goes before the estimator's."""
    mode = argument(estimator, "input_mode")
    if table_kind(inputs.value, "TrainingInput"):
        own = argument(inputs.value, "input_mode")
        return own if own.value is not None else mode
    if isinstance(inputs.value, Unknown | OneOf):
        return Cell(unknown(why(inputs.value)), mode.place)
    return mode


_WITH_METRICS = ("PyTorch", "TensorFlow", "HuggingFace", "MXNet")
"""Frameworks whose newer versions switch metrics on by themselves."""


def _metrics(estimator: Sdk) -> Cell:
    given = argument(estimator, "enable_sagemaker_metrics")
    if "enable_sagemaker_metrics" not in estimator.args and estimator.kind in _WITH_METRICS:
        return Cell(unknown("whether this version of the framework has metrics"), given.place)
    return given


def training_image(estimator: Sdk) -> Cell:
    """The image that is given, or one of AWS that the SDK chooses."""
    given = argument(estimator, "image_uri")
    if given.value is not None and not isinstance(given.value, OneOf):
        return given
    return Cell(image_uri(None), estimator.place)


def output_path(estimator: Sdk) -> Cell:
    given = argument(estimator, "output_path")
    value = given.value
    if value is None:
        prefix = bucket_prefix(estimator)
        tail = "/" if prefix is None else make_string(["/", _part(prefix), "/"])
        text = make_string([_S3, _part(default_bucket(estimator).value), tail])
        return Cell(text, estimator.place)
    if isinstance(value, OneOf) and any(cell.value is None for cell in value.cells):
        return Cell(unknown(value.reason), given.place)
    return given


def _part(value: Any) -> Any:
    return value if isinstance(value, str | Template | Unknown) else unknown(why(value))


def output_config(estimator: Sdk) -> Cell:
    made = Record(estimator.place)
    made.always("S3OutputPath", output_path(estimator))
    made.put("KmsKeyId", argument(estimator, "output_kms_key"))
    if truth(argument(estimator, "disable_output_compression").value):
        made.always("CompressionType", "NONE")
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
    if groups.value is not None:
        names = {
            "instance_group_name": "InstanceGroupName",
            "instance_type": "InstanceType",
            "instance_count": "InstanceCount",
        }
        made.put("InstanceGroups", mapped(groups, lambda one: request_of_object(one, names)))
    else:
        made.always("InstanceCount", argument(estimator, "instance_count"))
        made.always("InstanceType", argument(estimator, "instance_type"))
    made.put("TrainingPlanArn", argument(estimator, "training_plan"))
    made.put("InstancePlacementConfig", argument(estimator, "instance_placement_config"))
    return made.cell


def vpc(owner: Sdk) -> Cell | None:
    """``VpcConfig`` of subnets and security groups, where both are given."""
    subnets, groups = argument(owner, "subnets"), argument(owner, "security_group_ids")
    if subnets.value is None or groups.value is None:
        return None
    made = record(subnets.place, Subnets=subnets, SecurityGroupIds=groups)
    for cell in (subnets, groups):
        if isinstance(cell.value, OneOf) and any(c.value is None for c in cell.value.cells):
            return Cell(OneOf((made, Cell(None, cell.place)), cell.value.reason), cell.place)
    return made


def checkpoints(estimator: Sdk) -> Cell | None:
    where = argument(estimator, "checkpoint_s3_uri")
    if truth(where.value) is False:
        return None
    made = Record(where.place)
    made.put("S3Uri", where)
    made.put_if("LocalPath", argument(estimator, "checkpoint_local_path"))
    return made.cell


# --- debugger and profiler ------------------------------------------------------------------------


def _observers(made: Record, estimator: Sdk) -> None:
    """Hooks that the SDK adds by itself unless they are switched off."""
    rules = argument(estimator, "rules")
    if rules.value is not None:
        made.put("DebugRuleConfigurations", Cell(unknown("the rules of the debugger"), rules.place))
    hook = argument(estimator, "debugger_hook_config")
    value = hook.value
    unhooked = _unhooked(estimator)
    if unhooked:
        value = False
    elif unhooked is None:
        hook, value = Cell(unknown("whether the debugger is hooked in"), hook.place), True
        made.put("DebugHookConfig", hook)
        value = False
    if value is None or value is True or (isinstance(value, Map) and not value.items):
        none: list[Cell] = []
        made.put(
            "DebugHookConfig",
            record(
                hook.place,
                S3OutputPath=output_path(estimator),
                CollectionConfigurations=Cell(Seq(none), hook.place)
                if rules.value is None
                else unknown("collections of the rules"),
            ),
        )
    elif value is not False:
        made.put("DebugHookConfig", Cell(unknown("what the debugger's hook writes"), hook.place))
    _profiler(made, estimator)


_NOT_HOOKED = ("PyTorch", "TensorFlow", "MXNet")


def _unhooked(estimator: Sdk) -> bool | None:
    """Whether the debugger is left out, as these frameworks do where there are checkpoints."""
    if estimator.kind not in _NOT_HOOKED:
        return False
    found = [
        truth(argument(estimator, f"checkpoint_{name}").value) for name in ("s3_uri", "local_path")
    ]
    return False if False in found else None if None in found else True


def _profiler(made: Record, estimator: Sdk) -> None:
    disabled = argument(estimator, "disable_profiler")
    given = argument(estimator, "profiler_config")
    off = truth(disabled.value)
    kind = argument(estimator, "instance_type").value
    if isinstance(kind, str) and kind.startswith("ml.trn"):
        off = True
    if given.value is not None or off is None:
        made.put("ProfilerConfig", Cell(unknown("the profiler's settings"), given.place))
    elif off:
        made.put("ProfilerConfig", record(disabled.place, DisableProfiler=True))
    else:
        path = output_path(estimator)
        made.put("ProfilerConfig", record(disabled.place, S3OutputPath=path, DisableProfiler=False))
    if given.value is not None and off is not True:
        at = given.place
        made.map.possible["ProfilerRuleConfigurations"] = Cell(unknown("profiler rules"), at)


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
    if any(truth(argument(estimator, name).value) is not False for name in _OWN_CODE):
        _script(made, estimator)
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


def _script(made: Record, estimator: Sdk) -> None:
    code = argument(estimator, "entry_point")
    where = unknown("where the SDK uploads the code", "code")
    made.always("sagemaker_submit_directory", Cell(make_string(['"', where, '"']), code.place))
    name = _script_name(estimator, code)
    made.always("sagemaker_program", json_of(Cell(name, code.place)))
    level = argument(estimator, "container_log_level")
    made.always("sagemaker_container_log_level", json_of(level))
    region = unknown("the session's region", "region")
    made.always("sagemaker_region", Cell(make_string(['"', region, '"']), estimator.place))


def _script_name(estimator: Sdk, code: Cell) -> Any:
    text = code.value.text if isinstance(code.value, PathValue) else code.value
    if not isinstance(text, str):
        return unknown(f"the script's name: {why(code.value)}")
    if argument(estimator, "source_dir").value is None:
        return posixpath.basename(text)
    return text


# --- channels -------------------------------------------------------------------------------------


def _channels(estimator: Sdk, inputs: Cell) -> Cell | None:
    found = channels_of(inputs)
    model = argument(estimator, "model_uri")
    added: list[Cell] = []
    if truth(model.value) is not False:
        name = argument(estimator, "model_channel_name")
        added.append(_channel(name, model, mode="File", content="application/x-sagemaker-model"))
    if truth(argument(estimator, "enable_network_isolation").value) is not False and truth(
        argument(estimator, "entry_point").value
    ):
        where = Cell(unknown("where the SDK uploads the code", "code"), estimator.place)
        added.append(_channel(Cell("code", estimator.place), where))
    if found is None and not added:
        return None
    if found is not None and not isinstance(found.value, Seq):
        return found
    before = [] if found is None else found.value.items
    return Cell(Seq([*before, *added]), estimator.place if found is None else found.place)


def channels_of(inputs: Cell) -> Cell | None:
    """``inputs=`` as channels: one named ``training``, or one for each member of a dict."""
    value = inputs.value
    if value is None:
        return None
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
    if (
        table_kind(value, "TrainingInput", "FileSystemInput")
        or is_variable(value)
        or is_scalar(value)
    ):
        return Cell(Seq([_channel(Cell("training", inputs.place), inputs)]), inputs.place)
    if isinstance(value, Template):
        return Cell(Seq([_channel(Cell("training", inputs.place), inputs)]), inputs.place)
    return Cell(unknown(why(value)), inputs.place)


_INPUT = {
    "compression": "CompressionType",
    "content_type": "ContentType",
    "record_wrapping": "RecordWrapperType",
    "input_mode": "InputMode",
    "target_attribute_name": "TargetAttributeName",
}


def _channel(name: Cell, cell: Cell, *, mode: str = "", content: str = "") -> Cell:
    value = cell.value
    made = Record(cell.place)
    if table_kind(value, "TrainingInput"):
        source = Record(value.place)
        source.put("S3DataType", argument(value, "s3_data_type"))
        source.always("S3Uri", argument(value, "s3_data"))
        spread = argument(value, "distribution")
        plain = truth(argument(value, "target_attribute_name").value) is False
        if spread.value is None and plain:
            spread = Cell("FullyReplicated", value.place)
        source.put("S3DataDistributionType", spread)
        source.put("InstanceGroupNames", argument(value, "instance_groups"))
        source.put("AttributeNames", argument(value, "attribute_names"))
        made = Record(value.place)
        made.always("DataSource", record(value.place, S3DataSource=source.cell))
        for parameter, key in _INPUT.items():
            made.put(key, argument(value, parameter))
        shuffle = argument(value, "shuffle_config")
        if shuffle.value is not None:
            made.put("ShuffleConfig", request_of_object(shuffle, {"seed": "Seed"}))
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
    limits.put("MaxNumberOfTrainingJobs", Cell(1, tuner.place) if jobs.value is None else jobs)
    limits.always("MaxParallelTrainingJobs", argument(tuner, "max_parallel_jobs"))
    limits.put("MaxRuntimeInSeconds", argument(tuner, "max_runtime_in_seconds"))
    config.always("ResourceLimits", limits.cell)
    config.always("TrainingJobEarlyStoppingType", argument(tuner, "early_stopping_type"))
    config.put("RandomSeed", argument(tuner, "random_seed"))
    several = "estimator_dict" in tuner.args
    if several:
        config.open(unknown("the objectives of several estimators"))
    else:
        objective = record(
            tuner.place,
            Type=argument(tuner, "objective_type"),
            MetricName=argument(tuner, "objective_metric_name"),
        )
        config.always("HyperParameterTuningJobObjective", objective)
        config.always("ParameterRanges", _ranges(tuner))
    for name in ("strategy_config", "completion_criteria_config"):
        if argument(tuner, name).value is not None:
            config.open(unknown("further settings of the tuner"))
    made.always("HyperParameterTuningJobConfig", config.cell)
    if truth(argument(tuner, "autotune").value) is not False:
        made.always("Autotune", record(tuner.place, Mode="Enabled"))
    if several:
        made.always("TrainingJobDefinitions", _definitions(machine, tuner, inputs))
    else:
        made.always("TrainingJobDefinition", _definition(machine, tuner, inputs))
    if argument(tuner, "warm_start_config").value is not None:
        at = argument(tuner, "warm_start_config").place
        made.put("WarmStartConfig", Cell(unknown("the jobs that it starts from"), at))
    tags = argument(tuner, "tags")
    estimator = argument(tuner, "estimator").value
    if tags.value is None and table_kind(estimator, "EstimatorBase"):
        tags = argument(estimator, "tags")
    made.put("Tags", tags_of(tags))
    made.open(tuner.rest)
    return made.cell


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
            made.always("Values", mapped(mapped(values, text_of), json_of if framework else _same))
    else:
        made.always("MinValue", text_of(argument(value, "min_value")))
        made.always("MaxValue", text_of(argument(value, "max_value")))
        made.always("ScalingType", argument(value, "scaling_type"))
    return made.cell


def _same(cell: Cell) -> Cell:
    return cell


def _definition(machine: Machine, tuner: Sdk, inputs: Cell) -> Cell:
    estimator = argument(tuner, "estimator")
    if not table_kind(estimator.value, "EstimatorBase"):
        return Cell(unknown(why(estimator.value)), estimator.place)
    ranges = argument(tuner, "hyperparameter_ranges").value
    return _one_definition(estimator.value, inputs, tuner, ranges)


def _one_definition(estimator: Sdk, inputs: Cell, tuner: Sdk, ranges: Any) -> Cell:
    made = Record(estimator.place)
    static = hyperparameters(estimator)
    if isinstance(static.value, Map) and isinstance(ranges, Map):
        for key in ranges.items:
            static.value.items.pop(key, None)
        if table_kind(estimator, "Framework"):
            static.value.rest = unknown("hyperparameters that the tuner adds")
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
    algorithm.put("MetricDefinitions", argument(tuner, "metric_definitions"))
    algorithm.always("TrainingImage", training_image(estimator))
    made.always("AlgorithmSpecification", algorithm.cell)
    channels = _channels(estimator, inputs)
    made.put("InputDataConfig", channels)
    made.put("VpcConfig", vpc(estimator))
    made.put_if("EnableNetworkIsolation", argument(estimator, "enable_network_isolation"))
    made.put_if(
        "EnableInterContainerTrafficEncryption",
        argument(estimator, "encrypt_inter_container_traffic"),
    )
    made.put_if("EnableManagedSpotTraining", argument(estimator, "use_spot_instances"))
    made.put("CheckpointConfig", checkpoints(estimator))
    retries = argument(estimator, "max_retry_attempts")
    if retries.value is not None:
        made.put("RetryStrategy", record(retries.place, MaximumRetryAttempts=retries))
    made.put("Environment", argument(estimator, "environment"))
    made.open(estimator.rest)
    return made.cell


def _definitions(machine: Machine, tuner: Sdk, inputs: Cell) -> Cell:
    estimators = tuner.args["estimator_dict"]
    if not isinstance(estimators.value, Map) or not estimators.value.exact:
        return Cell(unknown(why(estimators.value)), estimators.place)
    items: list[Cell] = []
    for name in sorted(estimators.value.items, key=str):
        cell = estimators.value.items[name]
        if not table_kind(cell.value, "EstimatorBase"):
            items.append(Cell(unknown(why(cell.value)), cell.place))
            continue
        own: Cell = Cell(None, tuner.place)
        if isinstance(inputs.value, Map):
            own = inputs.value.items.get(name, own)
        made = _one_definition(cell.value, own, tuner, None)
        made.value.items["DefinitionName"] = Cell(name, cell.place)
        made.value.rest = unknown("the objective and ranges of one of several estimators")
        items.append(made)
    return Cell(Seq(items), estimators.place)
