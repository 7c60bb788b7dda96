"""Simulate days and write them down, one day in memory at a time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from offtrail.simulator.attacks import ATTACKS, Attack
from offtrail.simulator.attacks.script import play
from offtrail.simulator.call import Act, written
from offtrail.simulator.files import write_acts
from offtrail.simulator.life.daily import fill, load
from offtrail.simulator.life.occasions import occasions
from offtrail.simulator.organisation import Calendar

START = date(2026, 1, 5)
"""The first day, a Monday: fixed, so that a seed gives the same bytes on any day."""

WEEK = (1.0, 1.05, 1.05, 1.0, 0.95, 0.6, 0.55)
"""How busy the days of a week are, Monday first."""


class UnknownAttack(ValueError):
    """No attack has that name."""


class AttackTruth(msgspec.Struct, frozen=True):
    """What an attack did: whose name and key it used, its events, its first and last time."""

    name: str
    principals: tuple[str, ...]
    credentials: tuple[str, ...]
    event_ids: tuple[str, ...]
    first: str = msgspec.field(name="from")
    last: str = msgspec.field(name="to")


class Truth(msgspec.Struct, frozen=True):
    """What lies in the files: how many benign records, and the attacks among them."""

    events: int
    attacks: tuple[AttackTruth, ...]


def write(
    out: Path,
    days: int = 14,
    events: int = 100_000,
    seed: int = 7,
    attacks: Sequence[str] | str | None = "all",
    start: date = START,
) -> Truth:
    """Write the CloudTrail files of a made-up organisation, and truth.json, into a folder.

    ``events`` counts the benign records (a few more where they are very few a day); attacks (names
    of ``ATTACKS``, "all" or "none") come on top and change no benign record.

    Raises:
        ValueError: days or events below 1.
        UnknownAttack: an attack that there is not.
    """
    if min(days, events) < 1:
        raise ValueError("days and events must be 1 or more")
    chosen = choose(attacks)
    calendar = _calendar(days, events, seed, start)
    done: dict[str, list[Act]] = {attack.name: [] for attack in chosen}
    written = 0
    for day in range(days):
        benign = [*load(calendar, day), *occasions(calendar, day)]
        benign += fill(calendar, day, calendar.quota[day] - len(benign))
        written += len(benign)
        for attack in chosen:
            done[attack.name] += play(attack, calendar, day)
        first, last = calendar.at(day, 0), calendar.at(day + 1, 0)
        evil = [act for acts in done.values() for act in acts if first <= act.second < last]
        write_acts(out, [*benign, *evil])
    truth = Truth(written, tuple(_truth(name, acts) for name, acts in done.items()))
    _write_truth(out / "truth.json", truth)
    return truth


def choose(names: Sequence[str] | str | None) -> tuple[Attack, ...]:
    """Return the attacks of these names."""
    if names is None or names == "none" or list(names) == ["none"]:
        return ()
    if names == "all" or list(names) == ["all"]:
        return tuple(ATTACKS.values())
    wanted = [names] if isinstance(names, str) else names
    if unknown := [name for name in wanted if name not in ATTACKS]:
        raise UnknownAttack(f"no attack {', '.join(unknown)}; there are {', '.join(ATTACKS)}, none")
    return tuple(ATTACKS[name] for name in wanted)


def _calendar(days: int, events: int, seed: int, start: date) -> Calendar:
    midnight = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
    weights = [WEEK[(start.weekday() + day) % 7] for day in range(days)]
    marks = [int(events * sum(weights[:day]) / sum(weights)) for day in range(days + 1)]
    quota = tuple(b - a for a, b in zip(marks, [*marks[1:-1], events], strict=False))
    return Calendar(seed, midnight, days, quota)


def _truth(name: str, acts: Sequence[Act]) -> AttackTruth:
    return AttackTruth(
        name,
        _each(act.actor.principal for act in acts),
        _each(act.actor.credential for act in acts),
        tuple(act.event_id for act in acts),
        written(min(act.second for act in acts)),
        written(max(act.second for act in acts)),
    )


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _write_truth(path: Path, truth: Truth) -> None:
    told = msgspec.json.encode({"attacks": truth.attacks})
    path.write_bytes(msgspec.json.format(told, indent=2) + b"\n")
