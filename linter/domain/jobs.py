"""What a training job really runs: the SDK compiles notebooks, functions and repacking to them."""

from __future__ import annotations

from linter.core.values import dig
from linter.domain.pipeline import Step

REPACKING = "repack"
NOTEBOOK = "notebook"
FUNCTION = "function"


def job_kind(step: Step) -> str:
    """The step's type, or one of the kinds above for a Training step that trains no model.

    The forms are those that the SageMaker Python SDK writes: ``_repack_script_launcher.sh`` or
    ``_repack_model.py`` as program, the entry point of ``@step`` functions, the environment of
    notebook jobs.
    """
    if step.type != "Training":
        return step.type
    program = dig(step.arguments, "HyperParameters", "sagemaker_program")
    if isinstance(program, str) and "_repack_" in program:
        return REPACKING
    environment = dig(step.arguments, "Environment")
    keys = list(environment) if isinstance(environment, dict) else []
    if any(key.startswith(("SM_INPUT_NOTEBOOK", "SM_EXECUTION_INPUT")) for key in keys):
        return NOTEBOOK
    container = dig(step.arguments, "AlgorithmSpecification", "ContainerEntrypoint")
    words = container if isinstance(container, list) else []
    if any(isinstance(word, str) and "sagemaker_remote_function" in word for word in words):
        return FUNCTION
    return step.type
