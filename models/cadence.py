"""Does an error keep a beat? A test of daily, weekly and monthly recurrence on sets of hours."""

import math
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice, takewhile
from typing import NamedTuple

from offtrail.graph.window import HOUR

SLACK = 1  # hours by which a job may drift
REPEATS = 1  # earlier occurrences on the beat that may make one, where chance is ruled out
TURNS = 400  # latest occurrences that are looked at: of a daily beat a year's
EVIDENCE = 3.0  # nats below which a beat is put down to chance


class Beat(NamedTuple):
    """A beat kept: its period in words, occurrences on it of those due, nats of evidence."""

    period: str
    met: int
    due: int
    nats: float


def beat(hours: Sequence[int], now: int) -> float:
    """Nats of evidence that ``now`` continues the strongest beat of earlier hours, 0 for none."""
    found = keeps(hours, now)
    return found.nats if found else 0.0


def keeps(hours: Sequence[int], now: int) -> Beat | None:
    """The strongest beat on which both the earlier hours (ascending) and ``now`` lie.

    Evidence is the binomial tail of meeting that many due hours by chance at the density with
    which the hours are filled: hours filled throughout keep no beat.
    """
    filled = {hour for hour in hours if hour < now}
    if len(filled) < REPEATS:
        return None
    beats = [_test(period, due(now), filled, now) for period, due in PERIODS]
    kept = [found for found in beats if found.met >= REPEATS and found.nats > EVIDENCE]
    return max(kept, key=lambda found: found.nats, default=None)


def _test(period: str, due: Iterator[int], filled: set[int], now: int) -> Beat:
    first = min(filled)
    hours = list(islice(takewhile(lambda hour: hour >= first - SLACK, due), TURNS))
    near = range(-SLACK, SLACK + 1)
    met = sum(any(hour + drift in filled for drift in near) for hour in hours)
    density = min(1.0, len(filled) * len(near) / (now - first))
    return Beat(period, met, len(hours), _nats(met, len(hours), density))


def _nats(met: int, due: int, density: float) -> float:
    """Surprise at ``met`` or more of ``due`` by chance."""
    if met == 0:
        return 0.0
    terms = (
        math.comb(due, k) * density**k * (1 - density) ** (due - k) for k in range(met, due + 1)
    )
    return -math.log(min(1.0, max(math.fsum(terms), 1e-300)))


def _every(step: int) -> Callable[[int], Iterator[int]]:
    return lambda now: iter(range(now - step, 0, -step))


def _monthly(now: int) -> Iterator[int]:
    """The same day of the month and hour, back in time; the last day where a month is shorter."""
    at = datetime.fromtimestamp(now * HOUR, UTC)
    months = at.year * 12 + at.month - 1
    for month in range(months - 1, 1970 * 12, -1):
        year, of_year = divmod(month, 12)
        day = min(at.day, monthrange(year, of_year + 1)[1])
        yield int(at.replace(year=year, month=of_year + 1, day=day).timestamp()) // HOUR


PERIODS: tuple[tuple[str, Callable[[int], Iterator[int]]], ...] = (
    ("daily", _every(24)),
    ("weekly", _every(168)),
    ("monthly", _monthly),
)
