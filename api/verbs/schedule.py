"""``offtrail schedule``: the process that sets trainings off."""

import click

from offtrail.api.settings import current, shared


@click.command()
@click.option(
    "--every",
    default=900,
    show_default=True,
    type=click.IntRange(1),
    metavar="SECONDS",
    help="How often it asks whether one is due.",
)
@shared
def schedule(every: int) -> None:
    """Train whenever it is due, until ended."""
    from offtrail.api.schedule.scheduler import serve

    settings = current()
    if not settings.quiet:
        click.echo(f"asking every {every} s whether a training is due; until ended", err=True)
    serve(settings.store, str(settings.models_folder), every)
