"""What values a metric can have, as far as its name tells."""

from __future__ import annotations

import re
from typing import Any

from linter.core.record import record
from linter.core.values import lookup
from linter.domain.expressions import parse_reference

_INFINITY = float("inf")


@record
class Range:
    """The values that a metric can have, and those beyond which no threshold is meant.

    A loss has no upper bound, but beyond ``absurd_high`` a threshold holds nothing back in
    practice; R² has no lower bound, but ``absurd_low``. A ``share`` is written as a fraction or as
    a percentage: between 1 and 100 a threshold may be either.
    """

    low: float = -_INFINITY
    high: float = _INFINITY
    absurd_low: float = -_INFINITY
    absurd_high: float = _INFINITY
    share: bool = False


_SHARE = Range(low=0.0, high=100.0, share=True)
_CORRELATION = Range(low=-1.0, high=1.0)
_DETERMINATION = Range(high=1.0, absurd_low=-10.0)
_ERROR = Range(low=0.0, absurd_high=1e9)
_SQUARED_ERROR = Range(low=0.0, absurd_high=1e15)
_LOGARITHMIC = Range(low=0.0, absurd_high=1e3)
_RELATIVE = Range(low=0.0, absurd_high=1e6)

_NAMES: tuple[tuple[str, Range], ...] = (
    # The first that is found among a name's words decides: mean_squared_error before error.
    ("root mean squared logarithmic error", _LOGARITHMIC),
    ("root mean squared error", _ERROR),
    ("root mean square error", _ERROR),
    ("mean squared error", _SQUARED_ERROR),
    ("mean square error", _SQUARED_ERROR),
    ("mean absolute percentage error", _RELATIVE),
    ("mean absolute error", _ERROR),
    ("median absolute error", _ERROR),
    ("cross entropy", _LOGARITHMIC),
    ("log loss", _LOGARITHMIC),
    ("average precision", _SHARE),
    ("true positive rate", _SHARE),
    ("false positive rate", _SHARE),
    ("true negative rate", _SHARE),
    ("false negative rate", _SHARE),
    ("error rate", _SHARE),
    ("r squared", _DETERMINATION),
    ("r 2", _DETERMINATION),
    ("f 1", _SHARE),
    *((name, _DETERMINATION) for name in ("r2", "rsquared", "rsq")),
    *((name, _ERROR) for name in ("rmse", "mae")),
    ("mse", _SQUARED_ERROR),
    *((name, _RELATIVE) for name in ("mape", "smape", "wape", "wmape")),
    *((name, _LOGARITHMIC) for name in ("rmsle", "logloss", "mlogloss", "crossentropy")),
    *((name, _CORRELATION) for name in ("mcc",)),
    *(
        (name, _SHARE)
        for name in (
            *("accuracy", "acc", "auc", "auroc", "auprc", "rocauc", "aucpr", "f1", "f1score"),
            *("precision", "recall", "sensitivity", "specificity", "tpr", "fpr", "tnr", "fnr"),
            *("iou", "jaccard", "dice", "ndcg"),
        )
    ),
)

_COMPARED = frozenset(
    (
        *("change", "comparison", "delta", "diff", "difference", "drop", "gain", "gap", "lift"),
        *("improvement", "increase", "decrease", "decline", "degradation", "uplift", "drift"),
        *("neg", "negative", "ratio", "relative", "vs", "minus", "over", "bias", "zscore"),
    )
)
"""Words that make of a metric something else: ``accuracy_delta`` may be below zero."""
_ALTERED = _COMPARED | {"loss", "log", "count", "std", "stddev", "deviation", "threshold", "rank"}
"""The same for the metric's own name: ``metrics.loss.rmse`` is one, ``accuracy_loss`` is not."""
_VALUES = frozenset(("value", "values", "mean", "avg", "average", "max", "min", "median"))
"""Last parts of a path that say which number of the metric is meant."""
_PARTS = re.compile(r"[^A-Za-z0-9_ @-]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORDS = re.compile(r"[a-z]+[0-9]*|[0-9]+")


def metric_of(raw: Any) -> str | None:
    """Where an operand reads what a step found out; ``None`` for an operand that does not.

    The path of a ``Std:JsonGet``, or what follows the step's name in a ``Get``; ``""`` where that
    is not known.
    """
    if not isinstance(raw, dict) or len(raw) != 1:
        return None
    if "Std:JsonGet" in raw:
        path = lookup(raw["Std:JsonGet"], "Path")
        return path if isinstance(path, str) else ""
    target = raw.get("Get")
    if not isinstance(target, str):
        return None
    reference = parse_reference(target)
    return reference.rest if reference.root == "Steps" else None


def range_of(path: str) -> Range | None:
    """The range of the metric at a path; ``None`` when its name does not tell."""
    parts = [part for part in _PARTS.split(path[:500]) if _WORDS.search(part.lower())]
    while len(parts) > 1 and (parts[-1].strip().lower() in _VALUES or parts[-1].isdecimal()):
        parts.pop()
    words = [_WORDS.findall(_CAMEL.sub(" ", part).lower()) for part in parts]
    if not words or any(not _COMPARED.isdisjoint(part) for part in words[:-1]):
        return None
    text = f" {' '.join(words[-1])} "
    for known, found in _NAMES:
        if f" {known} " in text:
            rest = text.replace(f" {known} ", " ").split()
            return found if _ALTERED.isdisjoint(rest) else None
    return None


RANGES = (_SHARE, _CORRELATION, _DETERMINATION, _ERROR, _SQUARED_ERROR, _LOGARITHMIC, _RELATIVE)
"""Every range there is: what a metric of a name that is not known may have."""
