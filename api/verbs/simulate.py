"""``offtrail simulate``: CloudTrail files of a made-up organisation."""

from pathlib import Path

import click

from offtrail.api.settings import current, shared


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--days", default=14, show_default=True, type=click.IntRange(1, 3660))
@click.option("--events", default=100_000, show_default=True, type=click.IntRange(0))
@click.option("--seed", default=7, show_default=True)
@click.option("--attack", "attacks", multiple=True, metavar="NAME|none", help="Default: all.")
@shared
def simulate(out: Path, days: int, events: int, seed: int, attacks: tuple[str, ...]) -> None:
    """Write CloudTrail files as S3 would show them, and truth.json beside them, below OUT."""
    from offtrail.simulator.write import write

    try:
        truth = write(out, days=days, events=events, seed=seed, attacks=attacks or ("all",))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    names = ", ".join(attack.name for attack in truth.attacks) or "none"
    current().show(truth, lambda _: f"{out}: {days} days of CloudTrail; attacks: {names}")
