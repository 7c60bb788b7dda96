"""The daily budget: how many principals a day may ask for an analyst's attention."""

from collections.abc import Iterable, Mapping

from offtrail.models.episodes import Episode, Key

A_DAY = 10
FLOOR = 1.25
"""The score below which an error opens nothing: an error that is no denial, on an API that the
principal called before or that more than a quarter of the account calls."""


def passed(
    candidates: Mapping[Key, float],
    today: Iterable[Episode],
    a_day: int = A_DAY,
    floor: float = FLOOR,
) -> list[Key]:
    """The candidates that are alerted, strongest first.

    A principal uses the budget of a day once, by its strongest episode; a candidate passes where
    fewer than ``a_day`` other principals of the day stand above it. A decoy that floods from many
    sources uses one place.
    """
    best: dict[str, float] = {}
    for episode in today:
        best[episode.principal] = max(episode.score, best.get(episode.principal, 0.0))
    alerted = []
    for key in sorted(candidates, key=lambda key: (-candidates[key], key)):
        score = candidates[key]
        above = sum(other >= score for who, other in best.items() if who != key.principal)
        if score >= floor and (key.principal in best or above < a_day):
            alerted.append(key)
            best[key.principal] = max(score, best.get(key.principal, 0.0))
    return alerted
