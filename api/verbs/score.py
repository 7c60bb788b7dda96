"""``offtrail score``: error edges scored, findings opened."""

from typing import TYPE_CHECKING, Any

import click

from offtrail.api.settings import TIME, current, shared
from offtrail.api.visible import shown

if TYPE_CHECKING:
    from offtrail.api.objects import Scored


@click.command()
@click.option(
    "--since",
    type=TIME,
    help="Score from here on, beyond what is only learned from; by default what is new.",
)
@click.option("--until", type=TIME, help="Score up to here.")
@click.option(
    "--a-day",
    type=click.IntRange(1, 10_000),
    help="Principals that may alert in 24 hours, more only where stronger ones follow;"
    " kept for later runs.  [at first: 10]",
)
@click.option(
    "--floor",
    type=click.FloatRange(0, 10),
    help="Score below which nothing opens, before a retry or a beat lowers it; kept for later runs."
    "  [at first: 1.25]",
)
@shared
def score(since: int | None, until: int | None, a_day: int | None, floor: float | None) -> None:
    """Score failed calls against their neighbours, open findings.

    Another --a-day or --floor scores everything anew; closed findings stay.
    """
    from offtrail.api import pipeline
    from offtrail.api.render import strongest

    settings = current()
    with settings.opened() as store:
        window = pipeline.window(since, until, ("since", "until"))
        pipeline.budget(store, a_day, floor)
        found = pipeline.scored(store, window, settings.models_folder)
    answer: dict[str, Any] = {"items": found.items, "count": len(found.items), **brought(found)}
    settings.show(answer, lambda _: strongest(shown(found), program=settings.hints))


def brought(found: "Scored") -> dict[str, Any]:
    """What a run brought, beside its findings."""
    fields = ("new", "grown", "judged_from", "a_day", "floor")
    return {name: getattr(found, name) for name in fields}
