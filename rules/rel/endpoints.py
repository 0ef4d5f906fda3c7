"""REL010: endpoints whose variants have one instance only."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Document
from linter.core.values import MISSING, Unknown, lookup
from linter.policy.helpers import as_number, fail, is_set, known_values, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.environments import is_non_production, unread_environment

_NAMES = {
    "terraform": ("production_variants", "initial_instance_count", "model_name"),
    "cloudformation": ("ProductionVariants", "InitialInstanceCount", "ModelName"),
}


def one_instance(subject: Subject, context: Context) -> Iterable[Outcome]:
    """REL010: the failure of one machine is an outage.

    Development environments may have outages. A variant without a model is where inference
    components go: they have copies of their own.
    """
    document = subject.domain
    assert isinstance(document, Document)
    words = context.parameters["environments"]
    if is_non_production(document, context.project, words):
        return
    variants, count, model = _NAMES[subject.kind]
    items = lookup(subject.value, variants)
    for index, variant in enumerate(items if isinstance(items, list) else ()):
        value = lookup(variant, count)
        served = is_set(lookup(variant, model))
        if value is MISSING or value is None or served is False:
            continue
        at = (variants, index, count)
        counts = [as_number(item) for item in known_values(value)]
        if not counts:
            yield unknown(value, at)
        elif any(number is not None and number < 2 for number in counts):
            unread = unread_environment(document, context.project)
            if served is None:
                unread = Unknown("whether the variant serves a model is not known")
            yield fail(at) if unread is None else unknown(unread, ("tags",))
