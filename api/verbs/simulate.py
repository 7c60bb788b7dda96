"""``offtrail simulate``: CloudTrail files of a made-up organisation."""

from pathlib import Path

import click

from offtrail.api.settings import current, shared
from offtrail.api.shell import quoted
from offtrail.api.spread import Lists


class _Simulate(Lists):
    lists = ("--attack",)
    out_first = True  # else OUT could be taken for an attack


@click.command(cls=_Simulate)
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--days",
    default=14,
    show_default=True,
    type=click.IntRange(1, 3660),
    help="From 2026-01-05 on.",
)
@click.option(
    "--events",
    default=100_000,
    show_default=True,
    type=click.IntRange(0),
    help="Benign records, about so many.",
)
@click.option("--seed", default=7, show_default=True, help="Equal seeds write equal files.")
@click.option(
    "--attack",
    "attacks",
    multiple=True,
    metavar="NAME...|none",
    help="Attacks in it, or none. Default: all there are.",
)
@shared
def simulate(out: Path, days: int, events: int, seed: int, attacks: tuple[str, ...]) -> None:
    """Write CloudTrail files of a made-up organisation.

    They lie below OUT as S3 would show them, with the attacks in them told by truth.json.
    """
    from offtrail.simulator.write import write

    try:
        truth = write(out, days=days, events=events, seed=seed, attacks=attacks or ("all",))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    names = ", ".join(attack.name for attack in truth.attacks) or "none"
    program = current().hints
    hint = f"\n\nNext: {program} ingest {quoted(str(out))}" if program else ""
    told = f"{out}: {days} day{'s' * (days != 1)} of CloudTrail; attacks: {names}{hint}"
    current().show(truth, lambda _: told)
