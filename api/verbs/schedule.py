"""``offtrail schedule``: the process that sets trainings off."""

import click

from offtrail.api.settings import current, shared


@click.command()
@click.option("--every", default=900, show_default=True, type=click.IntRange(1), metavar="SECONDS")
@shared
def schedule(every: int) -> None:
    """Ask at every tick whether a training is due, and run it; until ended."""
    from offtrail.api.schedule.scheduler import serve

    settings = current()
    if not settings.quiet:
        click.echo(f"asking every {every} s whether a training is due; until ended", err=True)
    serve(settings.store, str(settings.models_folder), every)
