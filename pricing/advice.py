"""What rules ask of the cost model, answered when they first ask.

:class:`Advice` is a :class:`linter.policy.model.Costs`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linter.domain.pipeline import Pipeline, Step
    from pricing.book import PriceBook
    from pricing.context import Context
    from pricing.model import CostOptions, StepEstimate
    from pricing.usage import Usage


class Advice:
    """Prices of instances, and what steps and pipelines cost at worst.

    ``source`` gives the book, the usage file and the options: for a pipeline, or in general for
    ``None``.
    """

    def __init__(
        self, source: Callable[[Pipeline | None], tuple[PriceBook, Usage, CostOptions]]
    ) -> None:
        self._source = source
        self._given: tuple[PriceBook, Usage, CostOptions] | None = None
        self._hourly: dict[tuple[str, str], Decimal | None] = {}

    @classmethod
    def of_list_prices(cls, region: str = "us-east-1") -> Advice:
        """From the embedded book and nothing else."""

        def source(_: Pipeline | None) -> tuple[PriceBook, Usage, CostOptions]:
            from pricing.book import load_book
            from pricing.model import CostOptions
            from pricing.usage import Usage

            return load_book(region, use_cache=False), Usage(), CostOptions()

        return cls(source)

    def usd_per_hour(self, component: str, instance_type: str) -> Decimal | None:
        from pricing.book import NoPrice

        key = component, instance_type
        if key not in self._hourly:
            if self._given is None:
                self._given = self._source(None)
            price = self._given[0].price(component, instance_type)
            self._hourly[key] = None if isinstance(price, NoPrice) else price.usd_per_hour
        return self._hourly[key]

    def worst_step(self, step: Step) -> Decimal | None:
        from pricing.estimators.registry import estimate_step

        ctx = self._context(step.pipeline)
        estimate = estimate_step(ctx, step)
        return None if estimate.unpriced else _worst(ctx, step, estimate)

    def worst_run(self, pipeline: Pipeline) -> tuple[Decimal, tuple[str, ...]]:
        from pricing.estimators.registry import estimate_step
        from pricing.execution import dearest_run

        ctx = self._context(pipeline)
        estimates = [estimate_step(ctx, step) for step in pipeline.steps]
        amounts = [
            _worst(ctx, step, estimate)
            for step, estimate in zip(pipeline.steps, estimates, strict=True)
        ]
        unpriced = tuple(estimate.name for estimate in estimates if estimate.unpriced)
        return dearest_run(ctx, amounts), unpriced

    def _context(self, pipeline: Pipeline) -> Context:
        from pricing.context import Context

        return Context(pipeline, *self._source(pipeline))


def _worst(ctx: Context, step: Step, estimate: StepEstimate) -> Decimal:
    """The high estimate, or every attempt at its limit if that is more."""
    from pricing.estimators.registry import billed_retries

    high = estimate.total.high
    if estimate.ceiling_usd is None:
        return high
    return max(high, estimate.ceiling_usd * (1 + billed_retries(ctx, step)))
