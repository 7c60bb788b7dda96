"""``offtrail ingest`` and ``offtrail run``: records in, once each, with an account of all."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from offtrail.api.settings import current, shared
from offtrail.api.visible import shown
from offtrail.models.times import rfc3339

READING = (
    click.argument("sources", nargs=-1, required=True, metavar="SOURCE..."),
    click.option(
        "--processes",
        default=1,
        show_default=True,
        type=click.IntRange(1, 64),
        help="Processes that read.",
    ),
    click.option(
        "--dask",
        "scheduler",
        default="",
        metavar="ADDRESS",
        help="Read on a Dask cluster instead, such as tcp://host:8786 [extra: dask].",
    ),
    click.option(
        "--quarantine",
        default=Path("quarantine"),
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for the records that could not be read.",
    ),
    click.option("--from-date", type=click.DateTime(["%Y-%m-%d"]), help="S3: first day to list."),
    click.option("--to-date", type=click.DateTime(["%Y-%m-%d"]), help="S3: last day to list."),
    click.option(
        "--days", type=click.IntRange(1, 3650), help="S3: list today (UTC) and so many days before."
    ),
    click.option("--endpoint-url", help="S3: another endpoint [AWS_ENDPOINT_URL]."),
    click.option("--region", help="S3: the bucket's region."),
    click.option("--profile", help="S3: a profile of the AWS configuration."),
    click.option("--requester-pays", is_flag=True, help="S3: pay for the requests."),
)


def reading(command: Any) -> Any:
    """Give a verb the options of reading."""
    for option in reversed(READING):
        command = option(command)
    return command


@click.command()
@reading
@shared
def ingest(**asked: Any) -> int:
    """Read CloudTrail into the store, each record once.

    A SOURCE is a file, a folder, s3://bucket/prefix or - for standard input.
    """
    with current().opened(create=True) as store:
        report = _read(store, **asked)
    return _told(report)


@click.command()
@reading
@shared
def run(**asked: Any) -> int:
    """Ingest and score what is new: what cron runs.

    A SOURCE is a file, a folder, s3://bucket/prefix or - for standard input.
    """
    from offtrail.api import pipeline
    from offtrail.api.render import report, strongest
    from offtrail.api.verbs.score import brought

    settings = current()
    with settings.opened(create=True) as store:
        told = _read(store, **asked)
        found = pipeline.scored(
            store, pipeline.window(None, None, ("since", "until")), settings.models_folder
        )

    def words(both: Any) -> str:
        return f"{report(both['report'])}\n{strongest(shown(found), program=settings.hints)}"

    settings.show({"report": told, "findings": found.items, **brought(found)}, words)
    return int(pipeline.lossy(told))


def _read(
    store: Any,
    sources: tuple[str, ...],
    processes: int,
    scheduler: str,
    quarantine: Path,
    from_date: datetime | None,
    to_date: datetime | None,
    days: int | None,
    **s3: Any,
) -> Any:
    from offtrail.api import pipeline
    from offtrail.ingest.sources import Dates, S3Options

    if days is not None and from_date is not None:
        raise click.UsageError("--days and --from-date both say where to begin")
    if days is not None:
        from_date = datetime.now(UTC) - timedelta(days)
        if any(source.startswith("s3://") for source in sources):
            _tell_of_gap(store.span(), from_date.date(), days)
    dates = Dates(*(d.date() if d else None for d in (from_date, to_date)))
    options = S3Options(**{name: value for name, value in s3.items() if value})
    return pipeline.ingest(
        store,
        sources,
        processes=processes,
        scheduler=scheduler,
        quarantine=quarantine,
        s3=options,
        dates=dates,
    )


def _tell_of_gap(held: Any, since: date, days: int) -> None:
    """Say where nothing was read for longer than the days that are listed now."""
    if held is None or (last := datetime.fromtimestamp(held.end - 1, UTC)).date() >= since:
        return
    many = (datetime.now(UTC).date() - last.date()).days
    click.echo(
        f"offtrail: no call is held since {rfc3339(held.end - 1)}, and --days {days} lists from"
        f" {since} on: run once with --days {many}, or what was delivered between is never read",
        err=True,
    )


def _told(told: Any) -> int:
    from offtrail.api.pipeline import lossy
    from offtrail.api.render import report

    program = current().hints if told.records.kept else ""
    hint = f"\n\nNext: {program} score" if program else ""
    current().show(told, lambda told: report(told) + hint)
    return int(lossy(told))
