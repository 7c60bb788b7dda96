"""``offtrail evaluate``: protocol D on any data, the model beside every baseline."""

from pathlib import Path

import click

from offtrail.api.settings import TIME, current, shared
from offtrail.api.spread import Lists

FILE = click.Path(exists=True, path_type=Path)


class _Evaluate(Lists):
    lists = ("--background", "--attacks", "--shams")


@click.command(cls=_Evaluate)
@click.option(
    "--background",
    multiple=True,
    required=True,
    type=FILE,
    help="Benign trails, whole or in pieces.",
)
@click.option("--attacks", multiple=True, required=True, type=FILE, help="One attack set a path.")
@click.option("--shams", multiple=True, required=True, type=FILE, help="Benign foreign errors.")
@click.option(
    "--seeds", default=12, show_default=True, type=click.IntRange(1, 100), help="How many."
)
@click.option(
    "--first-seed", default=0, show_default=True, type=click.IntRange(0), help="The first."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Report and plots.")
@click.option("--quick", is_flag=True, help="Two seeds, six cells, few scorers.")
@click.option("--split", type=TIME, help="Learn before, test after; the last trail's middle.")
@click.option(
    "--processes", default=2, show_default=True, type=click.IntRange(1, 64), help="At a time."
)
@shared
def evaluate(
    background: tuple[Path, ...],
    attacks: tuple[Path, ...],
    shams: tuple[Path, ...],
    seeds: int,
    first_seed: int,
    out: Path | None,
    quick: bool,
    split: int | None,
    processes: int,
) -> int:
    """Measure the model beside every baseline on your data.

    Attacks and benign errors of others are injected into real trails, and ranked.
    """
    from offtrail.models.benchmark.report import markdown
    from offtrail.models.benchmark.run import evaluate as run

    settings = current()
    made = run(
        background,
        attacks,
        shams,
        seeds=seeds,
        out=out,
        quick=quick,
        split=split,
        first=first_seed,
        processes=processes,
        show=lambda line: None if settings.quiet else click.echo(line, err=True),
    )
    settings.show(made, markdown)
    return int(bool(made["losses"]))
