"""``offtrail score``: error edges scored, findings opened."""

from typing import Any

import click

from offtrail.api.settings import TIME, current, shared


@click.command()
@click.option("--since", type=TIME, help="Score from here on; by default what is new.")
@click.option("--until", type=TIME, help="Score up to here.")
@shared
def score(since: int | None, until: int | None) -> None:
    """Score failed calls against their neighbours, open findings."""
    from offtrail.api import pipeline
    from offtrail.api.render import strongest

    settings = current()
    with settings.opened() as store:
        window = pipeline.window(since, until, ("since", "until"))
        found = pipeline.score(store, window, settings.models_folder)
        judged = pipeline.judged_from(store)
    answer: dict[str, Any] = {"items": found, "count": len(found), "judged_from": judged}
    settings.show(
        answer, lambda told: strongest(told["items"], since=judged, program=settings.hints)
    )
