"""Whose prices apply to what: one price book per region in use, each loaded once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from linter.core.identity import NO_PLACEMENT, Placement
from pricing.book import PriceBook
from pricing.model import Where

if TYPE_CHECKING:
    from linter.core.documents import Document
    from linter.domain.pipeline import Pipeline

    Thing = Document | Pipeline


class PriceBooks:
    """The books of a project.

    Args:
        load: gives the book of a region; called once for each, when first asked.
        region: the region of what does not say where it runs.
        place: where a document or pipeline runs; without it all have ``region``.
    """

    def __init__(
        self,
        load: Callable[[str], PriceBook],
        region: str,
        place: Callable[[Thing], Placement] | None = None,
    ) -> None:
        self._load = load
        self.region = region
        self._place = place
        self._books: dict[str, PriceBook] = {}

    @classmethod
    def single(cls, book: PriceBook) -> PriceBooks:
        """One book for everything."""
        return cls(lambda _: book, book.region)

    def of_region(self, region: str) -> PriceBook:
        if region not in self._books:
            self._books[region] = self._load(region)
        return self._books[region]

    def where(self, thing: Thing | None) -> Where:
        """Where a thing is priced."""
        place = self._place(thing) if self._place is not None and thing is not None else None
        if place is None:
            place = NO_PLACEMENT if self._place is not None else Placement(self.region)
        if place.region:
            return Where((place.region,), place.because)
        if place.regions:
            return Where(place.regions, place.because)
        why = place.because or "nothing says where it runs"
        return Where((self.region,), f"assumed: {why}")

    def of(self, thing: Thing | None) -> list[PriceBook]:
        """The books of the regions in which a thing may run, the expected one first."""
        return [self.of_region(region) for region in self.where(thing).regions]
