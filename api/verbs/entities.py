"""``offtrail entities``: search, and a profile where only one is meant."""

import click

from offtrail.api.settings import current, shared
from offtrail.graph.schema import KINDS


@click.command()
@click.argument("text")
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help=", ".join(KINDS))
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="How many."
)
@click.option("--profile", is_flag=True, help="All that is known of the one that is meant.")
@shared
def entities(text: str, kind: str | None, limit: int, profile: bool) -> None:
    """Find principals, keys, addresses by a part of the name.

    Roles, APIs, instances and resources too; --profile tells all of one.
    """
    from offtrail.api import pipeline, render

    with current().opened() as store:
        if profile:
            known = pipeline.profile(store, text)
            current().show(known, render.profile)
        else:
            found = pipeline.search(store, text, kind, limit)
            current().show(found, render.entities)
