"""``pipewarden prices``: what the price book says, how old it is, and newer prices from AWS."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from linter.cli import completion
from linter.cli.exits import EXIT_INCOMPLETE, EXIT_OK
from linter.cli.session import Refused, Session, config_option, region_option
from linter.cli.shown import print_fitted
from linter.core.clock import today
from linter.core.printable import printable

if TYPE_CHECKING:
    from linter.reports.style import Painter
    from pricing.book import PriceBook

COLOUR = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
FORMAT = click.option(
    "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.group()
def prices() -> None:
    """The price book: show a price, say how old it is, refresh it."""


@prices.command()
@click.argument("instance_type", metavar="TYPE", shell_complete=completion.TYPES)
@region_option("Whose prices (default: us-east-1).")
@click.option("--price-file", metavar="FILE", help="Your own rates: a file of prices or discounts.")
@FORMAT
@COLOUR
@config_option
def show(instance_type: str, format_: str, color: str, **options: Any) -> int:
    """What an hour of TYPE (ml.m5.xlarge) costs, and who says so."""
    from linter.reports import prices_table

    book = Session((), options).book()
    name = instance_type if instance_type.startswith("ml.") else f"ml.{instance_type}"
    found = prices_table.of_type(book, name)
    if not found:
        missing = book.price("Training", name)
        near = prices_table.nearest(book, name)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        reason = getattr(missing, "reason", "")
        if book.known_region:
            reason = f"{printable(name, 60)} has no price in {book.region}"
        raise Refused(reason + hint)
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        click.echo(dumps(prices_table.type_json(book, name, found)))
    else:
        paint = _painter(color)
        print_fitted(prices_table.type_text(book, name, found, paint), paint)
    _warn(book)
    return EXIT_OK


@prices.command()
@region_option("One region in detail.")
@FORMAT
@COLOUR
def info(format_: str, color: str, **options: Any) -> int:
    """How old the prices are, what they cover, and where new ones are kept."""
    from linter.reports import prices_table
    from pricing.book import load_book

    region = options["region"]
    regions = [region] if region else []
    facts = prices_table.facts(regions, today())
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        click.echo(dumps(facts))
    else:
        paint = _painter(color)
        print_fitted(prices_table.info_text(facts, paint), paint)
    _warn(load_book(region or "us-east-1"))
    return EXIT_OK


@prices.command()
@region_option("May be given several times.", multiple=True)
@config_option
def refresh(regions: tuple[str, ...], **options: Any) -> int:
    """Fetch new prices through the AWS Price List API into the user's cache.

    Needs AWS credentials that allow pricing:GetProducts. Without --region, the configured region
    (us-east-1) and those refreshed before. What could not be fetched keeps its old prices.
    """
    from pricing.cache import cached_regions
    from pricing.refresh import RefreshError, api_client, refresh_region

    chosen = regions or dict.fromkeys((Session((), options).config.region, *cached_regions()))
    failed = False
    for region in chosen:
        try:
            done = refresh_region(region, api_client(region))
        except RefreshError as error:
            failed = True
            click.echo(
                f"{printable(region, 40)}: not refreshed: {printable(str(error), 300)};"
                " keeping the old prices",
                err=True,
            )
            continue
        click.echo(
            f"{region}: {done.prices} prices and {done.rates} rates of {done.date},"
            f" from {done.products} products on {done.pages} pages"
        )
    return EXIT_INCOMPLETE if failed else EXIT_OK


def _painter(choice: str) -> Painter:
    from linter.reports import style

    return style.painter_for(sys.stdout, choice)


def _warn(book: PriceBook) -> None:
    for warning in (book.age_warning(today()), *book.warnings):
        if warning:
            click.echo(f"warning: {printable(warning, 300)}", err=True)
