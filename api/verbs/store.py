"""``offtrail store check`` and ``offtrail store prune``."""

import click

from offtrail.api.settings import TIME, current, shared


@click.group()
@shared
def store() -> None:
    """Look after the store."""


@store.command()
@shared
def check() -> int:
    """Prove constraints and counts; the digest is equal for equal events in any order and store."""
    from offtrail.api import pipeline, render

    with current().opened() as opened:
        found = pipeline.check(opened)
    current().show(found, render.check(found))
    return int(bool(found.problems))


@store.command()
@click.option("--before", type=TIME, required=True, help="Hours that end by then are removed.")
@shared
def prune(before: int) -> None:
    """Remove old hours."""
    from offtrail.api import pipeline
    from offtrail.api.objects import Done

    with current().opened() as opened:
        removed = pipeline.prune(opened, before)
    current().show(Done("prune", {"calls_removed": removed}).value, f"{removed:,} calls removed")
