"""Drift: how far the latest days differ from those that a model learned from."""

from collections.abc import Iterable, Sequence

import msgspec

from offtrail.graph.window import HOUR
from offtrail.models.budget import A_DAY
from offtrail.models.episodes import Episode
from offtrail.models.rows import Row

DAYS = 7


class Drift(msgspec.Struct, frozen=True):
    """Shares of the later days' distinct values that the earlier days did not know."""

    new_apis: float
    new_principals: float
    error_share: float  # of the later days' activities
    error_share_before: float


def drift(history: Sequence[Row], cut: int) -> Drift:
    """Compare the rows from ``cut`` (seconds) on with those before it."""
    before = [row for row in history if row.second < cut]
    after = [row for row in history if row.second >= cut]
    return Drift(
        _new({r.api for r in after}, {r.api for r in before}),
        _new({r.principal for r in after}, {r.principal for r in before}),
        _errors(after),
        _errors(before),
    )


def _new(after: set[str], before: set[str]) -> float:
    return len(after - before) / len(after) if after else 0.0


def _errors(rows: Sequence[Row]) -> float:
    return sum(row.code != "" for row in rows) / len(rows) if rows else 0.0


class AlertRate(msgspec.Struct, frozen=True):
    """Alerted principals a day over the last days, against the budget."""

    nominal: float
    actual: float


def alert_rate(alerted: Iterable[Episode], until: int, a_day: int = A_DAY) -> AlertRate:
    """``until`` is the last second scored; days are UTC days up to its own, DAYS of them."""
    last = until // (24 * HOUR)
    places = {
        (episode.hour // 24, episode.principal)
        for episode in alerted
        if last - DAYS < episode.hour // 24 <= last
    }
    return AlertRate(float(a_day), len(places) / DAYS)
