"""``offtrail store check`` and ``offtrail store prune``."""

import sys

import click

from offtrail.api.settings import TIME, current, shared

KEPT = "nothing was removed (--dry-run)"


@click.group()
@shared
def store() -> None:
    """Check the store, or remove old hours."""


@store.command()
@shared
def check() -> int:
    """Prove constraints and counts, and print a digest.

    The digest is equal for equal events, in any order and any store.
    """
    from offtrail.api import pipeline, render

    with current().opened() as opened:
        found = pipeline.check(opened)
    current().show(found, render.check)
    return int(bool(found.problems))


@store.command()
@click.option("--before", type=TIME, required=True, help="Hours that end by then are removed.")
@click.option("--dry-run", is_flag=True, help="Count what would be removed; remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@shared
def prune(before: int, dry_run: bool, yes: bool) -> None:
    """Remove old hours; on a terminal it counts them and asks first."""
    from offtrail.api import pipeline, render
    from offtrail.api.visible import shown

    settings = current()
    with settings.opened() as opened:
        if dry_run:
            found = pipeline.prunable(opened, before)
            settings.show(found, lambda found: f"{render.prunable(found)}\n{KEPT}")
            return
        if not yes and sys.stdin.isatty():
            click.echo(render.prunable(shown(pipeline.prunable(opened, before))), err=True)
            click.confirm("Remove them? They cannot be had back", abort=True, err=True)
        removed = pipeline.prune(opened, before)
    settings.show({"calls_removed": removed}, lambda _: f"{removed:,} calls removed")
