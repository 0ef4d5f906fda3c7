"""What rules ask of the cost model, answered when they first ask.

:class:`Advice` is a :class:`linter.policy.model.Costs`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linter.core.documents import Document
    from linter.domain.pipeline import Pipeline, Step
    from pricing.book import PriceBook
    from pricing.books import PriceBooks
    from pricing.context import Context
    from pricing.model import CostOptions, StepEstimate
    from pricing.usage import Usage


class Advice:
    """Prices of instances, and what steps and pipelines cost at worst.

    Everything is priced where it runs. ``source`` gives the books, the usage file and the options:
    for a pipeline, or in general for ``None``.
    """

    def __init__(
        self,
        source: Callable[[Pipeline | None], tuple[PriceBook | PriceBooks, Usage, CostOptions]],
    ) -> None:
        self._source = source
        self._given: dict[int, tuple[PriceBooks, Usage, CostOptions]] = {}

    @classmethod
    def of_list_prices(cls, region: str = "us-east-1") -> Advice:
        """From the embedded book and nothing else."""

        def source(_: Pipeline | None) -> tuple[PriceBook, Usage, CostOptions]:
            from pricing.book import load_book
            from pricing.model import CostOptions
            from pricing.usage import Usage

            return load_book(region, use_cache=False), Usage(), CostOptions()

        return cls(source)

    def usd_per_hour(
        self,
        component: str,
        instance_type: str,
        of: Document | Pipeline | None = None,
        *,
        most: bool = False,
    ) -> Decimal | None:
        from pricing.book import NoPrice

        found = [
            price.usd_per_hour
            for book in self._all(None)[0].of(of)
            if not isinstance(price := book.price(component, instance_type), NoPrice)
        ]
        return (max if most else min)(found, default=None)

    def worst_step(self, step: Step) -> Decimal | None:
        from pricing.estimators.registry import estimate_step

        worst: list[Decimal] = []
        for ctx in self._contexts(step.pipeline):
            estimate = estimate_step(ctx, step)
            if estimate.unpriced:
                return None
            worst.append(_worst(ctx, step, estimate))
        return max(worst)

    def worst_run(self, pipeline: Pipeline) -> tuple[Decimal, tuple[str, ...]]:
        from pricing.estimators.registry import estimate_step
        from pricing.execution import dearest_run

        worst = Decimal(0)
        unpriced: dict[str, None] = {}
        for ctx in self._contexts(pipeline):
            estimates = [estimate_step(ctx, step) for step in pipeline.steps]
            amounts = [
                _worst(ctx, step, estimate)
                for step, estimate in zip(pipeline.steps, estimates, strict=True)
            ]
            unpriced.update((item.name, None) for item in estimates if item.unpriced)
            worst = max(worst, dearest_run(ctx, amounts))
        return worst, tuple(unpriced)

    def _all(self, pipeline: Pipeline | None) -> tuple[PriceBooks, Usage, CostOptions]:
        from pricing.books import PriceBooks

        key = id(pipeline)
        if key not in self._given:
            books, usage, options = self._source(pipeline)
            if not isinstance(books, PriceBooks):
                books = PriceBooks.single(books)
            self._given[key] = books, usage, options
        return self._given[key]

    def _contexts(self, pipeline: Pipeline) -> list[Context]:
        """One for each region in which a pipeline may run."""
        from pricing.context import Context

        books, usage, options = self._all(pipeline)
        return [Context(pipeline, book, usage, options) for book in books.of(pipeline)]


def _worst(ctx: Context, step: Step, estimate: StepEstimate) -> Decimal:
    """The high estimate, or every attempt at its limit if that is more."""
    from pricing.estimators.registry import billed_retries

    high = estimate.total.high
    if estimate.ceiling_usd is None:
        return high
    return max(high, estimate.ceiling_usd * (1 + billed_retries(ctx, step)))
