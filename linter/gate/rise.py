"""How much more a month costs after a change, as far as both sides have prices.

Parts (steps, what stands, what of a pipeline is not known) are matched by identity. A part without
a price that a change does not touch is on both sides and cancels out; one that it touches leaves
the rise open to one side or both.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from linter.core.identity import Root
from linter.core.record import record, replace

if TYPE_CHECKING:
    from pricing.model import CostReport, PipelineEstimate, StandingEstimate

Key = tuple[object, ...]


@record
class Part:
    """Something that is priced by itself.

    ``settings`` are what its price depends on; ``unpriced`` is why some of the price is missing.
    """

    name: str
    of: PipelineEstimate | StandingEstimate
    month: Decimal
    unpriced: str
    settings: Key


@record
class Rise:
    """The change of a month's cost.

    Attributes:
        compared: of what has a price on both sides, or is on one side only and has one.
        least: no change is smaller; ``None`` where it may be any.
        most: no change is greater; ``None`` where it may be any.
        lost: what the change touches and has no price now, with what it costs before as known.
        gained: what the change touches and had no price before.
    """

    compared: Decimal
    least: Decimal | None
    most: Decimal | None
    lost: tuple[tuple[Part, Decimal], ...] = ()
    gained: tuple[Part, ...] = ()

    @property
    def decided(self) -> bool:
        return not self.lost and not self.gained


def side_key(item: PipelineEstimate | StandingEstimate, renames: Mapping[str, str]) -> Key:
    """Which thing it is on both sides of a change: the root it is deployed with, the address.

    A root follows renames: its own, or that of a file in its directory.
    """
    root, _ = place_of(item, renames)
    return root.kind, root.path, root.variant, item.address or item.name


def place_of(
    item: PipelineEstimate | StandingEstimate, renames: Mapping[str, str]
) -> tuple[Root, str]:
    """The root and the path of something before a change, as they are called after it."""
    root = item.root
    path = renames.get(root.path, root.path)
    if root.kind == "terraform":
        moved = {posixpath.dirname(old): posixpath.dirname(new) for old, new in renames.items()}
        path = moved.get("" if path == "." else path, path) or "."
    return replace(root, path=path), renames.get(item.path, item.path)


def rise_of(
    before: CostReport,
    after: CostReport,
    renames: Mapping[str, str] | None = None,
    *,
    figure: str = "expected",
    chosen: Callable[[PipelineEstimate | StandingEstimate], bool] = lambda _: True,
) -> Rise:
    """Compare two estimates; ``chosen`` says which pipelines and resources count."""
    old = dict(_parts(before, renames or {}, figure, chosen))
    new = dict(_parts(after, {}, figure, chosen))
    compared = below = above = Decimal(0)
    lost: list[tuple[Part, Decimal]] = []
    gained: list[Part] = []
    for key in dict.fromkeys((*old, *new)):
        first, second = old.get(key), new.get(key)
        was = first.month if first is not None else Decimal(0)
        now = second.month if second is not None else Decimal(0)
        same = first is not None and second is not None and first.settings == second.settings
        missing_now = second is not None and bool(second.unpriced)
        missing_then = first is not None and bool(first.unpriced)
        if same or not (missing_now or missing_then):
            compared += now - was
            continue
        if missing_now and second is not None:
            lost.append((second, was))
            below += now - was
        if missing_then and first is not None:
            gained.append(first)
            above += now - was
    least = None if gained else compared + below
    most = None if lost else compared + above
    return Rise(compared, least, most, tuple(lost), tuple(gained))


def _parts(
    report: CostReport,
    renames: Mapping[str, str],
    figure: str,
    chosen: Callable[[PipelineEstimate | StandingEstimate], bool],
) -> Iterator[tuple[Key, Part]]:
    for pipeline in report.pipelines:
        if not chosen(pipeline):
            continue
        home = side_key(pipeline, renames)
        seen: Counter[str] = Counter()
        for step in pipeline.steps:
            seen[step.name] += 1
            settings: Key = (
                *(step.type, step.instance_type, step.instance_count, step.spot, step.cached),
                *(step.hours, step.unpriced, step.weight, pipeline.runs, pipeline.where.regions),
            )
            month = getattr(pipeline.monthly(step.share), figure)
            part = Part(f"{pipeline.name} / {step.name}", pipeline, month, step.unpriced, settings)
            yield (*home, "step", step.name, seen[step.name]), part
        for reason in (*pipeline.gaps, *filter(None, (pipeline.runs_more,))):
            settings = (reason, pipeline.runs)
            part = Part(pipeline.name, pipeline, Decimal(0), reason, settings)
            yield (*home, "gap", reason), part
    for item in report.standing:
        if not chosen(item):
            continue
        settings = (
            *(item.instance_type, item.instance_count, item.unpriced, item.usd_per_month),
            item.where.regions,
        )
        month = getattr(item.usd_per_month, figure)
        part = Part(item.name or item.address, item, month, item.unpriced, settings)
        yield (*side_key(item, renames), "standing", item.kind), part
